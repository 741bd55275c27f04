import { isEqual } from '../../machinery/equal.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { type Draft, deepFreeze, type KubeObject } from '../../machinery/object.ts';
import { conflict, notFound } from '../../machinery/status.ts';
import { ConflictError, type Entry, type Write } from '../../store/store.ts';
import { type Call, isDryRun } from '../call.ts';
import { shareParts } from '../encoding/json.ts';
import { attributesOf } from './attributes.ts';
import { commitTogether, type Outcome } from './commit.ts';
import { insert } from './insert.ts';
import type { RegistryParts } from './parts.ts';
import { formOf, prepareChange } from './prepare.ts';
import { checkRevisionText } from './revision.ts';
import { validateChange } from './validate.ts';

// Each lost race means that another write was accepted, so the system as a whole goes on.
const ATTEMPTS_MAX = 20;

/** The text of a conflict between two writers, to the letter what clients look for. */
export const OPTIMISTIC_LOCK_MESSAGE =
  'the object has been modified; please apply your changes to the latest version and try again';

/** How one kind of request makes the new object from what is stored. */
export interface Change {
  /**
   * A fresh draft in the version of the request, whose fields have their owners. Called again after
   * a lost race.
   */
  make(existing: KubeObject | undefined): Draft<KubeObject>;
  /** Whether the object is created when it isn't there. */
  readonly mayCreate?: boolean;
  /** What is wrong with the request itself is said before that the object isn't there. */
  readonly isMadeAnyway?: boolean;
}

export interface Replaced {
  readonly object: KubeObject;
  readonly created: boolean;
}

/**
 * Makes a stored object what `change` says. A resourceVersion in the result is a precondition;
 * without one a lost race is run again. A write that changes nothing isn't one. An object that is
 * being deleted goes with its last finalizer.
 */
export async function replace(parts: RegistryParts, call: Call, change: Change): Promise<Replaced> {
  const { resource, request } = call;
  const name = request.name ?? '';
  const key = resource.key(request.namespace, name);
  for (let attempt = 1; ; attempt++) {
    const entry = parts.store.latest(key);
    if (entry === undefined) {
      if (!change.mayCreate && !change.isMadeAnyway) throw notFound(resource, name);
      const draft = change.make(undefined);
      if (!change.mayCreate) throw notFound(resource, name);
      checkRevisionText(draft.metadata.resourceVersion);
      return { object: await insert(parts, call, draft), created: true };
    }
    try {
      return { object: await replaceOnce(parts, call, change, entry), created: false };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (attempt === ATTEMPTS_MAX) throw conflict(resource, name, OPTIMISTIC_LOCK_MESSAGE);
    }
  }
}

async function replaceOnce(
  parts: RegistryParts,
  call: Call,
  change: Change,
  entry: Entry<KubeObject>,
): Promise<KubeObject> {
  const { resource } = call;
  const converting = resource.ready([entry.value]);
  if (converting !== undefined) await converting;
  const existing = resource.fromStored(entry.value);
  const draft = change.make(existing);
  const pending = parts.admission.admit(attributesOf(call, 'UPDATE', draft, existing));
  if (pending !== undefined) await pending;
  const loading = resource.definition.load?.(draft);
  if (loading !== undefined) await loading;
  checkResourceVersion(call, draft, existing);
  prepareChange(parts, call, draft, existing);
  const writes: Write<KubeObject>[] = [];
  const ahead: Write<KubeObject>[] = [];
  resource.hooks?.update?.({ parts, call, writes, ahead }, draft, existing);
  shareParts(draft);
  validateChange(call, draft, existing);
  call.warnings.push(...(formOf(call).warnings?.(draft, existing) ?? []));
  const attributes = attributesOf(call, 'UPDATE', draft, existing);
  const validating = parts.admission.validate(attributes);
  if (validating !== undefined) await validating;
  const outcome = { draft: resource.settle(draft), writes, ahead, attributes };
  return commitChange(parts, call, entry, outcome);
}

/** Takes over the resourceVersion, or throws when the one given is another. */
function checkResourceVersion(
  { resource }: Call,
  draft: Draft<KubeObject>,
  existing: KubeObject,
): void {
  const given = draft.metadata.resourceVersion;
  if (!given || given === '0') {
    if (resource.definition.conditionalUpdateOnly) {
      const path = FieldPath.root.at('metadata', 'resourceVersion');
      const errors = [invalid(path, 0, 'must be specified for an update')];
      const kind = { group: resource.group, kind: resource.plural };
      throw invalidObject(kind, existing.metadata.name, errors);
    }
    draft.metadata.resourceVersion = existing.metadata.resourceVersion;
    return;
  }
  checkRevisionText(given);
  if (given !== existing.metadata.resourceVersion) {
    throw conflict(resource, existing.metadata.name, OPTIMISTIC_LOCK_MESSAGE);
  }
}

async function commitChange(
  parts: RegistryParts,
  call: Call,
  { key, value, revision }: Entry<KubeObject>,
  { draft, writes, ahead, attributes }: Outcome,
): Promise<KubeObject> {
  const { resource } = call;
  const { store } = parts;
  const existing = resource.fromStored(value);
  if (isFinalized(call, draft, existing)) {
    const removal: Write<KubeObject>[] = [{ type: 'delete', key, expect: revision }];
    resource.hooks?.delete?.({ parts, call, writes: removal, ahead: [] }, existing);
    // Who removed the last finalizer is answered the object as it was at last.
    if (!isDryRun(call)) await store.commit(removal);
    return resource.shown(deepFreeze(draft));
  }
  const charges = parts.admission.charge(attributes);
  if (writes.length + ahead.length === 0 && isUnchanged(draft, existing)) {
    await store.commit([]); // What it is compared with may still be on its way to the disk.
    return resource.shown(existing);
  }
  if (isDryRun(call)) return resource.shown(deepFreeze(draft));
  const stored = resource.toStored(draft);
  const form = stored instanceof Promise ? await stored : stored;
  const put = { type: 'put', key, draft: form, expect: revision } as const;
  const { entries } = await commitTogether(store, [...ahead, ...charges], [put, ...writes]);
  const { value: written } = entries[0]!;
  await resource.ready([written]);
  return resource.shown(resource.fromStored(written));
}

/** Whether nothing holds a deleted object any more. */
function isFinalized(
  { resource: { definition } }: Call,
  next: KubeObject,
  { metadata }: KubeObject,
): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds: seconds } = metadata;
  if (deletionTimestamp === undefined || next.metadata.finalizers?.length || seconds) return false;
  return definition.isHeld?.(next) !== true;
}

/** Whether the objects differ in nothing but when their fields were set. */
function isUnchanged(next: Draft<KubeObject>, previous: KubeObject): boolean {
  // Most writes change the spec or the status, and that is seen without copying anything.
  for (const part of ['spec', 'status'] as const) {
    if (!isEqual((next as Parts)[part], (previous as Parts)[part])) return false;
  }
  const { managedFields: fields, ...meta } = next.metadata;
  const { managedFields: previousFields, ...previousMeta } = previous.metadata;
  if (!isEqual({ ...next, metadata: meta }, { ...previous, metadata: previousMeta })) return false;
  return isEqual(fields?.map(timeless), previousFields?.map(timeless));
}

interface Parts {
  readonly spec?: unknown;
  readonly status?: unknown;
}

const timeless = ({ time: _, ...entry }: { time?: string }): object => entry;
