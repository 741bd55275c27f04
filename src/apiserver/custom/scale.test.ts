import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../../machinery/object.ts';
import { customScale, validateReplicas } from './scale.ts';

// Goal: pin what a definition's paths of a scale may lead to.

const PATHS = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};
const object = (spec: unknown, status?: unknown) => ({ spec, status }) as unknown as KubeObject;

const OF = 'accessor error:';
for (const { name, spec, status, want } of [
  { name: 'numbers and a selector', spec: { replicas: 1 }, status: { selector: 'a=b' }, want: [] },
  { name: 'nothing', spec: {}, want: [] },
  { name: 'nothing on the way', spec: null, want: [] },
  {
    name: 'a text',
    spec: { replicas: 'x' },
    want: [`Invalid value: 0: .spec.replicas ${OF} x is of the type string, expected int64`],
  },
  {
    name: 'a null',
    spec: { replicas: null },
    want: [`Invalid value: 0: .spec.replicas ${OF} <nil> is of the type <nil>, expected int64`],
  },
  {
    name: 'a fraction',
    spec: { replicas: 1.5 },
    want: [`Invalid value: 0: .spec.replicas ${OF} 1.5 is of the type float64, expected int64`],
  },
  {
    name: 'no object on the way',
    spec: 'x',
    want: [
      `Invalid value: 0: .spec.replicas ${OF} x is of the type string, expected map[string]interface{}`,
    ],
  },
  {
    name: 'too few',
    spec: { replicas: -1 },
    want: ['Invalid value: -1: should be a non-negative integer'],
  },
  {
    name: 'too many',
    spec: { replicas: 2 ** 31 },
    want: ['Invalid value: 2147483648: should be less than or equal to 2147483647'],
  },
  {
    name: 'a selector that is no text',
    spec: {},
    status: { replicas: {}, selector: 5 },
    want: [
      `Invalid value: 0: .status.replicas ${OF} map[] is of the type map[string]interface {}, expected int64`,
      `Invalid value: "": .status.selector ${OF} 5 is of the type int64, expected string`,
    ],
  },
]) {
  test(name, () => {
    const found = validateReplicas(object(spec, status), PATHS).map(({ message }) => message);
    assert.deepEqual(found, want);
  });
}

test('a scale without a number says where it should be', () => {
  const scale = customScale(PATHS);
  assert.equal(scale.missingPath!(object({})), '.spec.replicas');
  assert.equal(scale.missingPath!(object({ replicas: 0 })), undefined);
});
