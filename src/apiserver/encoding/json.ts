import { type Draft, deepFreeze, type KubeObject } from '../../machinery/object.ts';
import { shared } from '../../machinery/shared-parts.ts';
import type { ValueCodec } from '../../store/store.ts';
import { orderedMeta } from '../registry/object-meta.ts';
import { jsonText } from './json-text.ts';

// One entry per shared object: made at its first encoding, gone with the object.
const encoded = new WeakMap<object, Buffer>();

/** The JSON of a shared object. Made once; every get, list, watch and the store send these bytes. */
export function jsonOf(object: object): Buffer {
  let bytes = encoded.get(object);
  if (bytes === undefined) {
    bytes = Buffer.from(jsonText(object));
    encoded.set(object, bytes);
  }
  return bytes;
}

/**
 * How long the part of an object's JSON is that list items leave out: `{"kind":…,"apiVersion":…,`.
 * All shared objects begin with these two members, in this order.
 */
export const typePrefixLength = (kind: string, apiVersion: string): number =>
  Buffer.byteLength(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`);

/**
 * Has the parts of a draft but its metadata stand for all parts that are alike; see `shared`. They
 * are frozen from here on.
 */
export function shareParts(draft: object): void {
  const parts = draft as Record<string, unknown>;
  for (const name of Object.keys(parts)) {
    const part = parts[name];
    if (name !== 'metadata' && typeof part === 'object' && part !== null)
      parts[name] = shared(part);
  }
}

/**
 * How objects become what the store shares and what it keeps: frozen, and JSON. A draft is taken
 * over; its first members are `kind` and `apiVersion`.
 */
export const objectCodec: ValueCodec<KubeObject> = {
  seal(draft, revision) {
    const { metadata } = draft as Draft<KubeObject>;
    metadata.resourceVersion = String(revision);
    (draft as Draft<KubeObject>).metadata = orderedMeta(metadata);
    shareParts(draft);
    return deepFreeze(draft);
  },
  encode: jsonOf,
  decode(bytes, revision) {
    const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const draft = JSON.parse(json.toString()) as KubeObject;
    const isSealed = draft.metadata.resourceVersion === String(revision);
    const object = objectCodec.seal(draft, revision);
    if (isSealed) encoded.set(object, json);
    return object;
  },
};
