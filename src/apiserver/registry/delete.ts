import { shapes } from '../../api/shapes.ts';
import type { ApiAnswer, RequestOptions } from '../../machinery/api-request.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { isEqual } from '../../machinery/equal.ts';
import { decodeJson, readTypeMeta } from '../../machinery/json-codec.ts';
import { type Draft, deepFreeze, draftOf, type KubeObject } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { conflict, notFound, type Status, StatusError } from '../../machinery/status.ts';
import type { DeletionOptions } from '../../machinery/validation/options.ts';
import { ConflictError, type Entry, type Write } from '../../store/store.ts';
import { type Call, isDryRun } from '../call.ts';
import { attributesOf } from './attributes.ts';
import { planDeletion } from './deletion.ts';
import { checkDeleteOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { OPTIMISTIC_LOCK_MESSAGE } from './replace.ts';

const ATTEMPTS_MAX = 20;
const OPTIONS = shapes.named('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')!;

/** DELETE of an object: removes it, or marks it as being deleted while something holds it. */
export async function remove(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const options = deletionOptionsOf(call);
  checkDeleteOptions(options);
  warnOfDefault(call, options);
  const object = await removeNamed(parts, call, call.request.name ?? '', options);
  const accepted = options.orphanDependents === false && isLeft(object);
  return { object, warnings: call.warnings, ...(accepted && { accepted }) };
}

/** Whether what a DELETE answers is still there. */
function isLeft({ metadata }: Pick<KubeObject | Status, 'metadata'>): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadata as Partial<
    KubeObject['metadata']
  >;
  if (deletionTimestamp === undefined) return false;
  return deletionGracePeriodSeconds !== 0 || (finalizers?.length ?? 0) > 0;
}

/** Warns who didn't say what becomes of dependents, where that isn't what one would think. */
export function warnOfDefault({ resource, warnings }: Call, options: DeletionOptions): void {
  const { defaultPropagationWarning: warning } = resource.definition;
  const isSaid = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  if (warning && !isSaid) warnings.push(warning);
}

/** Deletes by name. Rejects with NotFound. Answers what a DELETE of the kind answers. */
export async function removeNamed(
  parts: RegistryParts,
  call: Call,
  name: string,
  options: DeletionOptions,
): Promise<KubeObject | Status> {
  const { resource, request } = call;
  const key = resource.key(request.namespace, name);
  for (let attempt = 1; ; attempt++) {
    const entry = parts.store.latest(key);
    if (entry === undefined) throw notFound(resource, name);
    const converting = resource.ready([entry.value]);
    if (converting !== undefined) await converting;
    const existing = resource.fromStored(entry.value);
    checkPreconditions(call, options, existing);
    const attributes = attributesOf(call, 'DELETE', undefined, existing);
    // Clients say in the body, too, that they only want to know what would happen.
    const dryRun = attributes.dryRun || (options.dryRun?.length ?? 0) > 0;
    const asked = { ...attributes, name, dryRun, deleteOptions: options };
    const admitting = parts.admission.admit(asked);
    if (admitting !== undefined) await admitting;
    const validating = parts.admission.validate(asked);
    if (validating !== undefined) await validating;
    try {
      return await removeOnce(parts, call, options, entry);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (attempt === ATTEMPTS_MAX) throw conflict(resource, name, OPTIMISTIC_LOCK_MESSAGE);
    }
  }
}

async function removeOnce(
  { store, ...parts }: RegistryParts,
  call: Call,
  options: DeletionOptions,
  { key, value, revision }: Entry<KubeObject>,
): Promise<KubeObject | Status> {
  const { resource } = call;
  const existing = resource.fromStored(value);
  const plan = planDeletion(resource.definition, existing, options, call.now);
  if (plan.type === 'held') return resource.shown(existing);
  if (plan.type === 'pending') return deletedAnswer(call, existing);
  const marked = plan.changes && markedObject(call, existing, plan.changes);
  if (plan.type === 'mark' && isEqual(marked, existing)) {
    await store.commit([]); // What it is compared with may still be on its way to the disk.
    return resource.shown(existing);
  }
  const writes: Write<KubeObject>[] = [];
  if (plan.type === 'remove')
    resource.hooks?.delete?.({ parts: { store, ...parts }, call, writes, ahead: [] }, existing);
  if (isDryRun(call) || options.dryRun?.length) {
    if (plan.type === 'mark') return resource.shown(deepFreeze(marked!));
    return deletedAnswer(call, marked ? deepFreeze(marked) : existing);
  }
  const stored = marked && resource.toStored(marked);
  const draft = stored instanceof Promise ? await stored : stored;
  const put = draft && ({ type: 'put', key, draft, expect: revision } as const);
  if (plan.type === 'mark') {
    const { entries } = await store.commit([put!]);
    await resource.ready([entries[0]!.value]);
    return resource.shown(resource.fromStored(entries[0]!.value));
  }
  // Watchers see first that the object is being deleted, then that it is gone.
  const marking = put && store.commit([put]);
  const expect = marking ? store.latest(key)?.revision : revision;
  const removal = store.commit([{ type: 'delete', key, expect }, ...writes]);
  const [committed] = await Promise.all([removal, marking]);
  const removed = committed.entries[0]?.value ?? value;
  await resource.ready([removed]);
  const last = resource.fromStored(removed);
  return deletedAnswer(call, withRevision(last, committed.revision));
}

