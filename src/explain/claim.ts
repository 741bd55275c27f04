import { persistentVolumes } from '../api/generated/core/v1/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core/v1/types.ts';
import { storageClasses } from '../api/generated/storage/v1/resources.ts';
import { parseQuantity } from '../machinery/quantity.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { type Explanation, explained } from './explanation.ts';

/** Why a claim has no volume, if it has none. */
export async function explainClaim(
  claim: PersistentVolumeClaim,
  reader: ClusterReader,
): Promise<Explanation> {
  const say = (parts: Parameters<typeof explained>[1]) => explained(claim, parts);
  const { spec, status } = claim;
  if (status?.phase === 'Bound') {
    return say({ state: 'well', summary: `it is bound to the volume ${spec.volumeName}` });
  }
  if (status?.phase === 'Lost') {
    return say({
      state: 'wrong',
      summary: `the volume ${spec.volumeName} that it was bound to is gone`,
    });
  }
  const className = spec.storageClassName;
  const storageClass = className
    ? await reader.find(storageClasses, { name: className })
    : undefined;
  if (className && !storageClass) {
    const known = (await reader.list(storageClasses))
      .map(({ metadata }) => metadata.name)
      .join(', ');
    const text = known ? `there are ${known}` : 'there are none at all';
    const evidence = [{ subject: 'storage classes', text }];
    return say({ state: 'wrong', summary: `there is no storage class "${className}"`, evidence });
  }
  if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer') {
    return say({
      state: 'waiting',
      summary: 'it gets its volume when a pod that uses it has a node',
    });
  }
  const volumes = await reader.list(persistentVolumes);
  return say({
    state: 'waiting',
    summary: storageClass
      ? `it waits for ${storageClass.provisioner} to make a volume`
      : 'no volume that is there suits it, and without a storage class none is made',
    evidence: volumes.map((volume) => ({
      subject: `volume ${volume.metadata.name}`,
      text: misfit(claim, volume),
    })),
  });
}

/** Why a volume isn't for a claim. */
function misfit({ spec }: PersistentVolumeClaim, volume: PersistentVolume): string {
  const { claimRef, capacity, accessModes = [], storageClassName = '' } = volume.spec;
  if (claimRef) return `belongs to the claim ${claimRef.namespace}/${claimRef.name}`;
  if (storageClassName !== (spec.storageClassName ?? '')) {
    return `is of the class "${storageClassName}", not "${spec.storageClassName ?? ''}"`;
  }
  const missing = (spec.accessModes ?? []).filter((mode) => !accessModes.includes(mode));
  if (missing.length > 0) return `lacks the access mode ${missing.join(', ')}`;
  const asked = spec.resources?.requests?.storage ?? '0';
  const has = capacity?.storage ?? '0';
  if (parseQuantity(has).value < parseQuantity(asked).value) return `has ${has}, not ${asked}`;
  return 'would do';
}
