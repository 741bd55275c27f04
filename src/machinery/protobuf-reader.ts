import { DecodeError } from './decode-error.ts';

/** Wire types of protobuf. */
export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

/** How deep messages may nest. */
const DEPTH_MAX = 1000;
const TWO_32 = 2 ** 32;

/**
 * Reads protobuf. Whatever the bytes are, it throws DecodeError rather than read beyond its end. The
 * messages are those of Kubernetes' generated decoders.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** A field's number and wire type, as `number << 3 | wireType`. `message` is for errors. */
  tag(message: string): number {
    const tag = this.varint();
    if ((tag & 7) === END_GROUP) {
      throw new DecodeError(`proto: ${message}: wiretype end group for non-group`);
    }
    if (tag < 8 || tag >= TWO_32) {
      throw new DecodeError(`proto: ${message}: illegal tag ${tag >>> 3} (wire type ${tag})`);
    }
    return tag;
  }

  /** An unsigned number; inexact above 2^53. */
  varint(): number {
    if (this.#at >= this.#end) throw unexpectedEnd();
    const first = this.#bytes[this.#at]!;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++, factor *= 128) {
      if (this.#at >= this.#end) throw unexpectedEnd();
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new DecodeError('proto: integer overflow');
  }

  /** A signed number of 64 bits; inexact beyond 2^53. */
  signed(): number {
    const start = this.#at;
    const value = this.varint();
    if (value < 2 ** 53) return value;
    let exact = 0n;
    for (let i = start, shift = 0n; i < this.#at; i++, shift += 7n) {
      exact |= BigInt(this.#bytes[i]! & 0x7f) << shift;
    }
    return Number(BigInt.asIntN(64, exact));
  }

  double(): number {
    this.#require(8);
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const size = this.#length();
    const start = this.#at;
    this.#at += size;
    return this.#bytes.toString('utf8', start, this.#at);
  }

  /** Bytes that share the memory of the message. */
  bytes(): Buffer {
    const size = this.#length();
    const start = this.#at;
    this.#at += size;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Reads a nested message with `read`, which sees no more than its bytes. */
  nested<T>(read: () => T): T {
    const size = this.#length();
    if (++this.#depth > DEPTH_MAX) throw new DecodeError('exceeded max depth');
    const outerEnd = this.#end;
    this.#end = this.#at + size;
    const result = read();
    this.#at = this.#end;
    this.#end = outerEnd;
    this.#depth--;
    return result;
  }

  /** Passes over the value of a field that nobody knows. */
  skip(wireType: number): void {
    switch (wireType) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.#pass(8);
        return;
      case DELIMITED:
        this.#pass(this.#length());
        return;
      case FIXED32:
        this.#pass(4);
        return;
      case START_GROUP:
        this.#skipGroup();
        return;
      default:
        throw new DecodeError(`proto: illegal wireType ${wireType}`);
    }
  }

  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      const wireType = this.varint() & 7;
      if (wireType === START_GROUP) depth++;
      else if (wireType === END_GROUP) depth--;
      else this.skip(wireType);
    }
  }

  #length(): number {
    const size = this.varint();
    if (size >= 2 ** 63) throw new DecodeError('proto: negative length found during unmarshaling');
    this.#require(size);
    return size;
  }

  #pass(size: number): void {
    this.#require(size);
    this.#at += size;
  }

  #require(size: number): void {
    if (size > this.#end - this.#at) throw unexpectedEnd();
  }
}

const unexpectedEnd = (): DecodeError => new DecodeError('unexpected EOF');
