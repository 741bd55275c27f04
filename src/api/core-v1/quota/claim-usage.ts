import { parseQuantity, Quantity } from '../../../machinery/quantity.ts';
import type { PersistentVolumeClaim } from '../../generated/core/v1/types.ts';
import { ONE, type QuotaEvaluator, selectsName } from './usage.ts';

const COUNT = 'count/persistentvolumeclaims';
const CLAIMS = 'persistentvolumeclaims';
const STORAGE = 'requests.storage';
const OF_CLASS = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** What claims use: themselves and storage, both of all classes together and of their own. */
export const claimUsage: QuotaEvaluator<PersistentVolumeClaim> = {
  counts: (name) =>
    [COUNT, CLAIMS, STORAGE].includes(name) ||
    [CLAIMS, STORAGE].some((each) => name.endsWith(OF_CLASS + each)),

  usageOf(claim) {
    const storage = storageOf(claim);
    const all: (readonly [string, Quantity])[] = [[CLAIMS, ONE]];
    if (storage) all.push([STORAGE, storage]);
    const ownClass = claim.metadata.annotations?.[CLASS_ANNOTATION] ?? claim.spec.storageClassName;
    const ofClass = ownClass
      ? all.map(([name, amount]) => [`${ownClass}${OF_CLASS}${name}`, amount] as const)
      : [];
    return new Map([[COUNT, ONE], ...all, ...ofClass]);
  },

  isInScope: (claim, requirement) =>
    requirement.scopeName === 'VolumeAttributesClass' &&
    selectsName(requirement, attributesClassesOf(claim)),

  isCharged: (_operation, subresource) => !subresource || subresource === 'status',
};

/** What is asked for, in whole bytes; what a growing volume was given already, where that is more. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = spec.resources?.requests?.storage;
  if (asked === undefined) return undefined;
  const allocated = status?.allocatedResources?.storage;
  const [wanted, given] = [parseQuantity(asked), parseQuantity(allocated ?? '0')];
  const most = given.compare(wanted) > 0 ? given : wanted;
  return most.isWhole ? most : new Quantity(BigInt(most.value) * 1_000_000_000n, most.format);
}

/** The classes that the volume has, is to have, and is being given. */
function attributesClassesOf({ spec, status }: PersistentVolumeClaim): ReadonlySet<string> {
  const names = [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return new Set(names.flatMap((name) => name || []));
}
