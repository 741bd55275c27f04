import { badRequest, StatusError } from '../status.ts';

/** One step of a JSON patch. What it leaves out is undefined. */
export interface JsonPatchOperation {
  readonly op?: string;
  readonly path?: string;
  readonly from?: string;
  readonly value?: unknown;
}

const OPERATIONS_MAX = 10_000;
const TEXT_FIELDS = ['op', 'path', 'from'] as const;

/** A JSON patch that was read, and what strict reading finds fault with. */
export interface ParsedJsonPatch {
  readonly operations: readonly JsonPatchOperation[];
  readonly strictErrors: readonly string[];
}

/**
 * Reads the body of a JSON patch. Throws a BadRequest for what isn't one, with the message of
 * Kubernetes, and RequestEntityTooLarge for more than 10,000 operations.
 *
 * @param isLenient members of operations may be of any type; those of a wrong one count as left out
 */
export function parseJsonPatch(body: unknown, isLenient = false): ParsedJsonPatch {
  if (body === null) return { operations: [], strictErrors: [] };
  const parseOperation = isLenient ? readOperation : checkOperation;
  if (!Array.isArray(body)) {
    throw isLenient
      ? badRequest(cannotRead(body, 'value of type jsonpatch.Patch'))
      : mismatch(body, 'value of type []handlers.jsonPatchOp');
  }
  if (body.length > OPERATIONS_MAX) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${body.length}`,
    );
  }
  const strictErrors: string[] = [];
  const operations = body.map((each, i) => parseOperation(each, i, strictErrors));
  return { operations, strictErrors };
}

function readOperation(value: unknown): JsonPatchOperation {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw badRequest(cannotRead(value, 'value of type jsonpatch.Operation'));
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const textIn = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  return { op: textIn('op'), path: textIn('path'), from: textIn('from'), value: fields.value };
}

function checkOperation(value: unknown, i: number, strictErrors: string[]): JsonPatchOperation {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw mismatch(value, 'value of type handlers.jsonPatchOp');
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of TEXT_FIELDS) {
    const field = fields[name] ?? undefined;
    if (field === undefined || typeof field === 'string') continue;
    throw mismatch(field, `struct field jsonPatchOp.${name} of type string`);
  }
  for (const name in fields) {
    if (name === 'value' || (TEXT_FIELDS as readonly string[]).includes(name)) continue;
    strictErrors.push(`json patch unknown field "[${i}].${name}"`);
  }
  const { op, path, from, value: operand } = fields as JsonPatchOperation;
  return { op: op ?? undefined, path: path ?? undefined, from: from ?? undefined, value: operand };
}

const cannotRead = (value: unknown, type: string): string =>
  `json: cannot unmarshal ${jsonKind(value)} into Go ${type}`;

const mismatch = (value: unknown, type: string): StatusError =>
  badRequest(`error decoding patch: ${cannotRead(value, type)}`);

/** The kind of a JSON value in the words of Go's decoder. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'object' : typeof value;
}
