import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
  unknownReference,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateOptionalChoice } from '../../checks.ts';
import type { Container, VolumeDevice, VolumeMount } from '../../generated/core/v1/types.ts';
import { validateDescendingPath, validateNoBacksteps } from './path-rules.ts';
import type { VolumesByName } from './volume-rules.ts';

/** What a container mounts of the pod's volumes as folders or files. */
export function validateMounts(
  container: Container,
  volumes: VolumesByName,
  path: FieldPath,
): FieldError[] {
  const mountPaths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = path.index(i);
    const errors: FieldError[] = [];
    if (!mount.name) errors.push(required(at.at('name')));
    if (!volumes.has(mount.name)) errors.push(unknownReference(at.at('name'), mount.name ?? ''));
    if (!mount.mountPath) errors.push(required(at.at('mountPath')));
    if (mountPaths.has(mount.mountPath)) {
      errors.push(invalid(at.at('mountPath'), mount.mountPath, 'must be unique'));
    }
    mountPaths.add(mount.mountPath);
    errors.push(...validateNotDevice(mount, devices, at));
    errors.push(...validateSubPath(mount, at, path));
    errors.push(...validatePropagation(mount, container, path.at('mountPropagation')));
    errors.push(...validateRecursiveReadOnly(mount, path.at('recursiveReadOnly')));
    return errors;
  });
}

function validateNotDevice(
  { name, mountPath }: VolumeMount,
  devices: readonly VolumeDevice[],
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (devices.some((device) => device.name === name)) {
    errors.push(invalid(path.at('name'), name, 'must not already exist in volumeDevices'));
  }
  if (devices.some((device) => device.devicePath === mountPath)) {
    const detail = 'must not already exist as a path in volumeDevices';
    errors.push(invalid(path.at('mountPath'), mountPath, detail));
  }
  return errors;
}

// Some of these findings stand at the list's path, not the element's: so clients know them.
function validateSubPath(
  { subPath, subPathExpr }: VolumeMount,
  path: FieldPath,
  listPath: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (subPath) errors.push(...validateDescendingPath(subPath, listPath.at('subPath')));
  if (!subPathExpr) return errors;
  if (subPath) {
    const detail = 'subPathExpr and subPath are mutually exclusive';
    errors.push(invalid(path.at('subPathExpr'), subPathExpr, detail));
  }
  return [...errors, ...validateDescendingPath(subPathExpr, listPath.at('subPathExpr'))];
}

function validatePropagation(
  { mountPropagation }: VolumeMount,
  { securityContext }: Container,
  path: FieldPath,
): FieldError[] {
  if (mountPropagation === undefined) return [];
  const supported = ['Bidirectional', 'HostToContainer', 'None'];
  const errors = validateOptionalChoice(mountPropagation, supported, path);
  if (mountPropagation === 'Bidirectional' && !securityContext?.privileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbiddenField(path, detail));
  }
  return errors;
}

function validateRecursiveReadOnly(
  { recursiveReadOnly, readOnly, mountPropagation }: VolumeMount,
  path: FieldPath,
): FieldError[] {
  const supported = ['Disabled', 'Enabled', 'IfPossible'];
  const errors = validateOptionalChoice(recursiveReadOnly, supported, path);
  if (!['Enabled', 'IfPossible'].includes(recursiveReadOnly ?? '')) return errors;
  if (!readOnly) errors.push(forbiddenField(path, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    errors.push(forbiddenField(path, detail));
  }
  return errors;
}

/** What a container sees of the pod's volumes as block devices. */
export function validateDevices(
  container: Container,
  volumes: VolumesByName,
  path: FieldPath,
): FieldError[] {
  const [names, paths] = [new Set<string>(), new Set<string>()];
  return (container.volumeDevices ?? []).flatMap((device, i) => {
    const at = path.index(i);
    const { name, devicePath } = device;
    const errors = validateDeviceVolume(name, volumes, names.has(name), at.at('name'));
    if (!devicePath) errors.push(required(at.at('devicePath')));
    if (paths.has(devicePath)) {
      errors.push(invalid(at.at('devicePath'), devicePath, 'must be unique'));
    }
    if (devicePath && validateNoBacksteps(devicePath, at).length > 0) {
      const detail = "can not contain backsteps ('..')";
      errors.push(invalid(at.at('devicePath'), devicePath, detail));
    } else paths.add(devicePath);
    if (name) names.add(name);
    return [...errors, ...validateNotMount(device, container.volumeMounts ?? [], at)];
  });
}

function validateDeviceVolume(
  name: string,
  volumes: VolumesByName,
  isRepeated: boolean,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = name ? [] : [required(path)];
  if (isRepeated) errors.push(invalid(path, name, 'must be unique'));
  const volume = volumes.get(name);
  if (!volume) errors.push(unknownReference(path, name ?? ''));
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const detail =
      'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
    errors.push(invalid(path, name, detail));
  }
  return errors;
}

function validateNotMount(
  { name, devicePath }: VolumeDevice,
  mounts: readonly VolumeMount[],
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (mounts.some((mount) => mount.name === name)) {
    errors.push(invalid(path.at('name'), name, 'must not already exist in volumeMounts'));
  }
  if (mounts.some((mount) => mount.mountPath === devicePath)) {
    const detail = 'must not already exist as a path in volumeMounts';
    errors.push(invalid(path.at('devicePath'), devicePath, detail));
  }
  return errors;
}
