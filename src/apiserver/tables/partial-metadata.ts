import { definitions } from '../../api/definitions.ts';
import type { KubeList, KubeObject, ObjectMeta } from '../../machinery/object.ts';
import { apiVersionOf } from '../../machinery/resource.ts';

/** The versions of `meta.k8s.io` that transforms come in. */
export type MetaVersion = 'v1' | 'v1beta1';

const partials: Readonly<Record<MetaVersion, WeakMap<KubeObject, KubeObject>>> = {
  v1: new WeakMap(),
  v1beta1: new WeakMap(),
};

/** Nothing but the metadata of an object. The same for the same object. */
export function partialMetadata(object: KubeObject, version: MetaVersion): KubeObject {
  let partial = partials[version].get(object);
  if (partial === undefined) {
    const metadata = bareMetadata(object);
    const apiVersion = `meta.k8s.io/${version}`;
    partial = Object.freeze({ kind: 'PartialObjectMetadata', apiVersion, metadata });
    partials[version].set(object, partial);
  }
  return partial;
}

/** By apiVersion and kind. */
const carried: ReadonlyMap<string, readonly string[]> = new Map(
  definitions.flatMap((each) =>
    each.carriedAnnotations
      ? [[`${apiVersionOf(each)} ${each.kind}`, each.carriedAnnotations] as const]
      : [],
  ),
);

/** The metadata without annotations that only carry fields of other versions. */
function bareMetadata({ apiVersion, kind, metadata }: KubeObject): ObjectMeta {
  const names = metadata.annotations && carried.get(`${apiVersion} ${kind}`);
  if (!names) return metadata;
  const { annotations = {}, ...others } = metadata;
  const own = Object.entries(annotations).filter(([name]) => !names.includes(name));
  if (own.length === 0) return others;
  return { ...others, annotations: Object.fromEntries(own) };
}

/** Nothing but the metadata of a list's objects. */
export const partialMetadataList = (
  { metadata, items }: KubeList,
  version: MetaVersion,
): KubeList => ({
  kind: 'PartialObjectMetadataList',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
  items: items.map((item) => partialMetadata(item, version)),
});
