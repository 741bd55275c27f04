import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../object.ts';
import { parseApiVersion } from '../resource.ts';
import { badRequest, StatusError } from '../status.ts';
import { ApplyConflict, conflictsLeft } from './conflict.ts';
import { difference, type FieldSet } from './field-set.ts';
import { fieldsOfConfiguration } from './fields-of.ts';
import { allowedConflicts, withLastApplied } from './last-applied.ts';
import {
  entriesOf,
  type Manager,
  type ManagerIdentity,
  type Managers,
  managerKey,
  managerOf,
  ownedBy,
  storedManagers,
} from './managers.ts';
import { merge } from './merge.ts';
import { ChangeViews, ownable, reconcileManagers, takeFrom } from './ownership.ts';
import { prune } from './prune.ts';
import type { ManagedResource } from './resource.ts';
import { TypedValueError } from './step.ts';
import { trackedConfiguration } from './tracked.ts';
import { updateManagers } from './update.ts';
import { typeErrors } from './validate.ts';

export interface ApplyRequest {
  /** The stored object; undefined when the apply makes it. */
  readonly live: object | undefined;
  /** What the client sent, as it came: not defaulted, not pruned. */
  readonly configuration: object;
  readonly manager: string;
  /** Take fields that others own. */
  readonly force: boolean;
  /** Now, in the form of `metav1.Time`. */
  readonly time: string;
}

export interface Applied {
  /**
   * The new object, with the managedFields it had before. It holds what the configuration held,
   * so it is yet to be decoded and defaulted. It is the live object itself if nothing changed.
   */
  readonly object: object;
  /** The managedFields it is to have. */
  readonly managedFields: readonly ManagedFieldsEntry[] | undefined;
}

interface Attempt extends ApplyRequest {
  readonly before: object;
  readonly managers: Managers;
}

/**
 * Server-side apply (KEP-555): the live object with what the configuration sets, without what its
 * manager set before and doesn't now, and who owns what then. Throws ApplyConflict; a BadRequest
 * for a configuration of another kind; a StatusError with code 500, as Kubernetes does, for one
 * that doesn't fit the type.
 */
export function applyConfiguration(resource: ManagedResource, request: ApplyRequest): Applied {
  assertApplicable(resource, request.configuration);
  try {
    const attempt = prepare(resource, request);
    if (request.manager !== 'kubectl') return attemptApply(resource, attempt);
    const applied = applyAsKubectl(resource, attempt);
    return { ...applied, object: withLastApplied(applied.object, request.configuration) };
  } catch (error) {
    if (!(error instanceof TypedValueError)) throw error;
    throw new StatusError('', `failed to merge config: ${error.message}`);
  }
}

// Takes what a client-side apply by kubectl left behind: it is the same user's.
function applyAsKubectl(resource: ManagedResource, attempt: Attempt): Applied {
  try {
    return attemptApply(resource, attempt);
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error;
    const allowed = allowedConflicts(resource, attempt.before);
    const left = conflictsLeft(error, allowed);
    if (left) throw left;
    return attemptApply(resource, { ...attempt, force: true });
  }
}

function assertApplicable(
  { apiVersion, kind, type }: ManagedResource,
  configuration: object,
): void {
  const given = configuration as { apiVersion?: unknown; kind?: unknown; metadata?: unknown };
  if (given.apiVersion !== apiVersion || given.kind !== kind) {
    throw badRequest(`invalid object type: ${describeKind(given.apiVersion, given.kind)}`);
  }
  const metadata = (given.metadata ?? {}) as Partial<ObjectMeta>;
  if (Array.isArray(metadata.managedFields)) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const errors = typeErrors(type, configuration);
  if (errors === undefined) return;
  const what = describeConfiguration(configuration);
  throw new StatusError('', `failed to create typed patch object ${what}: ${errors}`);
}

/**
 * The error for a configuration whose values are of the right types and yet can't be what they stand
 * for, such as a quantity. It is 500, as Kubernetes has it.
 */
export function notConvertible(configuration: object, detail: string): StatusError {
  const { apiVersion, kind } = configuration as { apiVersion?: unknown; kind?: unknown };
  const what = `new object ${describeConfiguration(configuration)} to proper version`;
  const why = `unable to convert unstructured object to ${describeKind(apiVersion, kind)}: ${detail}`;
  return new StatusError('', `failed to convert ${what}: ${why}`);
}

function describeConfiguration(configuration: object): string {
  const { apiVersion, kind, metadata } = configuration as Partial<KubeObject>;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
  const name = `${textOf(metadata?.namespace)}/${textOf(metadata?.name)}`;
  return `(${name}; ${describeKind(apiVersion, kind)})`;
}

function describeKind(apiVersion: unknown, kind: unknown): string {
  const { group, version } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  return `${group}/${version}, Kind=${typeof kind === 'string' ? kind : ''}`;
}

// An object that nobody owns belongs to whoever was there before the first apply.
function prepare(resource: ManagedResource, request: ApplyRequest): Attempt {
  const before = request.live ?? resource.empty;
  const metadata = (before as { metadata?: Partial<ObjectMeta> }).metadata;
  let managers = storedManagers(metadata?.managedFields);
  if (managers.size === 0 && request.live !== undefined) {
    const change = { before: resource.empty, after: request.live };
    const { time } = request;
    managers = updateManagers(resource, managers, change, { manager: 'before-first-apply', time });
  }
  return { ...request, before, managers: reconcileManagers(resource, managers) };
}

function attemptApply(resource: ManagedResource, attempt: Attempt): Applied {
  const { before, configuration, force, time } = attempt;
  const { apiVersion, subresource, type } = resource;
  const identity: ManagerIdentity = {
    manager: attempt.manager || 'unknown',
    operation: 'Apply',
    apiVersion,
    subresource,
  };
  const key = managerKey(identity);
  const last = attempt.managers.get(key);
  const fields = ownable(
    resource,
    fieldsOfConfiguration(type, trackedConfiguration(configuration)),
  );
  const managers = new Map(attempt.managers);
  managers.set(key, managerOf(identity, fields ?? {}, last?.time));

  const merged = merge(type, before, configuration) as object;
  const object = prunedOf(resource, { merged, configuration, last, fields, managers, key });
  const views = new ChangeViews(resource, { before, after: object });
  const left = takeFrom(managers, views, { except: key, force });
  const isUnchanged = object === before;
  if (fields !== undefined && !isUnchanged) left.set(key, managerOf(identity, fields, time));
  return { object, managedFields: entriesOf(left) };
}

interface Pruning {
  readonly merged: object;
  readonly configuration: object;
  readonly last: Manager | undefined;
  readonly fields: FieldSet;
  readonly managers: Managers;
  readonly key: string;
}

function prunedOf(resource: ManagedResource, pruning: Pruning): object {
  const { merged, configuration, last, fields, managers, key } = pruning;
  const lastFields = last && ownedBy(last);
  if (!last || lastFields === undefined) return merged;
  // Applying again what was applied before is common, and drops nothing.
  const sameVersion = last.apiVersion === resource.apiVersion;
  if (sameVersion && difference(lastFields, fields) === undefined) return merged;
  const owned = [...managers].map(([each, manager]) => ({
    apiVersion: manager.apiVersion,
    // The names of the object are in its configuration, and so stay, though nobody tracks them.
    fields: each === key ? fieldsOfConfiguration(resource.type, configuration) : ownedBy(manager),
  }));
  const { versions, apiVersion } = resource;
  const removable = { apiVersion: last.apiVersion, fields: lastFields };
  return prune(versions, { merged, apiVersion, last: removable, owned });
}
