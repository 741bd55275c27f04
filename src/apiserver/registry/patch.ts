import type { ApiAnswer } from '../../machinery/api-request.ts';
import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import { badRequest, notFound } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import { decodeObject } from './decode.ts';
import { checkName, dedupOwnerReferences, ensureNamespace } from './object-meta.ts';
import { checkPatchOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { replace } from './replace.ts';

/** PATCH: changes an object in one of the patch dialects; an apply makes it when it isn't there. */
export async function patch(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  const { patchType = 'merge', name = '' } = request;
  checkPatchOptions(request.options, patchType);
  const { object, created } = await replace(parts, call, {
    mayCreate: patchType === 'apply' && request.subresource === undefined,
    make(existing) {
      if (existing === undefined) throw notFound(resource, name);
      const draft = decodeObject(call, patchPlain(call, existing)) as Draft<KubeObject>;
      ensureNamespace(draft.metadata, resource, request.namespace);
      checkName(draft.metadata, name);
      dedupOwnerReferences(draft.metadata);
      return draft;
    },
  });
  return { object, created, warnings };
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
