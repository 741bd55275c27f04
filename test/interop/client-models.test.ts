import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { shapes } from '../../src/api/shapes.ts';
import type { MessageShape } from '../../src/machinery/shape.ts';

// The official JavaScript client, generated from the OpenAPI document of the same release. Its models
// say independently of our sources which fields there are and which are required.
const MODELS = fileURLToPath(new URL('.', import.meta.resolve('@kubernetes/client-node'))).replace(
  /dist\/$/,
  'dist/gen/models/',
);

/** `v1pod`, or `corev1event` where several groups have a model of the name. */
const keysOf = ({ name }: MessageShape): string[] => {
  const [group, version, message] = name.toLowerCase().split('.').slice(-3);
  return [`${version}${message}`, `${group}${version}${message}`];
};

function fieldsOfModel(name: string): string[] {
  const source = readFileSync(`${MODELS}${name}.js`, 'utf8');
  const attributes = source.matchAll(/"name": "([^"]+)",\s+"baseName": "([^"]+)"/g);
  const jsonNames = new Map([...attributes].map(([, field, json]) => [field, json]));
  const types = readFileSync(`${MODELS}${name}.d.ts`, 'utf8');
  const fields = types.matchAll(/^ {4}'([^']+)'(\??): /gm);
  return [...fields].map(([, field, optional]) => `${jsonNames.get(field) ?? field}${optional}`);
}

const fieldsOfShape = ({ fields }: MessageShape): string[] =>
  fields.map(({ name, required }) => `${name}${required ? '' : '?'}`);

// Goal: every message that the client knows too has the same fields, and the same are required.
test('shapes have the fields of the official client', () => {
  const byKey = new Map<string, MessageShape[]>();
  for (const shape of shapes.all()) {
    for (const key of keysOf(shape)) byKey.set(key, [...(byKey.get(key) ?? []), shape]);
  }
  let compared = 0;
  for (const file of readdirSync(MODELS)) {
    const name = /^(\w+)\.d\.ts$/.exec(file)?.[1];
    const candidates = name === undefined ? undefined : byKey.get(name.toLowerCase());
    if (name === undefined || candidates === undefined) continue;
    const want = fieldsOfModel(name).sort().join(' ');
    const found = candidates.map((shape) => fieldsOfShape(shape).sort().join(' '));
    // Some models bear the name of one group's message among several.
    if (!found.includes(want)) assert.equal(found[0], want, name);
    compared++;
  }
  assert.ok(compared > 650, `${compared} models compared`);
});
