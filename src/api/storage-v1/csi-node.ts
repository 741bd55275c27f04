import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { duplicate, type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { validateEach, validateQualifiedName } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateCsiDriverName } from '../core-v1/pod/volume-source-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { csiNodes as resource } from '../generated/storage/v1/resources.ts';
import type { CSINode, CSINodeDriver } from '../generated/storage/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const NODE_ID_MAX_BYTES = 192;

function validateDrivers(drivers: CSINode['spec']['drivers'], path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(drivers, path, (driver, at) => {
    const errors = validateDriver(driver, at);
    if (seen.has(driver.name)) errors.push(duplicate(at.at('name'), driver.name));
    seen.add(driver.name);
    return [...errors, ...validateTopologyKeys(driver.topologyKeys ?? [], at)];
  });
}

function validateDriver({ name, nodeID, allocatable }: CSINodeDriver, path: FieldPath) {
  const at = path.at('nodeID');
  const errors = validateCsiDriverName(name, path.at('name'));
  if (!nodeID) errors.push(required(at));
  else if (Buffer.byteLength(nodeID) > NODE_ID_MAX_BYTES) {
    errors.push(invalid(at, nodeID, `must be ${NODE_ID_MAX_BYTES} characters or less`));
  }
  const count = allocatable?.count ?? 0;
  return [...errors, ...validateNonNegative(count, path.at('allocatable', 'count'))];
}

function validateTopologyKeys(keys: readonly string[], path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return keys.flatMap((key) => {
    const errors = key === '' ? [required(path)] : [];
    if (seen.has(key)) errors.push(duplicate(path, key));
    seen.add(key);
    return [...errors, ...validateQualifiedName(key, path)];
  });
}

const driverStruct = ({ name, nodeID, topologyKeys, allocatable }: CSINodeDriver): object => ({
  Name: name,
  NodeID: nodeID,
  TopologyKeys: topologyKeys ?? null,
  Allocatable: allocatable ? { Count: allocatable.count ?? null } : null,
});

/** A driver that has registered stays as it is; only how many volumes it can take is counted anew. */
function validateUpdate(next: CSINode, previous: CSINode, path: FieldPath): FieldError[] {
  const byName = new Map(next.spec.drivers?.map((driver) => [driver.name, driver]));
  return (previous.spec.drivers ?? []).flatMap((old) => {
    const now = byName.get(old.name);
    if (!now) return [];
    const mayCount = now.allocatable !== undefined && old.allocatable !== undefined;
    const fixed = mayCount ? { ...now, allocatable: old.allocatable } : now;
    if (isSemanticallyEqual(fixed, old)) return [];
    return [invalid(path, driverStruct(now), 'field is immutable')];
  });
}

/** The storage drivers on a node. */
export const csiNodes: ResourceDefinition<CSINode> = {
  ...resource,
  shape: shapeOf(resource),
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,
  deleteAnswersObject: true,

  defaults(draft) {
    part(draft, 'spec');
  },
  validate: ({ spec }, { path }) => validateDrivers(spec.drivers, path.at('spec', 'drivers')),
  validateUpdate: (next, previous, { path }) =>
    validateUpdate(next, previous, path.at('spec', 'drivers')),
  columns: [
    nameColumn,
    column('Drivers', 'integer', ({ spec }) => spec.drivers?.length ?? 0),
    ageColumn,
  ],
};
