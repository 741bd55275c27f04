import { IMAGE_DIGEST } from '../cli/kept-digests.ts';
import type { Manifest } from '../cli/manifests.ts';
import { fullName, ImageError } from '../image/library.ts';
import type { KubeObject } from '../machinery/object.ts';

/** The digests of images that were built just now, by their full names. */
export type BuiltImages = ReadonlyMap<string, string>;

/** Kinds whose pods are replaced when their template changes. */
const ROLLED_OUT = ['Deployment', 'StatefulSet', 'DaemonSet'];

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly [list: string]: unknown };
}

interface WithTemplate {
  readonly spec?: { readonly template?: PodTemplate };
}

/**
 * The manifest with the digests of the built images that its pods use noted in their template.
 * Built anew, an image keeps its name, so nothing else would tell the workload that its pods are
 * of another one. Digests that stay change nothing.
 */
export function withImageDigests(manifest: Manifest, built: BuiltImages): Manifest {
  const { spec } = manifest.object as WithTemplate;
  const template = spec?.template;
  if (!ROLLED_OUT.includes(manifest.kind) || !template) return manifest;
  const digests = imagesOf(template).flatMap((image) => built.get(image) ?? []);
  if (digests.length === 0) return manifest;
  const annotations = {
    ...template.metadata?.annotations,
    [IMAGE_DIGEST]: [...new Set(digests)].sort().join(','),
  };
  const noted = { ...template, metadata: { ...template.metadata, annotations } };
  return { ...manifest, object: { ...manifest.object, spec: { ...spec, template: noted } } };
}

/** The full names of a template's images; what is no name is for the server to refuse. */
function imagesOf({ spec }: PodTemplate): string[] {
  const containers = [spec?.initContainers, spec?.containers].flatMap((list) =>
    Array.isArray(list) ? (list as readonly ({ readonly image?: unknown } | null)[]) : [],
  );
  return containers.flatMap((container) => {
    if (typeof container?.image !== 'string') return [];
    try {
      return [fullName(container.image)];
    } catch (error) {
      if (error instanceof ImageError) return [];
      throw error;
    }
  });
}

/** Whether an object's pods are replaced because an image of theirs was built anew. */
export const hasOtherImages = (before: KubeObject | undefined, after: KubeObject): boolean =>
  before !== undefined && digestsIn(before) !== digestsIn(after);

const digestsIn = (object: KubeObject): string | undefined =>
  (object as WithTemplate).spec?.template?.metadata?.annotations?.[IMAGE_DIGEST];
