import type { Pod, PodTemplateSpec } from '../api/generated/core/v1/types.ts';
import { controllerReference, type KubeObject, type NewObject } from '../machinery/object.ts';

const PREFIX_MAX = 253 - 5; // Room for the suffix that the server adds.

/** A pod made from an owner's template. The server completes its name. */
export function podFrom(template: PodTemplateSpec | undefined, owner: KubeObject): NewObject<Pod> {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name.slice(0, PREFIX_MAX - 1)}-`,
      ...(owner.metadata.namespace && { namespace: owner.metadata.namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template?.spec ?? { containers: [] },
  };
}
