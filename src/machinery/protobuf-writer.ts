const INITIAL_SIZE = 4096;
const KEPT_SIZE_MAX = 1 << 20;
const SHORT_TEXT = 64; // Up to here a loop is faster than the call into native code.

/**
 * Writes protobuf from its end to its start. That way the length of a nested message is known when
 * it is due, and everything is written once and in place. So callers write fields, elements and
 * keys in reverse.
 */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE);
  #start = INITIAL_SIZE;

  /** How much has been written. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** A copy of what has been written; the writer is then empty and can be used again. */
  finish(): Uint8Array {
    const result = Uint8Array.prototype.slice.call(this.#bytes, this.#start);
    this.reset();
    return result;
  }

  /** Forgets what has been written. */
  reset(): void {
    // One large object must not hold its memory for good.
    if (this.#bytes.length > KEPT_SIZE_MAX) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE);
    this.#start = this.#bytes.length;
  }

  byte(value: number): void {
    if (this.#start === 0) this.#grow(1);
    this.#bytes[--this.#start] = value;
  }

  /** An unsigned number of up to 53 bits. */
  varint(value: number): void {
    if (value < 0x80) return this.byte(value);
    const groups: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) groups.push((rest % 0x80) | 0x80);
    this.byte(rest);
    for (let i = groups.length - 1; i >= 0; i--) this.byte(groups[i]!);
  }

  /** A signed number of up to 64 bits, negative ones in ten bytes. */
  signed(value: number): void {
    if (value >= 0 && value < 2 ** 53) return this.varint(value);
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    if (value >= 2 ** 63) rest = 2n ** 63n - 1n; // What JSON rounded up beyond the range.
    const groups: number[] = [];
    for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
    for (let i = groups.length - 1; i >= 0; i--) this.byte(groups[i]!);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#bytes.writeDoubleLE(value, this.#start);
  }

  /** Bytes, without their length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#start -= value.length;
    this.#bytes.set(value, this.#start);
  }

  /** Text in UTF-8, after its length. */
  text(value: string): void {
    const end = this.length;
    if (value.length > SHORT_TEXT || !this.#ascii(value)) {
      const size = Buffer.byteLength(value);
      this.#reserve(size);
      this.#start -= size;
      this.#bytes.write(value, this.#start, size, 'utf8');
    }
    this.varint(this.length - end);
  }

  /** Writes text if it is ASCII, or nothing. */
  #ascii(value: string): boolean {
    this.#reserve(value.length);
    const start = this.#start - value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      this.#bytes[start + i] = code;
    }
    this.#start = start;
    return true;
  }

  #reserve(size: number): void {
    if (this.#start < size) this.#grow(size);
  }

  #grow(size: number): void {
    const length = this.length;
    let capacity = this.#bytes.length * 2;
    while (capacity - length < size) capacity *= 2;
    const bytes = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(bytes, capacity - length, this.#start);
    this.#bytes = bytes;
    this.#start = capacity - length;
  }
}
