import { toTime } from '../../base/clock.ts';
import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateDnsSubdomain } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateNodeSelector } from '../core-v1/pod/affinity-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { resourceSlices as resource } from '../generated/resource/v1/resources.ts';
import type {
  Device,
  ResourcePool,
  ResourceSlice,
  ResourceSliceSpec,
} from '../generated/resource/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { dropLists, hasLists } from './attribute-rules.ts';
import { validateCounters } from './counter-rules.ts';
import { validateDevice } from './device-rules.ts';
import { validateDistinct } from './list-rules.ts';
import { validateDriverName, validatePoolName } from './name-rules.ts';

const DEVICES_MAX = 128;
const INTRICATE_DEVICES_MAX = 64;
const COUNTER_SETS_MAX = 8;
const NODES = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;
const ONE_OF_NODES = `exactly one of ${NODES.map((field) => `\`${field}\``).join(', ')} is required`;

function validateSpec(
  spec: ResourceSliceSpec,
  previous: ResourceSliceSpec | undefined,
  path: FieldPath,
): FieldError[] {
  const errors = [
    ...validateDriverName(spec.driver, path.at('driver')),
    ...validatePool(spec.pool, path.at('pool')),
    ...(previous ? validateFixed(spec, previous, path) : []),
    ...validateNodes(spec, path),
  ];
  if (spec.sharedCounters && spec.devices) {
    errors.push(invalid(path, '', 'only one of `sharedCounters` or `devices` is allowed'));
  }
  return [...errors, ...validateContents(spec, previous, path)];
}

const validatePool = (
  { name, generation = 0, resourceSliceCount: count = 0 }: ResourcePool,
  path: FieldPath,
): FieldError[] => [
  ...validatePoolName(name ?? '', path.at('name')),
  ...(count > 0
    ? []
    : [invalid(path.at('resourceSliceCount'), count, 'must be greater than zero')]),
  ...(generation >= 0
    ? []
    : [invalid(path.at('generation'), generation, 'must be greater than or equal to zero')]),
];

const validateFixed = (
  spec: ResourceSliceSpec,
  previous: ResourceSliceSpec,
  path: FieldPath,
): FieldError[] => [
  ...validateImmutableField(spec.pool.name, previous.pool.name, path.at('pool', 'name')),
  ...validateImmutableField(spec.driver, previous.driver, path.at('driver')),
  ...validateImmutableField(spec.nodeName, previous.nodeName, path.at('nodeName')),
];

function validateNodes(spec: ResourceSliceSpec, path: FieldPath): FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const errors: FieldError[] = [];
  if (nodeName) errors.push(...validateDnsSubdomain(nodeName, path.at('nodeName')));
  if (nodeName === '') {
    const detail = 'must be either unset or set to a non-empty string';
    errors.push(invalid(path.at('nodeName'), '', detail));
  }
  if (nodeSelector) {
    const at = path.at('nodeSelector');
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    errors.push(...validateNodeSelector(nodeSelector, at));
    if (terms.length !== 1) {
      const detail = 'must have exactly one node selector term';
      errors.push(invalid(at.at('nodeSelectorTerms'), terms, detail));
    }
  }
  for (const field of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[field] !== false) continue;
    errors.push(invalid(path.at(field), false, 'must be either unset or set to true'));
  }
  const given = NODES.filter((field) => spec[field]).map((field) => `\`${field}\``);
  if (given.length === 0) return [...errors, required(path, ONE_OF_NODES)];
  if (given.length === 1) return errors;
  const detail = `${ONE_OF_NODES}, but multiple fields are set`;
  return [...errors, invalid(path, `{${given.join(', ')}}`, detail)];
}

function validateContents(
  { devices, sharedCounters, perDeviceNodeSelection = false }: ResourceSliceSpec,
  previous: ResourceSliceSpec | undefined,
  path: FieldPath,
): FieldError[] {
  const known = new Map(previous?.devices?.map((device) => [device.name, device]));
  const max = devices?.some(isIntricate) ? INTRICATE_DEVICES_MAX : DEVICES_MAX;
  return [
    ...validateDistinct(max, devices, path.at('devices'), nameOf, (device, at) =>
      validateDevice(device, known.get(device.name), perDeviceNodeSelection, at),
    ),
    ...validateDistinct(
      COUNTER_SETS_MAX,
      sharedCounters,
      path.at('sharedCounters'),
      nameOf,
      ({ name, counters }, at) =>
        validateCounters(name, counters, at.at('name'), at.at('counters')),
    ),
  ];
}

const nameOf = ({ name }: { readonly name: string }): string => name;

const hasListsIn = ({ attributes = {} }: Device): boolean =>
  Object.values(attributes).some(hasLists);

const isIntricate = (device: Device): boolean =>
  Boolean(device.taints?.length || device.consumesCounters?.length) || hasListsIn(device);

/** What belongs to features that 1.36 keeps closed, unless it is there already. */
function dropClosed(
  { devices = [] }: Draft<ResourceSliceSpec>,
  known: readonly Device[] = [],
): void {
  const mayList = known.some(hasListsIn);
  const mayMap = known.some(
    ({ nodeAllocatableResourceMappings: mappings = {} }) => Object.keys(mappings).length > 0,
  );
  for (const device of devices) {
    if (!mayList) dropLists(device);
    if (!mayMap) delete device.nodeAllocatableResourceMappings;
  }
}

function warningsOf({ spec: { driver } }: ResourceSlice): string[] {
  if (driver === driver.toLowerCase()) return [];
  const shown = quote(driver);
  return [`spec.driver: driver names should be lowercase; ${shown} contains uppercase characters`];
}

/** A taint counts from when it was added. */
function setTaintTimes({ spec }: Draft<ResourceSlice>, now: number): void {
  for (const { taints } of spec.devices ?? []) {
    for (const taint of taints ?? []) taint.timeAdded ??= toTime(now);
  }
}

/** A part of a pool of devices, as their driver tells of them. */
export const resourceSlices: ResourceDefinition<ResourceSlice> = {
  ...resource,
  shape: shapeOf(resource),
  generation: true,
  deleteAnswersObject: true,

  defaults(draft) {
    part(part(draft, 'spec'), 'pool');
  },
  prepareCreate(draft, { now }) {
    dropClosed(draft.spec);
    setTaintTimes(draft, now);
  },
  prepareUpdate(draft, previous, { now }) {
    dropClosed(draft.spec, previous.spec.devices);
    setTaintTimes(draft, now);
  },
  validate: ({ spec }, { path, previous }) => validateSpec(spec, previous?.spec, path.at('spec')),

  warnings: warningsOf,

  columns: [
    nameColumn,
    column('Node', 'string', ({ spec }) => spec.nodeName ?? ''),
    column('Driver', 'string', ({ spec }) => spec.driver),
    column('Pool', 'string', ({ spec }) => spec.pool.name),
    ageColumn,
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver,
  },
  unselectableField: (field) =>
    `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
};
