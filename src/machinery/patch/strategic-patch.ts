import { isMap } from '../member.ts';
import type { MessageShape } from '../shape.ts';
import { badRequest } from '../status.ts';
import { jsonKind } from './json-patch-parser.ts';
import { mergeMap } from './strategic/merge-map.ts';
import { patchTypeOf } from './strategic/patch-type.ts';

/**
 * Applies a strategic merge patch: as a merge patch, but lists are merged as their field declares,
 * and members that begin with `$` say what a merge can't. Throws StatusError in the words, and with
 * the codes, of Kubernetes. The document isn't changed; the result shares what stays.
 */
export function applyStrategicPatch(shape: MessageShape, document: object, patch: unknown): object {
  if (patch === null) return document;
  if (!isMap(patch)) {
    const into = 'into Go value of type map[string]interface {}';
    throw badRequest(`json: cannot unmarshal ${jsonKind(patch)} ${into}`);
  }
  return mergeMap(document as Readonly<Record<string, unknown>>, patch, patchTypeOf(shape));
}
