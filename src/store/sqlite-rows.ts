import { COMMIT_WRITES_MAX } from './store.ts';

/** One write of a commit, as it lies in the database. */
export interface Row {
  /** Where it is in the order of all writes: see `rowId`. */
  readonly id: number;
  readonly key: string;
  readonly createRevision: number;
  /** Undefined when the write was a delete. */
  readonly value: Uint8Array | null | undefined;
}

/** A packed row: how it travels between threads, and what its checksum is taken of. */
export interface PackedRow extends Row {
  readonly bytes: Uint8Array;
}

// Ids are the order of writes and tell the revision, which saves a column and an index. A revision
// has room for as many writes as a commit may have; 2^53 then leaves revisions for 50 years of 5,000
// a second.
const IDS_PER_REVISION = COMMIT_WRITES_MAX;

export const rowId = (revision: number, index: number): number =>
  revision * IDS_PER_REVISION + index;

export const revisionOf = (id: number): number => Math.floor(id / IDS_PER_REVISION);

// id and createRevision (float64), length of key and of value (uint32), then both. Little-endian.
const HEADER_BYTES = 24;
const NO_VALUE = 0xffff_ffff;

/** Rows one behind the other in a buffer of their own, so that it can change threads for nothing. */
export function packRows(rows: readonly Row[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const { key, value } of rows) {
    length += HEADER_BYTES + Buffer.byteLength(key) + (value?.length ?? 0);
  }
  const buffer = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const row of rows) at = packRow(buffer, at, row);
  return buffer;
}

function packRow(buffer: Buffer, at: number, { id, key, createRevision, value }: Row): number {
  const keyAt = at + HEADER_BYTES;
  const keyLength = buffer.write(key, keyAt);
  buffer.writeDoubleLE(id, at);
  buffer.writeDoubleLE(createRevision, at + 8);
  buffer.writeUInt32LE(keyLength, at + 16);
  buffer.writeUInt32LE(value ? value.length : NO_VALUE, at + 20);
  if (value) buffer.set(value, keyAt + keyLength);
  return keyAt + keyLength + (value?.length ?? 0);
}

/** The rows of `packRows`. Their bytes are views of the buffer. */
export function* unpackRows(packed: Uint8Array): Generator<PackedRow> {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const keyAt = at + HEADER_BYTES;
    const valueAt = keyAt + buffer.readUInt32LE(at + 16);
    const valueLength = buffer.readUInt32LE(at + 20);
    const end = valueAt + (valueLength === NO_VALUE ? 0 : valueLength);
    yield {
      id: buffer.readDoubleLE(at),
      key: buffer.toString('utf8', keyAt, valueAt),
      createRevision: buffer.readDoubleLE(at + 8),
      value: valueLength === NO_VALUE ? undefined : buffer.subarray(valueAt, end),
      bytes: buffer.subarray(at, end),
    };
    at = end;
  }
}
