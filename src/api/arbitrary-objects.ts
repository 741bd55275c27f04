import { pick, type Random, randomInt } from '../base/random.ts';
import {
  type FieldShape,
  type FieldType,
  isMessage,
  type MessageShape,
} from '../machinery/shape.ts';

const DEPTH_MAX = 7; // Schemas contain schemas.
const TEXTS = ['', 'a', 'web-1', 'x'.repeat(70), 'Grüße', '日本語', '🙂', 'a"b\\c\n', '__proto__'];

const SCALARS: Readonly<Record<string, (random: Random) => unknown>> = {
  string: (random) => pick(random, TEXTS),
  bool: (random) => random.float() < 0.5,
  int32: (random) => pick(random, [0, 1, -1, 127, 128, 65535, 2 ** 31 - 1, -(2 ** 31)]),
  int64: (random) => pick(random, [0, 1, -1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1), 1e15]),
  double: (random) => pick(random, [0, 0.5, -1.25, 1e300]),
  bytes: (random) => Buffer.from(random.bytes(randomInt(random, 9))).toString('base64'),
  quantity: (random) => pick(random, ['0', '1', '100m', '1Gi', '-5', '1e3', '123456789n']),
  intOrString: (random) => pick(random, [0, 8080, -1, '', 'http', '25%']),
  time: (random) =>
    pick(random, ['2026-01-31T09:00:00Z', '1970-01-01T00:00:00Z', '1901-02-03T04:05:06Z']),
  microTime: (random) =>
    pick(random, ['2026-01-31T09:00:00.000001Z', '1960-01-01T00:00:00.999999Z']),
  duration: () => '5s',
  rawExtension: () => ({ apiVersion: 'v1', kind: 'Any', list: [1, null, { a: 'b' }] }),
  fieldsV1: () => ({ 'f:a': { '.': {} }, 'k:{"name":"x"}': {} }),
  json: (random) => pick<unknown>(random, [0, 'a', false, { a: [null] }, [1, 'b']]),
  any: () => 'x',
};

/**
 * A random value of a message, for tests: any of its fields may be there, zero or not. Lists are
 * never empty, which protobuf can't tell from absent, and objects don't say what they are.
 */
export function anyObject(shape: MessageShape, random: Random, depth = 0): unknown {
  if (shape.union) return anyField(pick(random, shape.fields), random, depth);
  const object: Record<string, unknown> = {};
  for (const field of shape.fields) {
    const isThere = random.float() < (depth < 3 ? 0.7 : 0.3);
    if (!isThere || field.embeddedIn[0] === 'TypeMeta') continue;
    if (isMessage(field.type) && depth >= DEPTH_MAX) continue;
    object[field.name] = anyField(field, random, depth);
  }
  return object;
}

function anyField({ container, type }: FieldShape, random: Random, depth: number): unknown {
  const count = 1 + randomInt(random, 2);
  if (container === 'none') return anyValue(type, random, depth);
  const values = Array.from({ length: count }, () => anyValue(type, random, depth));
  if (container === 'list') return values;
  return Object.fromEntries(values.map((value, index) => [TEXTS.at(-1 - index), value]));
}

const anyValue = (type: FieldType, random: Random, depth: number): unknown =>
  isMessage(type) ? anyObject(type, random, depth + 1) : SCALARS[type]!(random);