/**
 * The options in the body, or else those of the query. Throws, with code 500 as Kubernetes does, for
 * what isn't any.
 */
export function deletionOptionsOf({ request }: Call): DeletionOptions {
  const { body, options } = request;
  if (body === undefined || body === null) return withPreconditions(options);
  try {
    const { kind, apiVersion } = readTypeMeta(body);
    if (kind && kind !== 'DeleteOptions') throw noDeleteOptions(kind, apiVersion);
    return decodeJson(OPTIONS, body).object as DeletionOptions;
  } catch (error) {
    throw error instanceof DecodeError ? new StatusError('', error.message) : error;
  }
}

/** In a query they stand by themselves. */
function withPreconditions(options: RequestOptions): DeletionOptions {
  const { uid, resourceVersion } = options;
  if (!uid && !resourceVersion) return options;
  const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  return { ...options, preconditions };
}

const OTHER_OPTIONS: ReadonlySet<string> = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'CreateOptions',
  'GetOptions',
  'ListOptions',
  'PatchOptions',
  'Status',
  'UpdateOptions',
]);

/** For a body that says that it is something else. */
function noDeleteOptions(kind: string, apiVersion: string): StatusError {
  if (OTHER_OPTIONS.has(kind)) {
    return new StatusError('', 'decoded object cannot be converted to DeleteOptions');
  }
  const scheme = 'pkg/apis/meta/internalversion/scheme/register.go:27';
  const version = quote(apiVersion || 'meta.k8s.io/v1');
  const message = `no kind ${quote(kind)} is registered for version ${version} in scheme "${scheme}"`;
  return new StatusError('', message);
}

function checkPreconditions(
  { resource }: Call,
  options: DeletionOptions,
  { metadata }: KubeObject,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const refuse = (what: 'UID' | 'ResourceVersion', asked: string, stored = '') => {
    const { group, plural, definition } = resource;
    if (definition.hasOwnPreconditions) {
      const found = `${what} in precondition: ${asked}, ${what} in object meta: ${stored}`;
      return conflict({ group, plural }, metadata.name, `Precondition failed: ${found}`);
    }
    const change = what === 'UID' ? 'deleted and then recreated' : 'modified';
    const detail = `the ${what} in the precondition (${asked}) does not match the ${what} in record (${stored}). The object might have been ${change}`;
    return conflict({ group, plural: resource.kind }, metadata.name, detail);
  };
  if (uid !== undefined && uid !== metadata.uid) throw refuse('UID', uid, metadata.uid);
  if (resourceVersion === undefined || resourceVersion === metadata.resourceVersion) return;
  throw refuse('ResourceVersion', resourceVersion, metadata.resourceVersion);
}

function markedObject(
  { resource: { definition } }: Call,
  existing: KubeObject,
  changes: Partial<KubeObject['metadata']>,
): Draft<KubeObject> {
  const metadata = draftOf({ ...existing.metadata, ...changes });
  if (definition.prepareDelete === undefined) return { ...existing, metadata };
  const draft = { ...draftOf(existing), metadata };
  definition.prepareDelete(draft);
  return draft;
}

/** The object with another resourceVersion: as it was last, at the revision of its removal. */
export const withRevision = (object: KubeObject, revision: number): KubeObject =>
  deepFreeze({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  });

/** What a DELETE answers when the object is gone, or was on its way out before. */
function deletedAnswer({ resource }: Call, object: KubeObject): KubeObject | Status {
  if (resource.definition.deleteAnswersObject) return resource.shown(object);
  const { name, uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(resource.group && { group: resource.group }),
      kind: resource.plural,
      uid,
    },
  };
}
