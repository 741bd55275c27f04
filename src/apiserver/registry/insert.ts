import type { ApiRequest } from '../../machinery/api-request.ts';
import {
  type Draft,
  deepFreeze,
  draftOf,
  type KubeObject,
  type ObjectMeta,
} from '../../machinery/object.ts';
import { alreadyExists, isStatusError, StatusError } from '../../machinery/status.ts';
import { ConflictError, type Write } from '../../store/store.ts';
import { checkMayCreate } from '../auth/authorizer.ts';
import { type Call, isDryRun } from '../call.ts';
import { shareParts } from '../encoding/json.ts';
import { attributesOf } from './attributes.ts';
import { commitTogether, type Outcome } from './commit.ts';
import { ensureNamespace, fillSystemFields, generateName, isDeleting } from './object-meta.ts';
import type { RegistryParts } from './parts.ts';
import { prepareNew } from './prepare.ts';
import { validateNew } from './validate.ts';

// For names that are generated and for addresses that somebody else took in between.
const ATTEMPTS_MAX = 8;

/**
 * Stores a new object, whose fields have their owners: admission, preparation, validation, commit.
 * Rejects with AlreadyExists, Invalid, or what admission says. With a `generateName` it tries
 * several names.
 */
export async function insert(
  parts: RegistryParts,
  call: Call,
  draft: Draft<KubeObject>,
): Promise<KubeObject> {
  const pending = parts.admission.admit(attributesOf(call, 'CREATE', draft, undefined));
  if (pending !== undefined) await pending;
  // Who changed it may have moved it, or left it nowhere.
  ensureNamespace(draft.metadata, call.resource, call.request.namespace);
  const loading = call.resource.definition.load?.(draft);
  if (loading !== undefined) await loading;
  const base = draft.metadata.name ? undefined : draft.metadata.generateName;
  if (!base && !call.resource.hooks?.create) return insertOnce(parts, call, draft, undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      return await insertOnce(parts, call, draftOf(draft), base);
    } catch (error) {
      const taken = base !== undefined && isStatusError(error, 'AlreadyExists');
      if (!taken && !(error instanceof ConflictError)) throw error;
      if (attempt === ATTEMPTS_MAX) throw taken ? noNameFound(error) : error;
    }
  }
}

/** The answer when all names that were tried are taken: another try may have more luck. */
function noNameFound({ message, details }: StatusError): StatusError {
  const why = 'the server was not able to generate a unique name for the object';
  return new StatusError('AlreadyExists', `${message}, ${why}`, {
    ...details,
    retryAfterSeconds: 1,
  });
}

async function insertOnce(
  parts: RegistryParts,
  call: Call,
  draft: Draft<KubeObject>,
  base: string | undefined,
): Promise<KubeObject> {
  const { resource, request } = call;
  fillSystemFields(draft.metadata, parts.random, call.now);
  // Rules read a name where one is required; that there is none is told with what else is wrong.
  draft.metadata.name = base ? generateName(base, parts.random) : (draft.metadata.name ?? '');
  prepareNew(parts, call, draft);
  const writes: Write<KubeObject>[] = [];
  const ahead: Write<KubeObject>[] = [];
  resource.hooks?.create?.({ parts, call, writes, ahead }, draft);
  shareParts(draft);
  validateNew(call, draft);
  call.warnings.push(...(resource.definition.warnings?.(draft, undefined) ?? []));
  // Who may change an object that is there doesn't make one by that.
  checkMayCreate(parts.authorizer, call.user, request);
  const attributes = attributesOf(call, 'CREATE', draft, undefined);
  const pending = parts.admission.validate(attributes);
  if (pending !== undefined) await pending;
  return commitNew(parts, call, { draft: resource.settle(draft), writes, ahead, attributes });
}

/** Stores an object that nobody has anything against, unless there is one of its name. */
async function commitNew(
  parts: RegistryParts,
  call: Call,
  { draft, writes, ahead, attributes }: Outcome,
): Promise<KubeObject> {
  const { resource, request } = call;
  const { name } = draft.metadata;
  const key = resource.key(request.namespace, name);
  if (isDryRun(call)) {
    parts.admission.charge(attributes);
    refuseExisting(parts, call, key, name);
    return resource.shown(deepFreeze(draft));
  }
  dropResourceVersion(request, draft.metadata);
  const stored = resource.toStored(draft);
  const form = stored instanceof Promise ? await stored : stored;
  const put = { type: 'put', key, draft: form, expect: 0 } as const;
  const before = [...ahead, ...parts.admission.charge(attributes)];
  const { entries } = await commitTogether(parts.store, before, [put, ...writes]).catch((error) => {
    if (error instanceof ConflictError && error.key === key) {
      refuseExisting(parts, call, key, name);
      throw alreadyExists(resource, name);
    }
    throw error;
  });
  const { value } = entries[0]!;
  await resource.ready([value]);
  return resource.shown(resource.fromStored(value));
}

/** Throws for an object to be made that has a version. One that is no number is overlooked. */
function dropResourceVersion({ verb }: ApiRequest, metadata: Draft<ObjectMeta>): void {
  const { resourceVersion } = metadata;
  if (resourceVersion === undefined) return;
  if (verb === 'create' && /^0*[1-9]\d*$/.test(resourceVersion)) {
    throw new StatusError('', 'resourceVersion should not be set on objects to be created');
  }
  delete (metadata as { resourceVersion?: string }).resourceVersion;
}

function refuseExisting(parts: RegistryParts, call: Call, key: string, name: string): void {
  const existing = parts.store.latest(key);
  if (existing === undefined) return;
  const error = alreadyExists(call.resource, name);
  if (!isDeleting(existing.value)) throw error;
  throw new StatusError(
    'AlreadyExists',
    `object is being deleted: ${error.message}`,
    error.details,
  );
}
