import { randomBytes } from 'node:crypto';

/** The only source of chance. Production draws from the system, simulation from a seed. */
export interface Random {
  /** A number in [0, 1). */
  float(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

// Asking the system costs a microsecond, however few the bytes.
const POOL_BYTES = 8192;
let pool = Buffer.alloc(0);
let used = 0;

/** `length` bytes that are handed out once. */
function fromPool(length: number): Buffer {
  if (used + length > pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}

/** Unpredictable bytes from the operating system. */
export const systemRandom: Random = {
  float: () => fromPool(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (length) => (length > POOL_BYTES / 4 ? randomBytes(length) : fromPool(length)),
};

/** The same sequence for the same seed, on every machine (sfc32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  for (let i = 0; i < 12; i++) next();
  return {
    float: () => next() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
  };
}

/** A whole number in [0, below). */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random.float() * below);
}

/** An element of a list that isn't empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[randomInt(random, list.length)] as T;
}

/** A version 4 UUID (RFC 9562). */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  const [a, b, c] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16)];
  return `${a}-${b}-${c}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// No vowels and no look-alikes, so that a suffix spells no word: Kubernetes' alphabet for names.
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` characters for the end of a generated name, as in `web-7d4b9c-x8k2p`. */
export function nameSuffix(random: Random, length = 5): string {
  return Array.from({ length }, () => NAME_ALPHABET[randomInt(random, 27)]).join('');
}
