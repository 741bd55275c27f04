import type { PersistentVolumeClaim } from '../../api/generated/core/v1/types.ts';
import type { StorageClass } from '../../api/generated/storage/v1/types.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { forbidden } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

const PREFIX = '/registry/storage.k8s.io/storageclasses/';
const IS_DEFAULT = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const CLAIMS = { group: '', plural: 'persistentvolumeclaims' };

/** Gives claims that name no class the default one. */
export const defaultStorageClass = (store: Store<KubeObject>): AdmissionPlugin => ({
  name: 'DefaultStorageClass',
  admit(attributes) {
    if (attributes.operation !== 'CREATE' || !isClaim(attributes)) return;
    const claim = attributes.object as Draft<PersistentVolumeClaim>;
    if (classOf(claim as PersistentVolumeClaim) !== undefined || claim.spec === undefined) return;
    const found = standard(store);
    if (found !== undefined) claim.spec.storageClassName = found.metadata.name;
  },
});

/** Lets claims grow only where their class says that volumes can. */
export const claimResize = (store: Store<KubeObject>): AdmissionPlugin => ({
  name: 'PersistentVolumeClaimResize',
  validate(attributes) {
    if (attributes.operation !== 'UPDATE' || !isClaim(attributes)) return;
    const next = attributes.object as PersistentVolumeClaim;
    const previous = attributes.oldObject as PersistentVolumeClaim;
    if (!isGrown(next, previous)) return;
    const refuse = (why: string) => forbidden(CLAIMS, attributes.name, why);
    if (previous.status.phase !== 'Bound') {
      throw refuse('Only bound persistent volume claims can be expanded');
    }
    if (mayGrow(store, next, previous)) return;
    throw refuse(
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  },
});

const isClaim = ({ definition, subresource }: AdmissionAttributes): boolean =>
  definition.group === '' && definition.plural === CLAIMS.plural && subresource === undefined;

/** The class that a claim names, which may be none (''); undefined when it doesn't say. */
const classOf = ({ metadata, spec }: PersistentVolumeClaim): string | undefined =>
  metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName;

/** Of several classes that are the default the youngest, and of those the first by name. */
function standard(store: Store<KubeObject>): StorageClass | undefined {
  const snapshot = store.snapshot();
  if (snapshot.count(PREFIX) === 0) return undefined;
  const defaults = snapshot
    .list(PREFIX)
    .map(({ value }) => value as StorageClass)
    .filter(({ metadata }) => IS_DEFAULT.some((name) => metadata.annotations?.[name] === 'true'));
  const born = ({ metadata }: StorageClass) => metadata.creationTimestamp ?? '';
  return defaults.sort((a, b) => (born(a) === born(b) ? 0 : born(a) > born(b) ? -1 : 1))[0];
}

function isGrown(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): boolean {
  const sizeOf = ({ spec }: PersistentVolumeClaim) =>
    parseQuantity(spec.resources?.requests?.storage ?? '0');
  return sizeOf(next).compare(sizeOf(previous)) > 0;
}

function mayGrow(
  store: Store<KubeObject>,
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): boolean {
  const name = classOf(next);
  if (!name || name !== classOf(previous)) return false;
  const found = store.latest(PREFIX + name)?.value as StorageClass | undefined;
  return found?.allowVolumeExpansion === true;
}
