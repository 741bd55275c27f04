// Who uses the devices of a claim, and what their drivers say of them.
import {
  type FieldError,
  forbiddenField,
  invalid,
  tooLong,
  tooMany,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateInterfaceAddress } from '../../machinery/validation/addresses.ts';
import { type Condition, validateConditions } from '../../machinery/validation/conditions.ts';
import { isLongerThan } from '../../machinery/validation/text-format.ts';
import { validateDnsLabel, validatePresent } from '../checks.ts';
import type {
  AllocatedDeviceStatus,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '../generated/resource/v1/types.ts';
import { validateRawObject } from './configuration-rules.ts';
import { validateDistinct } from './list-rules.ts';
import { validateDriverName, validatePoolName } from './name-rules.ts';
import { validateShareId } from './share-id.ts';

const USERS_MAX = 256;
const CONDITIONS_MAX = 8;
const DATA_MAX_BYTES = 10 * 1024;
const ADDRESSES_MAX = 16;
const NETWORK_TEXT_MAX_BYTES = { interfaceName: 256, hardwareAddress: 128 } as const;

interface DeviceIdentity {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string;
}

const keyOf = ({ driver, pool, device, shareID }: DeviceIdentity): string =>
  [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');

/** All of a claim's status but the allocation. */
export function validateClaimStatus(
  claim: ResourceClaim,
  previous: ResourceClaim,
  path: FieldPath,
): FieldError[] {
  const { reservedFor, devices, allocation } = claim.status;
  const allocated = new Set((allocation?.devices?.results ?? []).map(keyOf));
  const at = path.at('devices');
  return [
    ...validateDistinct(
      USERS_MAX,
      reservedFor,
      path.at('reservedFor'),
      ({ uid }) => uid,
      validateUser,
    ),
    ...validateDistinct(Number.POSITIVE_INFINITY, devices, at, keyOf, (device, each) =>
      validateDevice(device, allocated, each),
    ),
    ...validateReservation(claim, previous, path.at('reservedFor')),
  ];
}

const validateUser = (
  { resource, name, uid }: ResourceClaimConsumerReference,
  path: FieldPath,
): FieldError[] => [
  ...validatePresent(resource, path.at('resource')),
  ...validatePresent(name, path.at('name')),
  ...validatePresent(uid, path.at('uid')),
];

function validateReservation(
  { metadata, status }: ResourceClaim,
  previous: ResourceClaim,
  path: FieldPath,
): FieldError[] {
  if (!status.reservedFor?.length) return [];
  if (!status.allocation) {
    return [forbiddenField(path, 'may not be specified when `allocated` is not set')];
  }
  const known = new Set(previous.status.reservedFor?.map(({ uid }) => uid));
  if (!metadata.deletionTimestamp || status.reservedFor.every(({ uid }) => known.has(uid))) {
    return [];
  }
  const detail =
    'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbiddenField(path, detail)];
}

function validateDevice(
  device: AllocatedDeviceStatus,
  allocated: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  const { conditions, data, networkData } = device;
  const errors = [
    ...validateDriverName(device.driver, path.at('driver')),
    ...validatePoolName(device.pool ?? '', path.at('pool')),
    ...validateDnsLabel(device.device ?? '', path.at('device')),
    ...validateShareId(device.shareID, path.at('shareID')),
  ];
  const key = keyOf(device);
  if (!allocated.has(key)) {
    errors.push(invalid(path, key, 'must be an allocated device in the claim'));
  }
  const at = path.at('conditions');
  const count = conditions?.length ?? 0;
  if (count > CONDITIONS_MAX) errors.push(tooMany(at, count, CONDITIONS_MAX));
  errors.push(...validateConditions((conditions ?? []) as readonly Condition[], at));
  if (data !== undefined) {
    errors.push(...validateRawObject(data, DATA_MAX_BYTES, path.at('data')));
  }
  return networkData
    ? [...errors, ...validateNetwork(networkData, path.at('networkData'))]
    : errors;
}

function validateNetwork(network: NetworkDeviceData, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['interfaceName', 'hardwareAddress'] as const) {
    const max = NETWORK_TEXT_MAX_BYTES[field];
    if (isLongerThan(network[field] ?? '', max)) errors.push(tooLong(path.at(field), max));
  }
  return [
    ...errors,
    ...validateDistinct(
      ADDRESSES_MAX,
      network.ips,
      path.at('ips'),
      (address) => address,
      validateInterfaceAddress,
    ),
  ];
}
