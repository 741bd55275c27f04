import type { MessageShape } from '../shape.ts';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { parseJsonPatch } from './json-patch-parser.ts';
import { applyMergePatch, assertMergePatch } from './merge-patch.ts';
import { unprocessable } from './strategic/errors.ts';
import { applyStrategicPatch } from './strategic-patch.ts';

/** A document to patch, and the body of the patch as it came. */
export interface PatchInput {
  /** Nothing but what can't be applied is found fault with (`fieldValidation=Ignore`). */
  readonly isLenient?: boolean;
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
export function patchDocument({ type, shape, document, body, isLenient }: PatchInput): Patched {
  switch (type) {
    case 'json':
      return patchByOperations(document, body, isLenient);
    case 'merge':
      assertMergePatch(body);
      return { document: applyMergePatch(document, body), strictErrors: [] };
    case 'strategic':
      return { document: applyStrategicPatch(shape, document, body), strictErrors: [] };
  }
}

function patchByOperations(document: object, body: unknown, isLenient?: boolean): Patched {
  const { operations, strictErrors } = parseJsonPatch(body, isLenient);
  try {
    return { document: applyJsonPatch(document, operations), strictErrors };
  } catch (error) {
    if (error instanceof JsonPatchError) throw unprocessable();
    throw error;
  }
}
