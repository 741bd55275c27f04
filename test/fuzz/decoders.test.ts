import assert from 'node:assert/strict';
import test from 'node:test';
import { anyObject } from '../../src/api/arbitrary-objects.ts';
import { shapes } from '../../src/api/shapes.ts';
import { decodeContinue } from '../../src/apiserver/registry/continue-token.ts';
import { pick, type Random, seededRandom } from '../../src/base/random.ts';
import { DecodeError } from '../../src/machinery/decode-error.ts';
import { decodeJson, decodeJsonText } from '../../src/machinery/json-codec.ts';
import { decodeMessage, encodeMessage } from '../../src/machinery/protobuf.ts';
import { FieldSelector } from '../../src/machinery/selector/field-selector.ts';
import { LabelSelector } from '../../src/machinery/selector/label-selector.ts';
import type { MessageShape } from '../../src/machinery/shape.ts';
import { isStatusError } from '../../src/machinery/status.ts';
import { parseYaml } from '../../src/machinery/yaml.ts';
import { toYaml } from '../../src/machinery/yaml-writer.ts';
import { mutatedBytes, mutatedText, mutatedValue } from './mutations.ts';

// Goal: objects of every kind, damaged as data, as text and as bytes, are read or refused in the words
// of the API; what is read is in the canonical form; and nothing takes long.

const SEED = Number(process.env.FUZZ_SEED ?? 20_264);
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 6);
/** Far more than any needs, on a machine that does other things too. */
const SLOW_MS = 1000;

// Kubernetes declares no protobuf for it.
const kinds = [...shapes.kinds()].filter(({ kind }) => kind !== 'Table');

/** What reading comes to; undefined when it is refused as it should be. */
function readOrRefused<T>(read: () => T, subject: unknown): T | undefined {
  const start = performance.now();
  try {
    return read();
  } catch (error) {
    const isRefusal = error instanceof DecodeError || isStatusError(error);
    assert.ok(isRefusal, `${String((error as Error)?.stack)} of ${show(subject)}`);
    return undefined;
  } finally {
    const took = performance.now() - start;
    assert.ok(took < SLOW_MS, `${took} ms for ${show(subject)}`);
  }
}

const show = (subject: unknown): string =>
  (subject instanceof Uint8Array
    ? Buffer.from(subject).toString('base64')
    : JSON.stringify(subject)
  ).slice(0, 2000);

/** Calls for an object of each kind, some times over. */
function forKinds(random: Random, visit: (shape: MessageShape, object: object) => void): void {
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) {
      const shape = shapes.ofKind(kind)!;
      visit(shape, decodeJson(shape, anyObject(shape, random)).object);
    }
  }
}

test(`damaged data (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  forKinds(random, (shape, object) => {
    const damaged = mutatedValue(mutatedValue(object, random), random);
    const read = readOrRefused(() => decodeJson(shape, damaged).object, damaged);
    if (read) assert.deepEqual(decodeJson(shape, read).object, read);
  });
});

test(`damaged JSON (seed ${SEED})`, () => {
  const random = seededRandom(SEED + 1);
  const meaningful = ['"', '{', '}', '[', ':', ',', '\\', '\\u00', 'null', '1e999', '\u0000'];
  forKinds(random, (shape, object) => {
    const text = mutatedText(JSON.stringify(object), random, meaningful);
    const read = readOrRefused(() => decodeJsonText(shape, text).object, text);
    if (read) assert.deepEqual(decodeJson(shape, read).object, read);
  });
});

test(`damaged YAML (seed ${SEED})`, () => {
  const random = seededRandom(SEED + 2);
  const meaningful = [': ', '\n', '\n  ', '- ', '|', '>-\n', '&a ', '*a', '<<: *a', '!!', '{', ']'];
  meaningful.push('\t', '%', '"', "'", '#', '---\n', '? ', '!!binary ', '.inf', '~');
  forKinds(random, (shape, object) => {
    const text = mutatedText(toYaml(object), random, meaningful);
    readOrRefused(() => decodeJson(shape, parseYaml(text).value).object, text);
  });
});

test(`damaged protobuf (seed ${SEED})`, () => {
  const random = seededRandom(SEED + 3);
  forKinds(random, (shape, object) => {
    const bytes = encodeMessage(shape, object);
    assert.deepEqual(encodeMessage(shape, decodeMessage(shape, bytes)), bytes);
    const damaged = mutatedBytes(mutatedBytes(bytes, random), random);
    const read = readOrRefused(() => decodeMessage(shape, damaged), damaged);
    // What was read can be written, and reads back the same.
    if (read) assert.deepEqual(decodeMessage(shape, encodeMessage(shape, read)), read);
  });
});

test(`damaged selectors and tokens (seed ${SEED})`, () => {
  const random = seededRandom(SEED + 4);
  const labels = ['a=b,c!=d', 'a in (b,c),!d', 'x.y/z notin (1)', 'a>1,b<2', 'a'];
  const fields = ['metadata.name=a', 'spec.nodeName!=b,status.phase==c', 'a=b\\,c'];
  const tokens = [{ v: 'meta.k8s.io/v1', rv: 5, start: 'a/b\u0000' }, { v: 'x' }, []];
  const meaningful = ['(', ')', ',', '=', '!', '!=', ' in ', 'notin', '\\', '<', 'é', ' '];
  for (let i = 0; i < 400 * ROUNDS; i++) {
    const label = mutatedText(pick(random, labels), random, meaningful);
    const byLabel = readOrRefused(() => LabelSelector.parse(label), label);
    // What is printed reads back as the same.
    if (byLabel) assert.equal(String(LabelSelector.parse(String(byLabel))), String(byLabel));
    const field = mutatedText(pick(random, fields), random, meaningful);
    const byField = readOrRefused(() => FieldSelector.parse(field), field);
    if (byField) assert.equal(String(FieldSelector.parse(String(byField))), String(byField));
    const token = Buffer.from(JSON.stringify(mutatedValue(pick(random, tokens), random)));
    const text = mutatedText(token.toString('base64url'), random, ['=', '+', '\n', 'A']);
    const found = readOrRefused(() => decodeContinue(text), text);
    if (found) assert.ok(!`/${found.after}/`.includes('/../'));
  }
});
