import type { StatefulSet } from '../../api/generated/apps/v1/types.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import {
  controllerReference,
  type KubeObject,
  type OwnerReference,
} from '../../machinery/object.ts';
import { isInRange, ordinalOf } from './identity.ts';

// KEP-1847: claims that go with their set, or with the pod that is scaled away, have these as their
// owners; the garbage collector does the rest.

/** Whether a reference means an object of this name, be it this very one or one before it. */
const names = (reference: OwnerReference, { apiVersion, kind, metadata }: KubeObject): boolean =>
  reference.apiVersion === apiVersion &&
  reference.kind === kind &&
  reference.name === metadata.name;

const policyOf = ({ spec }: StatefulSet) => ({
  whenDeleted: 'Retain',
  whenScaled: 'Retain',
  ...spec.persistentVolumeClaimRetentionPolicy,
});

/** Who is to own a claim of a pod. */
function ownersOf(set: StatefulSet, pod: Pod): KubeObject[] {
  const { whenDeleted, whenScaled } = policyOf(set);
  if (whenScaled === 'Delete' && !isInRange(set, ordinalOf(pod))) return [pod];
  return whenDeleted === 'Delete' ? [set] : [];
}

/** Whether somebody else manages a claim that the set would manage: then it is left alone. */
export function hasOtherManager(
  { metadata }: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod,
): boolean {
  const { whenDeleted, whenScaled } = policyOf(set);
  if (whenDeleted !== 'Delete' && whenScaled !== 'Delete') return false;
  return (metadata.ownerReferences ?? []).some((reference) => {
    const own = [set, pod].find((each) => names(reference, each));
    return own ? reference.uid !== own.metadata.uid : reference.controller === true;
  });
}

/** The claim with the owners that the policy asks for; undefined when it is to stay as it is. */
export function retained(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod,
): PersistentVolumeClaim | undefined {
  const references = claim.metadata.ownerReferences ?? [];
  const isOld = (reference: OwnerReference) =>
    [set, pod].some((each) => names(reference, each) && reference.uid !== each.metadata.uid);
  if (references.some(isOld)) return undefined; // The garbage collector's, with who is gone.
  const wanted = hasOtherManager(claim, set, pod) ? [] : ownersOf(set, pod);
  const isRight = [set, pod].every((owner) => {
    const found = references.find(({ uid }) => uid === owner.metadata.uid);
    return wanted.includes(owner) ? found?.controller === true : !found;
  });
  if (isRight) return undefined;
  const others = references.filter((each) => !names(each, set) && !names(each, pod));
  const ownerReferences = [...others, ...wanted.map(controllerReference)];
  return { ...claim, metadata: { ...claim.metadata, ownerReferences } };
}

/** Whether a claim goes with an earlier pod of this name: a new one has to wait for that. */
export const isStale = (
  { metadata }: PersistentVolumeClaim,
  set: StatefulSet,
  podName: string,
): boolean =>
  policyOf(set).whenScaled === 'Delete' &&
  (metadata.ownerReferences?.some(({ kind, name }) => kind === 'Pod' && name === podName) ?? false);
