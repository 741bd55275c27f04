import { pick, type Random, randomInt } from '../../src/base/random.ts';

// What can be wrong with a request: its body as data, its body as bytes, its path and its query.

const DEEP: unknown = JSON.parse('['.repeat(60) + ']'.repeat(60));

/** Values that hardly any field takes. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  '',
  'x',
  '-',
  '../..',
  'a/b/c',
  'Grüße\u0000',
  '$x',
  '1Gi',
  '10.0.0.0/8',
  'x'.repeat(300),
  [],
  [null],
  [[]],
  [{}],
  {},
  { '': '' },
  { a: null },
  { __proto: 1, constructor: [] },
  JSON.parse('{"__proto__":{"a":1}}'),
  DEEP,
];

const ODD_KEYS = ['', '__proto__', 'constructor', '$patch', '$setElementOrder/x', 'x.y/z', 'é'];

type Path = readonly (string | number)[];

function* places(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    yield at;
    yield* places((value as Record<string, unknown>)[key], at);
  }
}

function parentOf(value: unknown, path: Path): Record<string | number, unknown> {
  let parent = value as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as typeof parent;
  return parent;
}

/** A copy of plain data in which one thing is something else. */
export function mutatedValue(value: unknown, random: Random): unknown {
  const copy: unknown = structuredClone(value);
  const all = [...places(copy)];
  if (all.length === 0) return pick(random, ODD_VALUES);
  const path = pick(random, all);
  const parent = parentOf(copy, path);
  const key = path.at(-1)!;
  const kind = randomInt(random, 8);
  if (kind < 4) parent[key] = structuredClone(pick(random, ODD_VALUES));
  else if (kind === 4) delete parent[key];
  else if (kind === 5) parent[key] = [parent[key], parent[key]];
  else if (kind === 6) parent[key] = structuredClone(parentOf(copy, pick(random, all)));
  else if (!Array.isArray(parent)) define(parent, pick(random, ODD_KEYS), parent[key]);
  return copy;
}

function define(parent: object, name: string, value: unknown): void {
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true });
}

/** The bytes with some of them changed, gone, doubled or cut off. */
export function mutatedBytes(bytes: Uint8Array, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return Buffer.from(random.bytes(3));
  const at = randomInt(random, copy.length);
  switch (randomInt(random, 5)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      copy[at] = randomInt(random, 256);
      return copy;
    case 2:
      copy[at] = copy[at]! ^ (1 << randomInt(random, 8));
      return copy;
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + randomInt(random, 4))]);
    default:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at >> 1)]);
  }
}

/** The text with a few characters gone, doubled, or replaced by what means something. */
export function mutatedText(text: string, random: Random, meaningful: readonly string[]): string {
  let mutated = text;
  for (let i = randomInt(random, 3); i >= 0; i--) {
    const at = randomInt(random, mutated.length + 1);
    const [before, after] = [mutated.slice(0, at), mutated.slice(at)];
    const kind = randomInt(random, 3);
    if (kind === 0) mutated = before + after.slice(1 + randomInt(random, 3));
    else if (kind === 1) mutated = before + pick(random, meaningful) + after;
    else mutated = before + after.slice(0, 5) + after;
  }
  return mutated;
}
