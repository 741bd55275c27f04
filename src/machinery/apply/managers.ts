import { parseTime } from '../../base/clock.ts';
import type { FieldsV1, ManagedFieldsEntry } from '../object.ts';
import { type FieldSet, isLeaf } from './field-set.ts';
import { parseFieldSet } from './field-set-parser.ts';
import { TypedValueError } from './step.ts';

/** Who may own fields: a client by name, and how and where it wrote. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
}

/** An entry of managedFields that names all it needs to. */
export type Manager = ManagedFieldsEntry & ManagerIdentity;

/** Managers by their key. */
export type Managers = ReadonlyMap<string, Manager>;

/** What tells managers apart: an applier stays itself in another version, an updater doesn't. */
export function managerKey(identity: ManagerIdentity): string {
  const { manager, operation, apiVersion, subresource = '' } = identity;
  // The order that these keys have is the one of Kubernetes' own: its JSON of the entry.
  const version = operation === 'Apply' ? '' : `,"apiVersion":${JSON.stringify(apiVersion)}`;
  const where = subresource ? `,"subresource":${JSON.stringify(subresource)}` : '';
  return `{"manager":${JSON.stringify(manager)},"operation":"${operation}"${version}${where}}`;
}

/** What a manager owns. */
export const ownedBy = ({ fieldsV1 }: ManagedFieldsEntry): FieldSet =>
  fieldsV1 === undefined || isLeaf(fieldsV1) ? undefined : fieldsV1;

/** A manager that owns these fields since a time. */
export function managerOf(identity: ManagerIdentity, fields: FieldsV1, time?: string): Manager {
  const { manager, operation, apiVersion, subresource } = identity;
  if (time !== undefined && !subresource) {
    return { manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: fields };
  }
  return {
    manager,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource && { subresource }),
  };
}

/** The same manager with other fields. */
export const withFields = (manager: Manager, fields: FieldSet): Manager =>
  fields === ownedBy(manager) ? manager : { ...manager, fieldsV1: fields ?? {} };

/** Managers as they stand in a stored object, which we wrote ourselves. */
export function storedManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers = new Map<string, Manager>();
  for (const entry of entries ?? []) {
    if (isComplete(entry)) managers.set(managerKey(entry), entry);
  }
  return managers;
}

const isComplete = (entry: ManagedFieldsEntry): entry is Manager =>
  (entry.operation === 'Apply' || entry.operation === 'Update') && Boolean(entry.apiVersion);

/** Managers as a client sent them. Throws TypedValueError unless every entry makes sense. */
export function parseManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  const managers = new Map<string, Manager>();
  entries.forEach((entry, i) => {
    assertEntry(entry, i);
    const identity = { ...entry, manager: entry.manager ?? '' };
    const { manager, operation, apiVersion, subresource } = identity;
    const parsed = managerOf(
      { manager, operation, apiVersion, subresource },
      parseFieldSet(entry.fieldsV1) ?? {},
      entry.time,
    );
    managers.set(managerKey(parsed), parsed);
  });
  return managers;
}

function assertEntry(entry: ManagedFieldsEntry, i: number): asserts entry is Manager {
  const { operation, apiVersion, fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new TypedValueError('operation must be `Apply` or `Update`');
  }
  if (!apiVersion) throw new TypedValueError('apiVersion must not be empty');
  if (!fieldsType) throw new TypedValueError(`missing fieldsType in managed fields entry ${i}`);
  if (fieldsType !== 'FieldsV1') {
    throw new TypedValueError(`invalid fieldsType "${fieldsType}" in managed fields entry ${i}`);
  }
}

/** What goes into `metadata.managedFields`; undefined when nobody owns anything. */
export function entriesOf(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  const entries = [...managers.values()];
  return entries.length === 1 ? entries : entries.sort(compareEntries);
}

function compareEntries(a: Manager, b: Manager): number {
  if (a.operation !== b.operation) return a.operation < b.operation ? -1 : 1;
  const seconds = secondsOf(a) - secondsOf(b);
  if (seconds !== 0) return seconds;
  return (
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource ?? '', b.subresource ?? '')
  );
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** When a manager last changed something, in seconds since the epoch; 0 when it isn't known. */
export const secondsOf = ({ time }: ManagedFieldsEntry): number =>
  Math.floor((parseTime(time) ?? 0) / 1000);
