import type { ApiAnswer } from '../../machinery/api-request.ts';
import { conflict, type StatusError } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import { decodeBody } from './decode.ts';
import { insert } from './insert.ts';
import {
  checkName,
  dedupOwnerReferences,
  ensureNamespace,
  wipeSystemFields,
} from './object-meta.ts';
import { checkCreateOptions, checkUpdateOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { replace } from './replace.ts';
import { trackFields } from './track-fields.ts';

const duplicateOwnersWarning = (uids: readonly string[]): string =>
  `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids.join(', ')}`;

/** POST to a collection: stores a new object. */
export async function create(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  checkCreateOptions(request.options);
  const draft = decodeBody(call);
  wipeSystemFields(draft.metadata);
  ensureNamespace(draft.metadata, resource, request.namespace);
  const duplicates = dedupOwnerReferences(draft.metadata);
  if (duplicates.length > 0) warnings.push(duplicateOwnersWarning(duplicates));
  trackFields(call, draft, undefined, undefined);
  return { object: await insert(parts, call, draft), created: true, warnings };
}

/** PUT: replaces an object, or makes one where the kind allows it. */
export async function update(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  checkUpdateOptions(request.options);
  const { object, created } = await replace(parts, call, {
    mayCreate: resource.definition.createOnUpdate === true && request.subresource === undefined,
    make(existing) {
      const draft = decodeBody(call);
      ensureNamespace(draft.metadata, resource, request.namespace);
      checkName(draft.metadata, request.name ?? '');
      const duplicates = dedupOwnerReferences(draft.metadata);
      if (duplicates.length > 0) warnings.push(duplicateOwnersWarning(duplicates));
      const { uid } = draft.metadata;
      if (existing !== undefined && uid && uid !== existing.metadata.uid) {
        throw uidMismatch(call, uid, existing.metadata.uid);
      }
      trackFields(call, draft, existing, givenManagedFields(request.body));
      return draft;
    },
  });
  return { object, created, warnings };
}

/** The conflict of a write that names another object than the one stored under the name. */
export function uidMismatch(
  { resource, request }: Call,
  given: string,
  actual: string,
): StatusError {
  const name = request.name ?? '';
  const key = resource.key(request.namespace, name);
  const detail = `Precondition failed: UID in precondition: ${given}, UID in object meta: ${actual}`;
  const text = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${detail}`;
  return conflict(resource, name, text);
}

/** The managedFields of an object as it was sent, before decoding. */
export const givenManagedFields = (body: unknown): unknown =>
  (body as { metadata?: { managedFields?: unknown } } | null | undefined)?.metadata?.managedFields;
