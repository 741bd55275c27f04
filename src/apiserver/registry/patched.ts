import { assert } from '../../base/assert.ts';
import type { ApiRequest } from '../../machinery/api-request.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { sortKeys } from '../../machinery/equal.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { duplicateFields } from '../../machinery/json-codec.ts';
import { isMap } from '../../machinery/member.ts';
import { jsonKind } from '../../machinery/patch/json-patch-parser.ts';
import { type Patched, patchDocument } from '../../machinery/patch/patch.ts';
import { writtenByMerge, writtenByOperations } from '../../machinery/patch/written.ts';
import { printPlain } from '../../machinery/print.ts';
import { toJson } from '../../machinery/quote.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { badRequest, StatusError } from '../../machinery/status.ts';
import { readUnstructured } from '../../machinery/unstructured.ts';
import { type Call, fieldValidationOf } from '../call.ts';

/** What a JSON, merge or strategic patch is applied to, and how the result is read. */
export interface PatchTarget<T> {
  readonly shape: MessageShape;
  readonly live: object;
  /** Reads a patched document. Throws DecodeError. */
  decode(document: unknown): Read<T>;
}

interface Read<T> {
  readonly value: T;
  /** What strict reading finds fault with. */
  readonly strictErrors: readonly string[];
}

export interface PatchedValue<T> {
  readonly value: T;
  readonly document: unknown;
}

/**
 * Applies the patch that a request is. Throws StatusError where it can't be applied, or its result
 * can't be read; tells of unknown fields, or refuses them, as the request says.
 */
export function patchAndRead<T>(call: Call, target: PatchTarget<T>): PatchedValue<T> {
  const { document, strictErrors } = patchPlain(call, target.live, target.shape);
  const isStrategic = call.request.patchType === 'strategic';
  const read = isStrategic
    ? readMerged(call, document, target)
    : readWritten(call, document, target);
  const errors = [...strictErrors, ...read.strictErrors];
  if (errors.length > 0) tellStrictErrors(call, document, target.live, errors);
  return { value: read.value, document };
}

/** As text: what is wrong is found in the order in which Kubernetes would write it. */
function readWritten<T>(call: Call, document: unknown, target: PatchTarget<T>): Read<T> {
  const { live, decode } = target;
  const written = () => asWritten(call, document, live);
  try {
    const read = decode(document);
    return read.strictErrors.length < 2 ? read : decode(written());
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalidPatch(call, document, live, reasonOf(decode, written(), error));
  }
}

/** The reason that comes first in the order of the text. */
function reasonOf(decode: (document: unknown) => unknown, text: unknown, any: DecodeError): string {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
  return any.message;
}

/** As values: see `readUnstructured`. */
function readMerged<T>(call: Call, document: unknown, target: PatchTarget<T>): Read<T> {
  const { shape, live, decode } = target;
  try {
    const read = decode(document);
    if (read.strictErrors.length === 0) return read;
    return { ...read, strictErrors: readUnstructured(shape, document).unknown };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { problem, unknown, value } = readUnstructured(shape, document);
    if (problem !== undefined) throw invalidPatch(call, document, live, problem);
    return { ...decode(value), strictErrors: unknown };
  }
}

function tellStrictErrors(
  call: Call,
  document: unknown,
  live: object,
  errors: readonly string[],
): void {
  const directive = fieldValidationOf(call);
  if (directive === 'Warn') call.warnings.push(...errors);
  if (directive !== 'Strict') return;
  throw invalidPatch(call, document, live, `strict decoding error: ${errors.join(', ')}`);
}

/** Of a strategic patch the patch itself is shown, of others what it made of the object. */
function invalidPatch(call: Call, document: unknown, live: object, detail: string): StatusError {
  const { patchType, body } = call.request;
  const text =
    patchType === 'strategic' ? shownPatch(body) : toJson(asWritten(call, document, live));
  const errors = [invalid(FieldPath.root.at('patch'), text, detail)];
  const { message, details } = invalidObject({ group: '', kind: '' }, '', errors);
  return new StatusError('Invalid', message, { causes: details?.causes });
}

function asWritten({ request, resource }: Call, document: unknown, live: object): unknown {
  const { patchType, body } = request;
  if (resource.isCustom) return sortKeys(document); // Nobody knows in which order they are declared.
  return patchType === 'json'
    ? writtenByOperations(document, body)
    : writtenByMerge(document, live, body);
}

// Merging takes out of a patch what says how to merge.
const shownPatch = (patch: unknown): string => printPlain(withoutOrders(patch));

function withoutOrders(patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map(withoutOrders);
  if (!isMap(patch)) return patch;
  const ordered = new Set(
    Object.keys(patch).filter((key) => key === '$retainKeys' || key.startsWith(ORDER_PREFIX)),
  );
  for (const key of [...ordered]) ordered.add(key.slice(ORDER_PREFIX.length));
  const entries = Object.entries(patch).filter(([key]) => !ordered.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutOrders(value)]));
}

const ORDER_PREFIX = '$setElementOrder/';

/** The result of a JSON, merge or strategic patch of plain data, and what is odd about the patch. */
function patchPlain(call: Call, document: object, shape: MessageShape): Patched {
  const { patchType: type = 'merge', body, bodyFault, duplicates } = call.request;
  assert(type !== 'apply', 'an apply is no patch of a document');
  const isLenient = fieldValidationOf(call) === 'Ignore';
  if (bodyFault !== undefined) throw unreadable(type, bodyFault, isLenient);
  const patched = patchDocument({ type, shape, document, body, isLenient });
  if (duplicates === undefined) return patched;
  const prefix = type === 'json' ? 'json patch ' : '';
  const doubled = duplicateFields(body, duplicates).map((each) => prefix + each);
  return { ...patched, strictErrors: [...doubled, ...patched.strictErrors] };
}

/** The answer to a patch that isn't even JSON, which each dialect words its way. */
function unreadable(type: 'json' | 'merge' | 'strategic', fault: string, isLenient: boolean) {
  if (type === 'merge' && isLenient) return badRequest('Invalid JSON Patch');
  return badRequest(type === 'strategic' || isLenient ? fault : `error decoding patch: ${fault}`);
}

/** The configuration that an apply sends. Throws BadRequest for what can't be one. */
export function configurationOf({ body, bodyFault }: ApiRequest): object {
  if (bodyFault !== undefined) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${bodyFault}`);
  }
  if (body === null || body === undefined) return {};
  if (isMap(body)) return body;
  const into = 'into Go value of type map[string]interface {}';
  const why = `json: cannot unmarshal ${jsonKind(body)} ${into}`;
  throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
}
