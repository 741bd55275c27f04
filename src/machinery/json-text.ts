import { DecodeError } from './decode-error.ts';
import { parseJsonSlowly } from './json-parser.ts';

/** Keys that an object's text has more than once, in the order in which they turned up again. */
export type Duplicates = ReadonlyMap<object, readonly DoubledKey[]>;

/** A key that its object has already, and how many others the object had when it came again. */
export interface DoubledKey {
  readonly name: string;
  readonly after: number;
}

export interface ParsedJson {
  readonly value: unknown;
  /** Set when any key is doubled. The last of its values counts. */
  readonly duplicates: Duplicates | undefined;
}

/** How deep arrays and objects may nest. Kubernetes allows 10,000, which no use needs. */
export const JSON_DEPTH_MAX = 1000;

/**
 * Parses JSON text and finds doubled keys. Throws DecodeError with the message of Go's
 * `encoding/json`.
 *
 * `JSON.parse` keeps silent about doubled keys and can't be told to look. So the colons of the text
 * are counted, which costs next to nothing, and only when there are more of them than keys in the
 * result does a parser of our own go over the text.
 */
export function parseJson(text: string): ParsedJson {
  const { colons, depth } = scan(text);
  if (depth > JSON_DEPTH_MAX) throw new DecodeError('exceeded max depth');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    parseJsonSlowly(text); // Throws with the right words.
    throw new DecodeError('invalid JSON');
  }
  if (colons === countKeys(value)) return { value, duplicates: undefined };
  return parseJsonSlowly(text);
}

const [QUOTE, COLON, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  34, 58, 91, 92, 93, 123, 125,
] as const;

/** Counts the colons outside of strings, and how deep brackets nest. */
function scan(text: string): { colons: number; depth: number } {
  let [colons, depth, deepest] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case COLON:
        colons++;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > deepest) deepest = depth;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
    }
  }
  return { colons, depth: deepest };
}

/** The index of the quote that closes the string opened at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object') count += countKeys(element);
    return count;
  }
  for (const key in value) {
    count++;
    const part = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof part === 'object') count += countKeys(part);
  }
  return count;
}
