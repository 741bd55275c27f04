import { atomicParts } from '../../../machinery/apply/atomic-parts.ts';
import { merge } from '../../../machinery/apply/merge.ts';
import { typeErrors } from '../../../machinery/apply/validate.ts';
import { itemsOf } from '../../../machinery/cel/collections.ts';
import { isList, plainText, type Value } from '../../../machinery/cel/values.ts';
import { DecodeError } from '../../../machinery/decode-error.ts';
import type { Draft, KubeObject } from '../../../machinery/object.ts';
import { applyJsonPatch, JsonPatchError } from '../../../machinery/patch/json-patch.ts';
import type { JsonPatchOperation } from '../../../machinery/patch/json-patch-parser.ts';
import {
  MadeObject,
  MadePatch,
  misnamedTypes,
  plainOf,
  UnplainError,
} from '../../../machinery/policy/patch-types.ts';
import { apiVersionOf } from '../../../machinery/resource.ts';
import { internalError } from '../review-request.ts';
import type { ObjectView } from '../view.ts';

/** A mutation can't be made; its policy's failure policy says what becomes of that. */
export class MutationError extends Error {
  override readonly name = 'MutationError';
}

/**
 * An object as the operations change it that an expression gave. An operation `test` that fails
 * leaves it as it is. Throws MutationError, or StatusError for what is no object of the kind.
 */
export function patchedBy(
  operations: Value,
  view: ObjectView,
  object: KubeObject,
): Draft<KubeObject> | undefined {
  if (!isList(operations)) {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array');
  }
  let document: unknown;
  try {
    document = applyJsonPatch(object, itemsOf(operations).map(operationOf));
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    if (error.message.endsWith(': test failed')) return undefined;
    throw new MutationError(`JSON Patch: ${error.message}`);
  }
  return decoded(view, document);
}

function operationOf(value: Value): JsonPatchOperation {
  if (!(value instanceof MadePatch)) {
    const what = 'JSONPatchType.expression should evaluate to array of JSONPatch';
    throw new MutationError(`type mismatch: ${what}, got element of ${plainText(value)}`);
  }
  const operand = value.fields.get('value');
  if (operand instanceof MadeObject) checkNames(operand);
  const [op, path, from] = ['op', 'path', 'from'].map((name) => value.field(name) as string);
  return {
    op: op!,
    path: path!,
    ...(from && { from }),
    ...(operand !== undefined && { value: jsonOf(operand) }),
  };
}

function jsonOf(value: Value): unknown {
  try {
    return plainOf(value);
  } catch (error) {
    if (!(error instanceof UnplainError)) throw error;
    const what = 'JSONPath valueExpression evaluated to a type that could not marshal to JSON';
    throw new MutationError(`${what}: ${error.message}`);
  }
}

function checkNames(value: MadeObject): void {
  const wrong = misnamedTypes(value);
  if (wrong.length > 0) throw new MutationError(`type mismatch: ${wrong.join('\n')}`);
}

/**
 * An object with what an expression sets, merged as server-side apply does. Throws MutationError,
 * or StatusError for what is no object of the kind.
 */
export function mergedWith(
  configuration: Value,
  view: ObjectView,
  object: KubeObject,
): Draft<KubeObject> {
  if (!(configuration instanceof MadeObject)) {
    const what = 'unsupported return type from ApplyConfiguration expression';
    throw new MutationError(`${what}: ${plainText(configuration)}`);
  }
  checkNames(configuration);
  const { kind, type } = view;
  const typeMeta = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const patch = { ...(jsonOf(configuration) as object), ...typeMeta };
  const refuse = (why: string) => new MutationError(`error applying patch: ${why}`);
  const errors = typeErrors(type, patch);
  if (errors !== undefined) {
    throw refuse(`failed to convert patch object to typed object: ${errors}`);
  }
  const atomic = atomicParts(type, patch);
  if (atomic.length > 0) {
    const what = 'invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs';
    throw refuse(`${what}: ${atomic.join(', ')}`);
  }
  return decoded(view, merge(type, object, patch));
}

/** A document as an object of the kind, with its defaults. */
function decoded(view: ObjectView, document: unknown): Draft<KubeObject> {
  try {
    const { draft, strictErrors } = view.decode(document);
    if (strictErrors.length === 0) return draft;
    throw internalError(`strict decoding error: ${strictErrors.join(', ')}`);
  } catch (error) {
    if (error instanceof DecodeError) throw internalError(error.message);
    throw error;
  }
}
