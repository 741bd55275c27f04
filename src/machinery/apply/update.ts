import { isEqual } from '../equal.ts';
import type { FieldsV1, ManagedFieldsEntry, ObjectMeta } from '../object.ts';
import { sharedOfJson } from '../shared-parts.ts';
import { capUpdaters } from './cap.ts';
import type { Comparison } from './compare.ts';
import { type FieldSet, includes, recursiveDifference, union } from './field-set.ts';
import {
  entriesOf,
  type Manager,
  type ManagerIdentity,
  type Managers,
  managerKey,
  managerOf,
  ownedBy,
  parseManagers,
  storedManagers,
} from './managers.ts';
import { newFields } from './new-fields.ts';
import { ChangeViews, ownable, reconcileManagers, takeFrom } from './ownership.ts';
import type { ManagedResource } from './resource.ts';
import { TypedValueError } from './step.ts';
import { trackedPartsOf } from './tracked.ts';

interface HasMetadata {
  readonly metadata?: Partial<ObjectMeta>;
}

/** One create, update or patch, after the object was changed and before admission sees it. */
export interface TrackedUpdate {
  /** The stored object; undefined when a new one is made. */
  readonly live: HasMetadata | undefined;
  /** The object to be. Its managedFields may be what the client wants them to be. */
  readonly next: HasMetadata;
  /** The client sent an empty list of managedFields, which decoding drops: see `forgetsOwners`. */
  readonly forget?: boolean;
  /** Who writes: see `managerNameOf`. */
  readonly manager: string;
  /** Now, in the form of `metav1.Time`. */
  readonly time: string;
}

/**
 * The managedFields of an object after a create, update or patch: the writer owns what it changed,
 * those who owned it before don't any more, and what is gone is nobody's. Undefined when nobody
 * owns anything, which is also how owners are no longer tracked until the next apply.
 */
export function managedFieldsAfterUpdate(
  resource: ManagedResource,
  update: TrackedUpdate,
): readonly ManagedFieldsEntry[] | undefined {
  const { live, next, manager, time } = update;
  if (live === undefined && next.metadata?.managedFields === undefined) {
    return managedFieldsOfNew(resource, update);
  }
  const managers = managersBefore(resource, update);
  // Whoever emptied the list wants no tracking. It begins again with an apply.
  if (managers.size === 0 && live?.metadata?.uid) return undefined;
  try {
    const change = { before: live ?? resource.empty, after: next };
    return entriesOf(updateManagers(resource, managers, change, { manager, time }));
  } catch (error) {
    // A write never fails for its bookkeeping: an object that has two meanings has no owners.
    if (error instanceof TypedValueError) return undefined;
    throw error;
  }
}

/** The same of a new object that comes without owners, as nearly all do. */
function managedFieldsOfNew(
  resource: ManagedResource,
  { next, manager, time }: TrackedUpdate,
): readonly ManagedFieldsEntry[] | undefined {
  const fields = fieldsOfNew(resource, next);
  return fields && [managerOf(updaterOf(resource, manager), fields, time)];
}

function fieldsOfNew(resource: ManagedResource, object: object): FieldSet {
  try {
    const { type, apiVersion, empty, ignored } = resource;
    const text = newFields(type, trackedPartsOf(empty), trackedPartsOf(object));
    const all = text === '' ? undefined : sharedOfJson<FieldsV1>(text);
    return recursiveDifference(all, ignored?.(apiVersion));
  } catch (error) {
    if (error instanceof TypedValueError) return undefined; // See above.
    throw error;
  }
}

const updaterOf = (
  { apiVersion, subresource }: ManagedResource,
  manager: string,
): ManagerIdentity => ({
  manager: manager || 'unknown',
  operation: 'Update',
  apiVersion,
  subresource,
});

/** The managers after an update by somebody. */
export function updateManagers(
  resource: ManagedResource,
  before: Managers,
  change: { readonly before: object; readonly after: object },
  { manager, time }: { readonly manager: string; readonly time: string },
): Managers {
  const views = new ChangeViews(resource, change);
  const reconciled = reconcileManagers(resource, before);
  const view = views.in(resource.apiVersion)!;
  const changed: FieldSet = ownable(resource, view.changed);
  const identity = updaterOf(resource, manager);
  const key = managerKey(identity);
  const only = reconciled.size === 1 ? reconciled.get(key) : undefined;
  if (only !== undefined && changed !== undefined && isOwnAlready(only, view)) {
    return new Map([[key, managerOf(identity, ownedBy(only)!, time)]]);
  }
  const managers = takeFrom(reconciled, views, { force: true });
  if (changed === undefined) return managers;
  const previous = managers.get(key);
  const fields = union(changed, previous && ownedBy(previous))!;
  managers.set(key, managerOf(identity, fields, time));
  return capUpdaters(managers);
}

/** Whether a change leaves its writer with the fields that it has; who renews a lease does that. */
const isOwnAlready = (writer: Manager, { changed, removed }: Comparison): boolean =>
  removed === undefined && includes(ownedBy(writer), changed);

// The client's own list counts, unless it makes no sense. Through a subresource nobody changes it.
function managersBefore(
  { subresource }: ManagedResource,
  { live, next, forget }: TrackedUpdate,
): Managers {
  const stored = live?.metadata?.managedFields;
  const given = next.metadata?.managedFields;
  if (subresource) return storedManagers(stored);
  if (forget || forgetsOwners(given)) return new Map();
  if (!Array.isArray(given) || isEqual(given, stored)) return storedManagers(stored);
  try {
    return parseManagers(given);
  } catch (error) {
    if (error instanceof TypedValueError) return storedManagers(stored);
    throw error;
  }
}

/** Whether managedFields, as a client sent them, ask to forget them: `[]`, or `[{}]`. */
export function forgetsOwners(managedFields: unknown): boolean {
  if (!Array.isArray(managedFields) || managedFields.length > 1) return false;
  for (const _ in managedFields[0]) return false;
  return true;
}
