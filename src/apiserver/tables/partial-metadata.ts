import type { KubeList, KubeObject } from '../../machinery/object.ts';

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
    const { metadata } = object;
    const apiVersion = `meta.k8s.io/${version}`;
    partial = Object.freeze({ kind: 'PartialObjectMetadata', apiVersion, metadata });
    partials[version].set(object, partial);
  }
  return partial;
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
