import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, decoded, made, refusals, withStatus } from '../fixture.ts';
import { replicaSets } from './replica-set.ts';

// Goal: what is filled in, refused, kept and shown of a ReplicaSet. The model for tests of kinds.

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'web:1.4' }] },
};
const selector = { matchLabels: { app: 'web' } };
const body = (spec: object = {}) => ({ spec: { selector, template, ...spec } });

test('what is left out is filled in, once', () => {
  const draft = decoded(replicaSets, body());
  assert.equal(draft.spec.replicas, 1);
  assert.equal(draft.spec.template?.spec.restartPolicy, 'Always');
  assert.equal(made(replicaSets, body()).metadata.generation, 1);
  const before = structuredClone(draft);
  replicaSets.defaults?.(draft);
  assert.deepEqual(draft, before);
});

test('no replicas are a number too', () => {
  assert.equal(made(replicaSets, body({ replicas: 0 })).spec.replicas, 0);
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  {
    name: 'counts below zero',
    spec: { replicas: -1, minReadySeconds: -2 },
    want: [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0',
    ],
  },
  {
    name: 'no selector',
    spec: { selector: null },
    want: ['spec.selector: Required value', mismatch({ app: 'web' })],
  },
  {
    name: 'a selector of everything',
    spec: { selector: {} },
    want: ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  },
  {
    name: 'a selector of other pods',
    spec: { selector: { matchLabels: { app: 'db' } } },
    want: [mismatch({ app: 'web' })],
  },
  {
    name: 'pods that end',
    spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
    want: [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(replicaSets, body(spec)), want));
}

function mismatch(labels: object): string {
  const shown = JSON.stringify(labels);
  return `spec.template.metadata.labels: Invalid value: ${shown}: \`selector\` does not match template \`labels\``;
}

test('whose pods are whose stays', () => {
  const labels = { app: 'web', tier: 'front', age: '1' };
  const previous = made(replicaSets, body({ template: { ...template, metadata: { labels } } }));
  const patch = { spec: { selector: { matchLabels: { tier: 'front', age: '1' } } } };
  const { errors } = changed(replicaSets, previous, patch);
  assert.deepEqual(errors, [
    'spec.selector: Invalid value: {"matchLabels":{"age":"1","app":"web","tier":"front"}}: field is immutable',
  ]);
  assert.deepEqual(changed(replicaSets, previous, { spec: { replicas: 7 } }).errors, []);
});

test('of a status, parts are no more than the whole', () => {
  const status = { replicas: 2, readyReplicas: 1, availableReplicas: 3 };
  const { errors } = changed(replicaSets, made(replicaSets, body()), { status }, 'status');
  assert.deepEqual(errors, [
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
  ]);
});

test('its scale is its own', () => {
  const draft = decoded(replicaSets, body({ replicas: 3 }));
  const { scale } = replicaSets;
  assert.equal(scale?.replicas(made(replicaSets, body({ replicas: 3 }))), 3);
  scale?.setReplicas(draft, 5);
  assert.equal(draft.spec.replicas, 5);
  assert.equal(scale?.selector(made(replicaSets, body())), 'app=web');
});

test('cells and fields', () => {
  const status = { replicas: 2, readyReplicas: 1 };
  const object = withStatus(made(replicaSets, body({ replicas: 3 })), status);
  assert.deepEqual(cellsOf(replicaSets, object), {
    Name: 'x',
    Desired: 3,
    Current: 2,
    Ready: 1,
    Age: '2m',
    Containers: 'main',
    Images: 'web:1.4',
    Selector: 'app=web',
  });
});
