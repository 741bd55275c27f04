import { isEqual } from '../machinery/equal.ts';
import type { KubeObject } from '../machinery/object.ts';

/** Says in a pod template of which images its pods were made, where `tutti up` built them. */
export const IMAGE_DIGEST = 'tutti.dev/image-digest';

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> | null } | null;
  readonly spec?: { readonly [list: string]: unknown };
}

interface WithTemplate {
  readonly spec?: { readonly template?: PodTemplate };
}

/**
 * What is to be applied, with the digests that what is there has of images that were built on the
 * spot. The same manifests would restart all pods otherwise: those who write them know of no
 * digests. Pods of other images need none of the old.
 */
export function withKeptDigests(object: object, before: KubeObject | undefined): object {
  const { spec } = object as WithTemplate;
  const template = spec?.template;
  const present = (before as WithTemplate | undefined)?.spec?.template;
  const digests = present?.metadata?.annotations?.[IMAGE_DIGEST];
  if (!template || digests === undefined) return object;
  const annotations = template.metadata?.annotations;
  if (annotations?.[IMAGE_DIGEST] !== undefined) return object;
  if (!isEqual(imagesOf(template), imagesOf(present))) return object;
  const noted = { ...annotations, [IMAGE_DIGEST]: digests };
  const metadata = { ...template.metadata, annotations: noted };
  return { ...object, spec: { ...spec, template: { ...template, metadata } } };
}

const imagesOf = (template: PodTemplate | undefined): unknown[] =>
  [template?.spec?.initContainers, template?.spec?.containers].map((list) =>
    Array.isArray(list)
      ? (list as readonly ({ readonly image?: unknown } | null)[]).map((each) => each?.image)
      : [],
  );
