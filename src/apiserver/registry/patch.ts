import { toTime } from '../../base/clock.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import { applyConfiguration } from '../../machinery/apply/apply.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { type FieldError, invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import { badRequest, conflict, notFound, type StatusError } from '../../machinery/status.ts';
import { type Call, fieldValidationOf } from '../call.ts';
import { decodePlain } from './decode.ts';
import { checkName, dedupOwnerReferences, ensureNamespace } from './object-meta.ts';
import { checkPatchOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { replace } from './replace.ts';
import { managedResource, setManagedFields, trackFields } from './track-fields.ts';
import { givenManagedFields } from './writes.ts';

/** PATCH: changes an object in one of the patch dialects; an apply makes it when it isn't there. */
export async function patch(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  const { patchType = 'merge', name = '' } = request;
  checkPatchOptions(request.options, patchType);
  const isApply = patchType === 'apply';
  const { object, created } = await replace(parts, call, {
    mayCreate: isApply && request.subresource === undefined,
    make(existing) {
      if (existing === undefined && !isApply) throw notFound(resource, name);
      const draft = isApply ? applied(call, existing) : patched(call, existing!);
      const { uid } = draft.metadata;
      if (uid && existing === undefined) {
        const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
        throw conflict(resource, name, why);
      }
      ensureNamespace(draft.metadata, resource, request.namespace);
      checkName(draft.metadata, name);
      dedupOwnerReferences(draft.metadata);
      return draft;
    },
  });
  return { object, created, warnings };
}

/** Server-side apply (KEP-555). */
function applied(call: Call, existing: KubeObject | undefined): Draft<KubeObject> {
  const { request, resource, now } = call;
  const { body, options } = request;
  if (typeof body !== 'object' || body === null) {
    throw badRequest('error decoding YAML: the body is no object');
  }
  const { object, managedFields } = applyConfiguration(
    managedResource(resource, request.subresource),
    {
      live: existing,
      configuration: body,
      manager: options.fieldManager ?? '',
      force: options.force === true,
      time: toTime(now),
    },
  );
  const { draft } = decodePlain(resource, object);
  setManagedFields(draft, managedFields);
  return draft;
}

function patched(call: Call, existing: KubeObject): Draft<KubeObject> {
  const { resource } = call;
  const plain = patchPlain(call, existing);
  try {
    const { draft, strictErrors } = decodePlain(resource, plain);
    if (strictErrors.length > 0) tellStrictErrors(call, plain, strictErrors);
    trackFields(call, draft, existing, givenManagedFields(plain));
    return draft;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalidPatch(plain, error.message);
  }
}

function tellStrictErrors(call: Call, plain: unknown, errors: readonly string[]): void {
  const directive = fieldValidationOf(call);
  if (directive === 'Warn') call.warnings.push(...errors);
  if (directive !== 'Strict') return;
  throw invalidPatch(plain, `strict decoding error: ${errors.join(', ')}`);
}

function invalidPatch(plain: unknown, detail: string): StatusError {
  const errors: FieldError[] = [invalid(FieldPath.root.at('patch'), JSON.stringify(plain), detail)];
  return invalidObject({ group: '', kind: '' }, '', errors);
}

/** The result of a JSON, merge or strategic patch of plain data. */
export function patchPlain({ request }: Call, before: unknown): unknown {
  switch (request.patchType) {
    case 'merge':
    case 'strategic':
      return mergePatch(before, request.body);
    default:
      throw badRequest('patch type not supported yet');
  }
}

function mergePatch(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof before === 'object' && before !== null && !Array.isArray(before);
  const result = (isObject ? draftOf(before) : {}) as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
