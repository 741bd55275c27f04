import type { Pod, PodTemplateSpec } from '../api/generated/core/v1/types.ts';
import { nameSuffix, type Random } from '../base/random.ts';
import { controllerReference, type KubeObject, type NewObject } from '../machinery/object.ts';

const PREFIX_MAX = 63 - 5; // Room for the suffix, as the server leaves it in names that it makes.

/**
 * A pod made from an owner's template. It is named here and not by the server, so that asking for
 * it again when nobody answered can't make a second one.
 */
export function podFrom(
  template: PodTemplateSpec | undefined,
  owner: KubeObject,
  random: Random,
  generateName = `${owner.metadata.name}-`,
): NewObject<Pod> {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName,
      name: generateName.slice(0, PREFIX_MAX) + nameSuffix(random),
      ...(owner.metadata.namespace && { namespace: owner.metadata.namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template?.spec ?? { containers: [] },
  };
}
