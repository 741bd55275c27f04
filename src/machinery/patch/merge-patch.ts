import { isEqual } from '../equal.ts';
import { isMap, memberOf, setMember } from '../member.ts';
import { badRequest } from '../status.ts';
import { jsonKind } from './json-patch-parser.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws a BadRequest, with the message of Kubernetes, for a body that is no merge patch. */
export function assertMergePatch(body: unknown): asserts body is Fields {
  if (isMap(body)) return;
  if (body === null) throw badRequest('Invalid JSON Patch');
  const into = 'into Go value of type map[string]interface {}';
  throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(body)} ${into}`);
}

/**
 * Applies a JSON merge patch (RFC 7386): members are merged, null removes them, all else replaces.
 * The document isn't changed; the result shares what stays, and is the document itself when
 * nothing changes.
 */
export function applyMergePatch(document: unknown, patch: Fields): unknown {
  if (!isMap(document)) return withoutNulls(patch);
  let patched: Record<string, unknown> | undefined;
  const change = (): Record<string, unknown> => {
    patched ??= { ...document };
    return patched;
  };
  for (const key of Object.keys(patch)) {
    const before = memberOf(document, key);
    const value = patch[key];
    if (value === null) {
      if (before !== undefined) delete change()[key];
      continue;
    }
    const after = mergeValue(before, value);
    if (after !== before) setMember(change(), key, after);
  }
  return patched ?? document;
}

function mergeValue(before: unknown, value: unknown): unknown {
  if (isMap(before)) {
    // What takes the place of a map stays as it is written, nulls in lists and all.
    return isMap(value) ? applyMergePatch(before, value) : value;
  }
  const after = withoutNulls(value);
  return isEqual(before, after) ? before : after;
}

/** What a patch makes where there was nothing: null members have nothing to remove. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(withoutNulls);
    return elements.every((each, i) => each === value[i]) ? value : elements;
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  const kept = entries
    .filter(([, each]) => each !== null)
    .map(([key, each]) => [key, withoutNulls(each)] as const);
  const isSame =
    kept.length === entries.length && kept.every(([, each], i) => each === entries[i]![1]);
  return isSame ? value : Object.fromEntries(kept);
}
