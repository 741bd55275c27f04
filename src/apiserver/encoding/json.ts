import { type Draft, deepFreeze, type KubeObject } from '../../machinery/object.ts';
import type { ValueCodec } from '../../store/store.ts';
import { orderedMeta } from '../registry/object-meta.ts';

// One entry per shared object: made at its first encoding, gone with the object.
const encoded = new WeakMap<object, Buffer>();

/** The JSON of a shared object. Made once; every get, list, watch and the store send these bytes. */
export function jsonOf(object: object): Buffer {
  let bytes = encoded.get(object);
  if (bytes === undefined) {
    bytes = Buffer.from(JSON.stringify(object));
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
 * How objects become what the store shares and what it keeps: frozen, and JSON. A draft is taken
 * over; its first members are `kind` and `apiVersion`.
 */
export const objectCodec: ValueCodec<KubeObject> = {
  seal(draft, revision) {
    const { metadata } = draft as Draft<KubeObject>;
    metadata.resourceVersion = String(revision);
    (draft as Draft<KubeObject>).metadata = orderedMeta(metadata);
    return deepFreeze(draft);
  },
  encode: jsonOf,
  decode(bytes, revision) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    return objectCodec.seal(JSON.parse(text), revision);
  },
};
