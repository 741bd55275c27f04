// The devices of a slice.

import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateDnsLabel, validateDnsSubdomain } from '../checks.ts';
import { validateNodeSelector } from '../core-v1/pod/affinity-rules.ts';
import type { Device, DeviceCapacity } from '../generated/resource/v1/types.ts';
import { validateBindingConditions } from './allocation-rules.ts';
import { countValues, validateAttribute } from './attribute-rules.ts';
import { validateSharedCapacity, validateWholeCapacity } from './capacity-rules.ts';
import { validateCounters } from './counter-rules.ts';
import { validateAtMost, validateDistinct, validateEntries } from './list-rules.ts';
import { validateQualifiedName } from './name-rules.ts';
import { validateDeviceTaint } from './taint-rules.ts';

const PROPERTIES_MAX = 32;
const VALUES_MAX = 48;
const TAINTS_MAX = 16;
const CONSUMPTIONS_MAX = 2;
const NODES = ['nodeName', 'nodeSelector', 'allNodes'] as const;
const ONE_OF_NODES =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
const NO_NODES =
  '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

/** One device; `previous` is what it was, of which capacity and taints may stay as they are. */
export function validateDevice(
  device: Device,
  previous: Device | undefined,
  hasOwnNodes: boolean,
  path: FieldPath,
): FieldError[] {
  const { attributes, capacity, taints, consumesCounters } = device;
  const sameCapacity = previous && isSemanticallyEqual(previous.capacity, capacity);
  const sameTaints = previous && isSemanticallyEqual(previous.taints, taints);
  return [
    ...validateDnsLabel(device.name ?? '', path.at('name')),
    ...validateAmounts(device, path),
    ...validateEntries(attributes, path.at('attributes'), validateQualifiedName, validateAttribute),
    ...(sameCapacity ? [] : validateCapacity(device, path.at('capacity'))),
    ...(sameTaints
      ? []
      : validateAtMost(TAINTS_MAX, taints, path.at('taints'), validateDeviceTaint)),
    ...validateDistinct(
      CONSUMPTIONS_MAX,
      consumesCounters,
      path.at('consumesCounters'),
      ({ counterSet }) => counterSet,
      ({ counterSet, counters }, at) =>
        validateCounters(counterSet, counters, at.at('counterSet'), at.at('counters')),
    ),
    ...(hasOwnNodes ? validateNodes(device, path) : validateNoNodes(device, path)),
    ...validateBindingConditions(device, path),
  ];
}

function validateAmounts(device: Device, path: FieldPath): FieldError[] {
  const { attributes = {}, capacity = {} } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const errors: FieldError[] = [];
  if (count > PROPERTIES_MAX) {
    const detail = `the total number of attributes and capacities must not exceed ${PROPERTIES_MAX}`;
    errors.push(invalid(path, count, detail));
  }
  const values = countValues(device);
  if (values > VALUES_MAX) {
    const detail = `the total number of attribute values must not exceed ${VALUES_MAX}`;
    errors.push(invalid(path, values, detail));
  }
  return errors;
}

const validateCapacity = (device: Device, path: FieldPath): FieldError[] =>
  validateEntries<DeviceCapacity>(
    device.capacity,
    path,
    validateQualifiedName,
    device.allowMultipleAllocations ? validateSharedCapacity : validateWholeCapacity,
  );

function validateNodes(device: Device, path: FieldPath): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const errors: FieldError[] = [];
  if (nodeName) errors.push(...validateDnsSubdomain(nodeName, path.at('nodeName')));
  if (nodeName === '') errors.push(invalid(path.at('nodeName'), '', 'must not be empty'));
  if (nodeSelector) {
    errors.push(...validateNodeSelector(nodeSelector, path.at('nodeSelector')));
  }
  if (allNodes === false) {
    errors.push(invalid(path.at('allNodes'), false, 'must be either unset or set to true'));
  }
  const given = NODES.filter((field) => device[field]).map((field) => `\`${field}\``);
  if (given.length === 0) return [...errors, required(path, ONE_OF_NODES)];
  if (given.length === 1) return errors;
  return [...errors, invalid(path, `{${given.join(', ')}}`, ONE_OF_NODES)];
}

const validateNoNodes = (device: Device, path: FieldPath): FieldError[] =>
  NODES.some((field) => device[field] !== undefined) ? [invalid(path, null, NO_NODES)] : [];
