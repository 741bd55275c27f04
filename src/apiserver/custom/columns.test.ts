import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../../machinery/object.ts';
import { refusal } from '../testing.ts';
import { customColumns } from './columns.ts';
import { customScale, validateReplicas } from './scale.ts';

// Goal: pin the cells of what users have kubectl print, and what replicas are read and written.

const NOW = Date.parse('2026-03-04T05:06:07Z');
const object = {
  apiVersion: 'orchard.example/v1',
  kind: 'Crate',
  metadata: { name: 'a', creationTimestamp: '2026-03-04T05:04:07Z' },
  spec: {
    n: 3,
    f: 1.5,
    t: 'x',
    l: [{ b: 1, a: 2 }],
    when: '2026-03-04T04:06:07Z',
    soon: 'soon',
    empty: null,
  },
} as unknown as KubeObject;

for (const [type, jsonPath, want] of [
  ['integer', '.spec.n', 3],
  ['integer', '.spec.f', 1],
  ['number', '.spec.f', 1.5],
  ['string', '.spec.f', '1.5'],
  ['string', '.spec.l', '[{"a":2,"b":1}]'],
  ['string', '.spec.empty', '<no value>'],
  ['integer', '.spec.empty', null],
  ['string', '.spec.none', null],
  ['boolean', '.spec.t', null],
  ['date', '.spec.when', '60m'],
  ['date', '.spec.soon', '<invalid>'],
  ['date', '.metadata.creationTimestamp', '2m'],
  ['string', '.spec[', null],
] as const) {
  test(`${jsonPath} as ${type}`, () => {
    const [, column] = customColumns([{ name: 'C', type, jsonPath }]);
    assert.equal(column!.cell(object, { now: NOW }), want);
  });
}

test('a kind without columns shows its name and age', () => {
  const cells = customColumns(undefined).map(({ cell }) => cell(object, { now: NOW }));
  assert.deepEqual(cells, ['a', '2m']);
});

const PATHS = { specReplicasPath: '.spec.size.n', statusReplicasPath: '.status.n' };

test('replicas are where their path leads', () => {
  const scale = customScale({ ...PATHS, labelSelectorPath: '.status.sel' });
  const draft = structuredClone(object);
  assert.throws(
    () => scale.replicas(draft),
    refusal(500, 'Internal error occurred: the spec replicas field ".spec.size.n" does not exist'),
  );
  scale.setReplicas(draft as never, 4);
  assert.deepEqual(
    [scale.replicas(draft), scale.statusReplicas(draft), scale.selector(draft)],
    [4, 0, ''],
  );
});

test('replicas that cannot be are refused by the kind', () => {
  const broken = { ...object, spec: { size: { n: -1 } }, status: { n: 2 ** 31 } } as KubeObject;
  assert.deepEqual(
    validateReplicas(broken, PATHS).map(({ field, message }) => `${field}: ${message}`),
    [
      '.spec.size.n: Invalid value: -1: should be a non-negative integer',
      '.status.n: Invalid value: 2147483648: should be less than or equal to 2147483647',
    ],
  );
});
