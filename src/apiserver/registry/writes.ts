import type { ApiAnswer } from '../../machinery/api-request.ts';
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
import { uidConflict } from './uid-conflict.ts';

/** POST to a collection: stores a new object. */
export async function create(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  checkCreateOptions(request.options);
  const draft = decodeBody(call);
  wipeSystemFields(draft.metadata);
  ensureNamespace(draft.metadata, resource, request.namespace);
  dedupOwnerReferences(draft.metadata, warnings, 'before admission');
  trackFields(call, draft, undefined, undefined);
  return { object: await insert(parts, call, draft), created: true, warnings };
}

/** PUT: replaces an object, or makes one where the kind allows it. */
export async function update(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  checkUpdateOptions(request.options);
  const mayCreate =
    resource.definition.createOnUpdate === true && request.subresource === undefined;
  const { object, created } = await replace(parts, call, {
    mayCreate,
    isMadeAnyway: true,
    make(existing) {
      const draft = decodeBody(call);
      ensureNamespace(draft.metadata, resource, request.namespace);
      checkName(draft.metadata, request.name ?? '');
      dedupOwnerReferences(draft.metadata, warnings, 'after admission');
      const { uid } = draft.metadata;
      const actual = existing?.metadata.uid ?? '';
      const mayDiffer = existing === undefined && !mayCreate; // That it isn't there is said then.
      if (uid && uid !== actual && !mayDiffer) throw uidConflict(call, uid, actual);
      trackFields(call, draft, existing, givenManagedFields(request.body));
      return draft;
    },
  });
  return { object, created, warnings };
}

/** The managedFields of an object as it was sent, before decoding. */
export const givenManagedFields = (body: unknown): unknown =>
  (body as { metadata?: { managedFields?: unknown } } | null | undefined)?.metadata?.managedFields;
