import type { PersistentVolumeClaim, Pod, Volume } from '../api/generated/core/v1/types.ts';
import { controllerOf } from '../machinery/object.ts';

// Which claims a pod's volumes are made of (`core/v1` PersistentVolumeClaimVolumeSource, KEP-1698).

/** The keys of the claims that a pod names, and of those that are made for it. */
export const claimsOf = ({ metadata, spec }: Pod): readonly string[] =>
  (spec.volumes ?? []).flatMap((volume) => {
    const name = claimName(metadata.name, volume);
    return name ? [`${metadata.namespace}/${name}`] : [];
  });

/**
 * Whether a pod keeps a claim of its namespace from going. Pods without a node don't: none starts
 * a pod whose claim is being deleted. Pods that have ended do, until they are deleted as well.
 */
export function usesClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  const { metadata, spec } = pod;
  if (!spec.nodeName) return false;
  return (spec.volumes ?? []).some((volume) => {
    if (claimName(metadata.name, volume) !== claim.metadata.name) return false;
    if (volume.persistentVolumeClaim) return true;
    // A claim that only happens to be called so isn't the pod's.
    return !isShutDown(pod) && controllerOf(claim)?.uid === metadata.uid;
  });
}

const claimName = (podName: string, volume: Volume): string | undefined =>
  volume.persistentVolumeClaim?.claimName ??
  (volume.ephemeral ? `${podName}-${volume.name}` : undefined);

/**
 * Its node is done with the pod, or somebody said not to wait for that. What is left may be a
 * finalizer that waits for the very claim.
 */
const isShutDown = ({ metadata }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
