import { assert } from '../../base/assert.ts';
import { toTime } from '../../base/clock.ts';
import { type ApiAnswer, PATCH_MEDIA_TYPES } from '../../machinery/api-request.ts';
import { applyConfiguration, notConvertible } from '../../machinery/apply/apply.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { duplicateFields } from '../../machinery/json-codec.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { jsonKind } from '../../machinery/patch/json-patch-parser.ts';
import { type Patched, patchDocument, patchedText } from '../../machinery/patch/patch.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { badRequest, conflict, notFound, StatusError } from '../../machinery/status.ts';
import { type Call, fieldValidationOf } from '../call.ts';
import { checkType, decodeChanged, type KeptParts, keptParts, warningLines } from './decode.ts';
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
  if (patchType === 'strategic' && resource.isCustom) throw unknownDialect();
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

/** Nobody knows how parts of a custom resource are merged. */
function unknownDialect(): StatusError {
  const { json, merge, apply } = PATCH_MEDIA_TYPES;
  const types = [json, merge, apply].join(', ');
  return new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types}`,
  );
}

type Fields = Readonly<Record<string, unknown>>;

const NONE_KEPT: KeptParts = new Map();

/** Server-side apply (KEP-555). */
function applied(call: Call, existing: KubeObject | undefined): Draft<KubeObject> {
  const { request, resource, now } = call;
  const { body, options } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const into = 'into Go value of type map[string]interface {}';
    const why = `json: cannot unmarshal ${jsonKind(body)} ${into}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
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
  const kept = existing === undefined ? NONE_KEPT : keptParts(object, existing);
  const { draft } = converted(body, () => decodeChanged(resource, object, kept));
  setManagedFields(draft, managedFields);
  tellYamlErrors(call);
  return draft;
}

/** What is applied is decoded by another decoder than other bodies, which words some faults its way. */
function converted<R>(configuration: object, decode: () => R): R {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { message } = error;
    const [, type] = /cannot unmarshal number .* of type (int\d+)$/.exec(message) ?? [];
    if (type) throw notConvertible(configuration, `cannot convert float64 to ${type}`);
    const prefix = message.startsWith('illegal base64') ? 'error decoding from json: ' : '';
    throw notConvertible(configuration, prefix + message);
  }
}

function tellYamlErrors(call: Call): void {
  const { strictError } = call.request;
  const directive = fieldValidationOf(call);
  if (strictError === undefined || directive === 'Ignore') return;
  if (directive === 'Strict') {
    const text = `error converting YAML to JSON: ${strictError}`;
    throw badRequest(`error strict decoding YAML: ${text}`);
  }
  call.warnings.push(...warningLines(strictError));
}

function patched(call: Call, existing: KubeObject): Draft<KubeObject> {
  const { resource } = call;
  const { document, strictErrors } = patchPlain(call, existing, resource.definition.shape);
  try {
    checkType(resource, document);
    const kept = keptParts(document, existing);
    const { draft, strictErrors: unknown } = decodeChanged(resource, document, kept);
    const errors = [...strictErrors, ...unknown];
    if (errors.length > 0) tellStrictErrors(call, document, existing, errors);
    // Else defaults may change one part for another's sake: `stringData` goes into a secret's data.
    const same = isMetadataOnly(document, existing) ? kept : undefined;
    trackFields(call, draft, existing, givenManagedFields(document), same);
    return draft;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalidPatch(document, existing, error.message);
  }
}

/** Whether a document that was made of a live object differs in nothing but the metadata. */
function isMetadataOnly(document: unknown, live: KubeObject): boolean {
  const [before, after] = [live as unknown as Fields, document as Fields];
  const isSame = (name: string) => name === 'metadata' || after[name] === before[name];
  return Object.keys(after).every(isSame) && Object.keys(before).every(isSame);
}

function tellStrictErrors(
  call: Call,
  document: unknown,
  existing: KubeObject,
  errors: readonly string[],
): void {
  const directive = fieldValidationOf(call);
  if (directive === 'Warn') call.warnings.push(...errors);
  if (directive !== 'Strict') return;
  throw invalidPatch(document, existing, `strict decoding error: ${errors.join(', ')}`);
}

function invalidPatch(document: unknown, existing: KubeObject, detail: string): StatusError {
  const text = patchedText(document, existing);
  const errors = [invalid(FieldPath.root.at('patch'), text, detail)];
  const { message, details } = invalidObject({ group: '', kind: '' }, '', errors);
  return new StatusError('Invalid', message, { causes: details?.causes });
}

/** The result of a JSON, merge or strategic patch of plain data, and what is odd about the patch. */
export function patchPlain({ request }: Call, document: object, shape: MessageShape): Patched {
  const { patchType = 'merge', body, duplicates } = request;
  assert(patchType !== 'apply', 'an apply is no patch of a document');
  const patched = patchDocument({ type: patchType, shape, document, body });
  if (duplicates === undefined) return patched;
  return {
    ...patched,
    strictErrors: [...duplicateFields(body, duplicates), ...patched.strictErrors],
  };
}
