import { matchesNodeSelector } from '../../api/core-v1/node-selector.ts';
import type { PersistentVolumeClaim } from '../../api/generated/core/v1/types.ts';
import { controllerOf } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import type { FilterPlugin, Plugin, PrefilterPlugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import { FEASIBLE, unresolvable } from '../verdict.ts';

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';

const common: Plugin = {
  name: 'VolumeBinding',
  retryOn: [
    'PersistentVolumeClaim/Add',
    'PersistentVolumeClaim/Update',
    'PersistentVolume/Add',
    'PersistentVolume/Update',
    'StorageClass/Add',
    'StorageClass/Update',
    'Node/Add',
    'Node/UpdateLabels',
  ],
  helps({ namespace, claims }, { claim }) {
    if (!claim) return true;
    return claim.metadata.namespace === namespace && claims.includes(claim.metadata.name);
  },
};

/** Refuses pods whose claims aren't there, or aren't bound though nothing needs a node first. */
export const volumeClaims: PrefilterPlugin = {
  ...common,
  prefilter(pod, snapshot) {
    if (pod.claims.length === 0) return FEASIBLE;
    const problem = firstProblem(pod, snapshot);
    if (problem) return unresolvable(problem.message, { claim: problem.claim });
    const unbound = claimsOf(pod, snapshot).find(
      (claim) => !isBound(claim) && !waitsForPod(claim, snapshot),
    );
    if (!unbound) return FEASIBLE;
    const claim = unbound.metadata.name;
    return unresolvable('pod has unbound immediate PersistentVolumeClaims', { claim });
  },
};

/** Rejects nodes that can't reach the volumes of the pod's claims. */
export const volumeBinding: FilterPlugin = {
  ...common,
  concerns: ({ claims }) => claims.length > 0,
  filter(pod, { facts }, snapshot) {
    for (const claim of claimsOf(pod, snapshot)) {
      const evidence = { claim: claim.metadata.name };
      if (!isBound(claim)) {
        // Volumes that are chosen or made for a pod once its node is known: not yet.
        return unresolvable("node(s) didn't find available persistent volumes to bind", evidence);
      }
      const name = claim.spec.volumeName!;
      const volume = snapshot.volumes.get(name);
      if (!volume) {
        const message = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
        return unresolvable(message, { ...evidence, volume: name });
      }
      const required = volume.spec.nodeAffinity?.required;
      if (required && !matchesNodeSelector(required, facts.node)) {
        const message = "node(s) didn't match PersistentVolume's node affinity";
        return unresolvable(message, { ...evidence, volume: name });
      }
    }
    return FEASIBLE;
  },
};

const claimsOf = (pod: PodInfo, { claims }: Snapshot): PersistentVolumeClaim[] =>
  pod.claims.flatMap((name) => claims.get(`${pod.namespace}/${name}`) ?? []);

const isBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;

/** Whether a volume is only to be found for the claim once its first pod has a node. */
function waitsForPod({ spec }: PersistentVolumeClaim, { storageClasses }: Snapshot): boolean {
  if (spec.volumeName || !spec.storageClassName) return false;
  return storageClasses.get(spec.storageClassName)?.volumeBindingMode === 'WaitForFirstConsumer';
}

interface Problem {
  readonly claim: string;
  readonly message: string;
}

function firstProblem(pod: PodInfo, snapshot: Snapshot): Problem | undefined {
  for (const claim of pod.claims) {
    const message = problemOf(claim, pod, snapshot);
    if (message) return { claim, message };
  }
  return undefined;
}

function problemOf(name: string, pod: PodInfo, { claims }: Snapshot): string | undefined {
  const claim = claims.get(`${pod.namespace}/${name}`);
  const isEphemeral = isMadeForPod(name, pod);
  const called = `persistentvolumeclaim ${quote(name)}`;
  if (!claim) {
    if (!isEphemeral) return `${called} not found`;
    return `waiting for ephemeral volume controller to create the ${called}`;
  }
  if (claim.status?.phase === 'Lost') {
    const volume = quote(claim.spec.volumeName ?? '');
    return `${called} bound to non-existent persistentvolume ${volume}`;
  }
  if (claim.metadata.deletionTimestamp !== undefined) return `${called} is being deleted`;
  if (isEphemeral && controllerOf(claim)?.uid !== pod.uid) {
    const { namespace, key } = pod;
    return `PVC ${namespace}/${name} was not created for pod ${key} (pod is not owner)`;
  }
  return undefined;
}

const isMadeForPod = (claim: string, { pod }: PodInfo): boolean =>
  pod.spec.volumes?.some(
    ({ name, ephemeral }) => ephemeral && `${pod.metadata.name}-${name}` === claim,
  ) ?? false;
