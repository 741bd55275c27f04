import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../machinery/object.ts';
import { formatValue, itemsOf, outputFormat, printObjects } from './output.ts';
import { memoryIo } from './testing.ts';

for (const [text, want] of [
  [undefined, 'table'],
  ['', 'table'],
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['name', 'name'],
  ['wide', 'wide'],
] as const) {
  test(`-o ${text}`, () => assert.equal(outputFormat(text), want));
}

test('a format that there is not, or not here', () => {
  assert.throws(() => outputFormat('xml'), {
    message: '-o doesn\'t know "xml"',
    advice: 'It takes json, yaml, name or wide.',
  });
  assert.throws(() => outputFormat('wide', ['json', 'yaml']), { advice: 'It takes json or yaml.' });
});

const pod = (name: string): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, managedFields: [{ manager: 'm' }] },
  }) as never;

for (const { name, objects, options, want } of [
  {
    name: 'one object stands for itself, without its managers',
    objects: [pod('a')],
    options: { format: 'yaml' },
    want: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n',
  },
  {
    name: 'managers for those who ask',
    objects: [pod('a')],
    options: { format: 'yaml', withManagers: true },
    want: 'apiVersion: v1\nkind: Pod\nmetadata:\n  managedFields:\n  - manager: m\n  name: a\n',
  },
  {
    name: 'a list of one',
    objects: [pod('a')],
    options: { format: 'json', isOne: false },
    want: `${JSON.stringify(
      {
        apiVersion: 'v1',
        items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }],
        kind: 'List',
        metadata: { resourceVersion: '' },
      },
      null,
      4,
    )}\n`,
  },
  {
    name: 'nothing is an empty list',
    objects: [],
    options: { format: 'yaml' },
    want: 'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""\n',
  },
] as const) {
  test(name, async () => {
    const io = memoryIo();
    await printObjects(io, objects, options);
    assert.equal(io.out, want);
  });
}

test('items of a list get the kind that the list says for all', () => {
  const list = {
    apiVersion: 'v1',
    kind: 'PodList',
    metadata: {},
    items: [{ metadata: { name: 'a' } }],
  };
  const [item] = itemsOf(list as never, { group: 'apps', version: 'v1', kind: 'Deployment' });
  assert.deepEqual(item, { metadata: { name: 'a' }, apiVersion: 'apps/v1', kind: 'Deployment' });
});

test('plain values', () => {
  assert.equal(formatValue({ a: [1] }, 'json'), '{\n    "a": [\n        1\n    ]\n}\n');
  assert.equal(formatValue({ a: [1] }, 'yaml'), 'a:\n- 1\n');
});
