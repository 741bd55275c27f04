import { toTime } from '../../base/clock.ts';
import { type ApiAnswer, PATCH_MEDIA_TYPES } from '../../machinery/api-request.ts';
import { applyConfiguration, notConvertible } from '../../machinery/apply/apply.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { readTypeMeta } from '../../machinery/json-codec.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { badRequest, conflict, notFound, StatusError } from '../../machinery/status.ts';
import { readUnstructured } from '../../machinery/unstructured.ts';
import { type Call, fieldValidationOf } from '../call.ts';
import {
  checkType,
  type DecodedDraft,
  decodeChanged,
  decodePlain,
  type KeptParts,
  keptParts,
  warningLines,
} from './decode.ts';
import {
  checkName,
  dedupOwnerReferences,
  ensureNamespace,
  wipeSystemFields,
} from './object-meta.ts';
import { checkPatchOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { configurationOf, patchAndRead } from './patched.ts';
import { replace } from './replace.ts';
import type { ServedResource } from './served-resource.ts';
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
      if (existing === undefined) wipeSystemFields(draft.metadata);
      ensureNamespace(draft.metadata, resource, request.namespace);
      checkName(draft.metadata, name);
      dedupOwnerReferences(draft.metadata, warnings, 'after admission');
      return draft;
    },
  });
  return { object, created, warnings };
}

/** For a patch in a dialect that custom resources don't know: how their parts are merged, for one. */
export function unknownDialect(): StatusError {
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
  const { options } = request;
  const configuration = configurationOf(request);
  const { object, managedFields } = applyConfiguration(
    managedResource(resource, request.subresource),
    {
      live: existing,
      configuration,
      manager: options.fieldManager ?? '',
      force: options.force === true,
      time: toTime(now),
    },
  );
  const kept = existing === undefined ? NONE_KEPT : keptParts(object, existing);
  const made = { object, configuration };
  const { draft } = converted(resource, made, (data) => decodeChanged(resource, data, kept));
  setManagedFields(draft, managedFields);
  tellYamlErrors(call);
  return draft;
}

/** Decodes what an apply makes; what can't be is worded by `readUnstructured`. */
function converted(
  { definition: { shape }, isCustom }: ServedResource,
  { object, configuration }: { readonly object: object; readonly configuration: object },
  decode: (data: object) => DecodedDraft,
): DecodedDraft {
  try {
    return decode(object);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { problem, value } = readUnstructured(shape, object, { floats: true });
    if (isCustom) throw notConvertible(configuration, error.message);
    if (problem !== undefined) throw notConvertible(configuration, problem);
    return decode(value as object);
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
  const { resource, request } = call;
  // A strategic patch is of the kind that it is applied to, whatever it says.
  const isChecked = request.patchType !== 'strategic';
  const { value, document } = patchAndRead(call, {
    shape: resource.definition.shape,
    live: existing,
    decode(data) {
      if (isChecked) checkType(resource, data);
      if (isChecked && isUnversioned(resource, data)) return readUnversioned(resource, data);
      const kept = keptParts(data, existing);
      const { draft, strictErrors } = decodeChanged(resource, data, kept);
      return { value: { draft, kept }, strictErrors };
    },
  });
  const { draft, kept } = value;
  // Else defaults may change one part for another's sake: `stringData` goes into a secret's data.
  const same = isMetadataOnly(document, existing) ? kept : undefined;
  trackFields(call, draft, existing, givenManagedFields(document), same);
  return draft;
}

/** Whether a patch took from an object of a built-in kind which version it is of. */
const isUnversioned = ({ isCustom }: ServedResource, data: unknown): boolean =>
  !isCustom && !readTypeMeta(data).apiVersion;

/** Kubernetes reads that as its internal form, which has none of the fields that it finds. */
function readUnversioned(resource: ServedResource, data: unknown) {
  const names = Object.keys(data as object).filter((name) => name !== 'kind');
  const strictErrors = names.map((name) => `unknown field "${name}"`);
  return { value: { ...decodePlain(resource, {}), kept: NONE_KEPT }, strictErrors };
}

/** Whether a document that was made of a live object differs in nothing but the metadata. */
function isMetadataOnly(document: unknown, live: KubeObject): boolean {
  const [before, after] = [live as unknown as Fields, document as Fields];
  const isSame = (name: string) => name === 'metadata' || after[name] === before[name];
  return Object.keys(after).every(isSame) && Object.keys(before).every(isSame);
}
