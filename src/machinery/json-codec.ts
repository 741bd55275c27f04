import { DecodeError } from './decode-error.ts';
import { goName, planOf } from './json-plan.ts';
import { JsonReader } from './json-reader.ts';
import { type Duplicates, parseJson } from './json-text.ts';
import { isMap } from './member.ts';
import type { MessageShape } from './shape.ts';

/**
 * From plain JSON to the canonical object of a kind: what Kubernetes would have after decoding the
 * same text into its Go types and encoding it again.
 */

/** A decoded object and what strict decoding finds fault with: `unknown field "spec.foo"`. */
export interface Decoded {
  readonly object: Record<string, unknown>;
  readonly strictErrors: readonly string[];
}

/**
 * Reads a JSON value as a message. Throws DecodeError when a value has the wrong type.
 *
 * @param duplicates doubled keys by object, where the text had any; see `parseJson`
 */
export function decodeJson(shape: MessageShape, value: unknown, duplicates?: Duplicates): Decoded {
  const reader = new JsonReader(duplicates);
  const object = planOf(shape).read(value ?? {}, reader, goName(shape));
  reader.finish();
  return { object: object as Record<string, unknown>, strictErrors: reader.strictErrors };
}

/** Reads JSON text as a message. Throws DecodeError. */
export function decodeJsonText(shape: MessageShape, text: string): Decoded {
  const { value, duplicates } = parseJson(text);
  return decodeJson(shape, value, duplicates);
}

/** What a value says it is. Both are empty where it doesn't say. */
export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Finds out what a JSON value says it is. Throws DecodeError when it isn't an object that could. */
export function readTypeMeta(value: unknown): TypeMeta {
  if (isMap(value)) {
    const { apiVersion, kind } = value;
    if (typeof apiVersion === 'string' && typeof kind === 'string') {
      return checked({ apiVersion, kind });
    }
  }
  const reader = new JsonReader();
  const read = (name: string): string => {
    const part = (value as Readonly<Record<string, unknown>> | null)?.[name] ?? '';
    if (typeof part === 'string') return part;
    reader.enter({ name, owner: '', errorPath: name });
    return reader.mismatch(part, 'string', '', false);
  };
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    reader.mismatch(value, TYPE_META_STRUCT, '');
  }
  const typeMeta = { apiVersion: read('apiVersion'), kind: read('kind') };
  try {
    reader.finish();
  } catch (error) {
    const { message } = error as DecodeError;
    throw new DecodeError(`couldn't get version/kind; json parse error: ${message}`);
  }
  return checked(typeMeta);
}

/** A group and a version, or a version alone: three parts are neither. */
function checked(typeMeta: TypeMeta): TypeMeta {
  const { apiVersion } = typeMeta;
  const slash = apiVersion.indexOf('/');
  if (slash < 0 || !apiVersion.includes('/', slash + 1)) return typeMeta;
  throw new DecodeError(`unexpected GroupVersion string: ${apiVersion}`);
}

const TYPE_META_STRUCT =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The doubled keys of a value without a shape: `duplicate field "spec.a"`. */
export function duplicateFields(value: unknown, duplicates: Duplicates): readonly string[] {
  const reader = new JsonReader(duplicates);
  reportDuplicatesIn(value, reader);
  return reader.strictErrors;
}

function reportDuplicatesIn(value: unknown, reader: JsonReader): void {
  if (typeof value !== 'object' || value === null) return;
  let keys = 0;
  for (const [key, part] of Object.entries(value)) {
    reader.enter(Array.isArray(value) ? Number(key) : key);
    reportDuplicatesIn(part, reader);
    reader.leave();
    reader.reportDuplicates(value, ++keys);
  }
}
