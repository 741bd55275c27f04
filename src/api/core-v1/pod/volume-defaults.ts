import type { Draft } from '../../../machinery/object.ts';
import { part } from '../../drafts.ts';
import type {
  DownwardAPIVolumeFile,
  PersistentVolumeSource,
  Volume,
} from '../../generated/core/v1/types.ts';
import { defaultClaimSpec } from '../claim-defaults.ts';
import { imageTag } from './image-rules.ts';

const FILE_MODE = 0o644;
const TOKEN_SECONDS = 60 * 60;

/** Fills in a volume of a pod. One without a source is an empty folder. */
export function defaultVolume(volume: Draft<Volume>): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= FILE_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= FILE_MODE;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= FILE_MODE;
    defaultFiles(volume.downwardAPI.items);
  }
  if (volume.image) {
    const isLatest = imageTag(volume.image.reference ?? '') === 'latest';
    volume.image.pullPolicy ||= isLatest ? 'Always' : 'IfNotPresent';
  }
  if (volume.ephemeral?.volumeClaimTemplate) {
    defaultClaimSpec(part(volume.ephemeral.volumeClaimTemplate, 'spec'));
  }
  defaultProjected(volume);
  defaultNetworkStorage(volume);
}

function hasSource(volume: Draft<Volume>): boolean {
  for (const key in volume) {
    if (key !== 'name' && volume[key as keyof Volume] != null) return true;
  }
  return false;
}

function defaultFiles(files: Draft<readonly DownwardAPIVolumeFile[]> | undefined): void {
  for (const { fieldRef, resourceFieldRef } of files ?? []) {
    if (fieldRef) fieldRef.apiVersion ||= 'v1';
    if (resourceFieldRef) resourceFieldRef.divisor ||= '0';
  }
}

function defaultProjected({ projected }: Draft<Volume>): void {
  if (!projected) return;
  projected.defaultMode ??= FILE_MODE;
  for (const { serviceAccountToken, downwardAPI } of projected.sources ?? []) {
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    if (downwardAPI) defaultFiles(downwardAPI.items);
  }
}

type NetworkStorage = Draft<
  Pick<Volume & PersistentVolumeSource, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>
>;

/** Fills in a volume of the network, whether of a pod or by itself. */
export function defaultNetworkStorage({ iscsi, rbd, azureDisk, scaleIO }: NetworkStorage): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= 'Shared';
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
