import { DecodeError } from './decode-error.ts';
import type { TypeMeta } from './json-codec.ts';
import { protobufPlanOf } from './protobuf-plan.ts';
import { DELIMITED, ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import type { MessageShape } from './shape.ts';

/**
 * Objects in protobuf, byte for byte as Kubernetes writes them. An object travels in an envelope
 * (`runtime.Unknown`, after four magic bytes) that says what it is; inside it doesn't.
 */

const MAGIC = Buffer.from('k8s\0');
const [TYPE_META, RAW, CONTENT_ENCODING, CONTENT_TYPE] = [1, 2, 3, 4] as const;
const [API_VERSION, KIND] = [1, 2] as const;
const [EVENT_TYPE, EVENT_OBJECT, EXTENSION_RAW] = [1, 2, 1] as const;

/** An object that is still encoded, and what it says it is. */
export interface Envelope extends TypeMeta {
  readonly raw: Uint8Array;
  readonly contentEncoding: string;
  readonly contentType: string;
}

// Writing is synchronous and leaves nothing behind, so one writer serves all.
const writer = new ProtobufWriter();

/** The bytes of a message, without an envelope. */
export function encodeMessage(shape: MessageShape, value: unknown): Uint8Array {
  return written(() => protobufPlanOf(shape).write(value, writer));
}

/** The bytes of an object that says what it is, in an envelope. */
export function encodeProtobuf(shape: MessageShape, object: TypeMeta): Uint8Array {
  return written(() => {
    text(CONTENT_TYPE, '');
    text(CONTENT_ENCODING, '');
    nested(RAW, () => protobufPlanOf(shape).write(object, writer));
    nested(TYPE_META, () => {
      text(KIND, object.kind);
      text(API_VERSION, object.apiVersion);
    });
    writer.raw(MAGIC);
  });
}

/** A message in the canonical JSON form. Throws DecodeError. */
export function decodeMessage(shape: MessageShape, bytes: Uint8Array): Record<string, unknown> {
  return protobufPlanOf(shape).read(new ProtobufReader(bytes));
}

/** Opens an envelope, but doesn't decode what is in it. Throws DecodeError. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new DecodeError('empty data');
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length))) {
    const expected = `[${[...MAGIC].join(' ')}]`;
    throw new DecodeError(
      `provided data does not appear to be a protobuf message, expected prefix ${expected}`,
    );
  }
  if (bytes.length === MAGIC.length) throw new DecodeError('empty body');
  return readEnvelope(new ProtobufReader(bytes.subarray(MAGIC.length)));
}

function readEnvelope(reader: ProtobufReader): Envelope {
  let typeMeta: TypeMeta = { apiVersion: '', kind: '' };
  let raw: Uint8Array = new Uint8Array();
  let [contentEncoding, contentType] = ['', ''];
  readTexts(reader, 'Unknown', (number) => {
    if (number === TYPE_META) typeMeta = reader.nested(() => readTypeMeta(reader));
    else if (number === RAW) raw = reader.bytes();
    else if (number === CONTENT_ENCODING) contentEncoding = reader.text();
    else if (number === CONTENT_TYPE) contentType = reader.text();
    else return false;
    return true;
  });
  return { ...typeMeta, raw, contentEncoding, contentType };
}

function readTypeMeta(reader: ProtobufReader): TypeMeta {
  let [apiVersion, kind] = ['', ''];
  readTexts(reader, 'TypeMeta', (number) => {
    if (number === API_VERSION) apiVersion = reader.text();
    else if (number === KIND) kind = reader.text();
    else return false;
    return true;
  });
  return { apiVersion, kind };
}

/** Reads a message that has nothing but delimited fields; `read` says whether it knows a number. */
function readTexts(
  reader: ProtobufReader,
  message: string,
  read: (number: number) => boolean,
): void {
  while (!reader.isAtEnd) {
    const tag = reader.tag(message);
    if ((tag & 7) !== DELIMITED || !read(tag >>> 3)) reader.skip(tag & 7);
  }
}

/** The object in an envelope, in the canonical JSON form, saying what it is. Throws DecodeError. */
export function decodeEnvelope(
  shape: MessageShape,
  { apiVersion, kind, raw }: Envelope,
): Record<string, unknown> {
  const { kind: _, apiVersion: __, ...fields } = decodeMessage(shape, raw);
  return { ...(kind && { kind }), ...(apiVersion && { apiVersion }), ...fields };
}

/**
 * One event of a watch: the length of the rest in four bytes, and a `metav1.WatchEvent` that holds
 * the object's bytes, which have an envelope of their own.
 */
export function encodeWatchFrame(type: string, object: Uint8Array): Uint8Array {
  return written(() => {
    nested(EVENT_OBJECT, () => {
      nested(EXTENSION_RAW, () => writer.raw(object));
    });
    text(EVENT_TYPE, type);
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(writer.length);
    writer.raw(length);
  });
}

/** Takes a frame of a watch apart, without its length. Throws DecodeError. */
export function decodeWatchFrame(frame: Uint8Array): { type: string; object: Uint8Array } {
  const reader = new ProtobufReader(frame);
  let type = '';
  let object: Uint8Array = new Uint8Array();
  readTexts(reader, 'WatchEvent', (number) => {
    if (number === EVENT_TYPE) type = reader.text();
    else if (number === EVENT_OBJECT) object = reader.nested(() => readRawExtension(reader));
    else return false;
    return true;
  });
  return { type, object };
}

function readRawExtension(reader: ProtobufReader): Uint8Array {
  let raw: Uint8Array = new Uint8Array();
  readTexts(reader, 'RawExtension', (number) => {
    if (number !== EXTENSION_RAW) return false;
    raw = reader.bytes();
    return true;
  });
  return raw;
}

function written(write: () => void): Uint8Array {
  try {
    write();
    return writer.finish();
  } catch (error) {
    writer.reset();
    throw error;
  }
}

function text(number: number, value: string): void {
  writer.text(value);
  writer.varint((number << 3) | DELIMITED);
}

function nested(number: number, write: () => void): void {
  const end = writer.length;
  write();
  writer.varint(writer.length - end);
  writer.varint((number << 3) | DELIMITED);
}
