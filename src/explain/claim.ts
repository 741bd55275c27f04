import { persistentVolumes } from '../api/generated/core/v1/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core/v1/types.ts';
import { storageClasses } from '../api/generated/storage/v1/resources.ts';
import type { StorageClass } from '../api/generated/storage/v1/types.ts';
import { parseQuantity } from '../machinery/quantity.ts';
import { type ClusterReader, HIDDEN, ifAllowed, warningsIn } from './cluster-reader.ts';
import { type Evidence, type Explanation, explained, untried } from './explanation.ts';

const VOLUMES_SHOWN = 10;

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
    ? await reader.findIfAllowed(storageClasses, { name: className })
    : undefined;
  if (storageClass === HIDDEN) {
    const evidence = await refusals(claim, reader);
    const summary = `it waits for a volume of the class "${className}"`;
    return say({ state: evidence.length > 0 ? 'wrong' : 'waiting', summary, evidence });
  }
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
  return explained(claim, await withoutVolume(claim, storageClass, reader));
}

const FITS = 'would do';

async function withoutVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  reader: ClusterReader,
): Promise<Parameters<typeof explained>[1]> {
  const refused = await refusals(claim, reader);
  const all = await ifAllowed(reader.list(persistentVolumes));
  const volumes = (all === HIDDEN ? [] : all).map((volume) => ({
    subject: `volume ${volume.metadata.name}`,
    text: misfit(claim, volume),
  }));
  const fitting = volumes.filter(({ text }) => text === FITS);
  if (fitting.length > 0) {
    const summary = 'there is a volume for it, and it waits to be bound to it';
    return { state: 'waiting', summary, evidence: fitting.slice(0, 1) };
  }
  const evidence = [...refused, ...volumes.slice(0, VOLUMES_SHOWN)];
  if (storageClass) {
    const summary = `it waits for ${storageClass.provisioner} to make a volume`;
    return { state: refused.length > 0 ? 'wrong' : 'waiting', summary, evidence };
  }
  return {
    state: 'wrong',
    summary: 'no volume that is there suits it, and without a storage class none is made',
    evidence,
    advice: [untried('name a storage class, or make a volume that suits it')],
  };
}

const refusals = async (claim: PersistentVolumeClaim, reader: ClusterReader): Promise<Evidence[]> =>
  warningsIn(await reader.eventsOf(claim)).map(({ reason, message }) => ({
    subject: 'event',
    text: `${reason}: ${message}`,
  }));

/** Why a volume isn't for a claim. */
function misfit({ spec, metadata }: PersistentVolumeClaim, volume: PersistentVolume): string {
  const { claimRef, capacity, accessModes = [], storageClassName = '' } = volume.spec;
  const isOurs = claimRef?.name === metadata.name && claimRef?.namespace === metadata.namespace;
  if (claimRef && !isOurs) return `belongs to the claim ${claimRef.namespace}/${claimRef.name}`;
  if (storageClassName !== (spec.storageClassName ?? '')) {
    return `is of the class "${storageClassName}", not "${spec.storageClassName ?? ''}"`;
  }
  const missing = (spec.accessModes ?? []).filter((mode) => !accessModes.includes(mode));
  if (missing.length > 0) return `lacks the access mode ${missing.join(', ')}`;
  const asked = spec.resources?.requests?.storage ?? '0';
  const has = capacity?.storage ?? '0';
  if (parseQuantity(has).value < parseQuantity(asked).value) return `has ${has}, not ${asked}`;
  return FITS;
}
