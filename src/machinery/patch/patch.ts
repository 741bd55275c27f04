import { sortKeys } from '../equal.ts';
import { toJson } from '../quote.ts';
import type { MessageShape } from '../shape.ts';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { parseJsonPatch } from './json-patch-parser.ts';
import { applyMergePatch, assertMergePatch } from './merge-patch.ts';
import { unprocessable } from './strategic/errors.ts';
import { applyStrategicPatch } from './strategic-patch.ts';

/** A document to patch, and the body of the patch as it came. */
export interface PatchInput {
  readonly type: 'json' | 'merge' | 'strategic';
  /** What the document is: strategic merge patch goes by its fields. */
  readonly shape: MessageShape;
  readonly document: object;
  readonly body: unknown;
}

/** The patched document, yet to be decoded, and what strict reading of the patch finds. */
export interface Patched {
  readonly document: unknown;
  readonly strictErrors: readonly string[];
}

/**
 * Patches a document in one of the dialects of the API. Throws StatusError in the words, and with
 * the codes, of Kubernetes. The document isn't changed.
 */
export function patchDocument({ type, shape, document, body }: PatchInput): Patched {
  switch (type) {
    case 'json':
      return patchByOperations(document, body);
    case 'merge':
      assertMergePatch(body);
      return { document: applyMergePatch(document, body), strictErrors: [] };
    case 'strategic':
      return { document: applyStrategicPatch(shape, document, body), strictErrors: [] };
  }
}

function patchByOperations(document: object, body: unknown): Patched {
  const { operations, strictErrors } = parseJsonPatch(body);
  try {
    return { document: applyJsonPatch(document, operations), strictErrors };
  } catch (error) {
    if (error instanceof JsonPatchError) throw unprocessable();
    throw error;
  }
}

/**
 * The text of a patched document in messages: what the patch touched has its keys sorted, what it
 * didn't stands as it was.
 */
export const patchedText = (patched: unknown, before: object): string =>
  toJson(sortTouched(patched, before));

function sortTouched(value: unknown, before: unknown): unknown {
  if (typeof value !== 'object' || value === null || value === before) return value;
  if (Array.isArray(value)) {
    const elements = Array.isArray(before) ? before : [];
    return value.map((each, i) => sortTouched(each, elements[i]));
  }
  if (typeof before !== 'object' || before === null) return sortKeys(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const old = before as Readonly<Record<string, unknown>>;
  return Object.fromEntries(entries.map(([key, each]) => [key, sortTouched(each, old[key])]));
}
