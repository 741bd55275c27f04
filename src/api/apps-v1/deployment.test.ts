import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { deployments } from './deployment.ts';

// Goal: what is filled in, refused, kept and shown of a Deployment.

const body = (spec: object = {}) => ({
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web:1.4' }] },
    },
    ...spec,
  },
});

test('a strategy is filled in, and its numbers only where it has some', () => {
  const { spec } = made(deployments, body());
  const rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%' };
  assert.deepEqual(spec.strategy, { type: 'RollingUpdate', rollingUpdate });
  assert.equal(spec.revisionHistoryLimit, 10);
  assert.equal(spec.progressDeadlineSeconds, 600);
  const recreate = made(deployments, body({ strategy: { type: 'Recreate' } }));
  assert.deepEqual(recreate.spec.strategy, { type: 'Recreate' });
});

const rolling = (rollingUpdate: object) => ({ strategy: { rollingUpdate } });

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  {
    name: 'a rollout that can take no step',
    spec: rolling({ maxUnavailable: 0, maxSurge: '0%' }),
    want: [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
  },
  {
    name: 'more than all unavailable',
    spec: rolling({ maxUnavailable: '101%' }),
    want: [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  },
  {
    name: 'a number as text, which is not none',
    spec: rolling({ maxUnavailable: '5', maxSurge: 0 }),
    want: [
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"5\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  },
  {
    name: 'numbers of a rollout that is none',
    spec: { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    want: [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
  },
  {
    name: 'a strategy nobody knows',
    spec: { strategy: { type: 'Odd' } },
    want: [
      'spec.strategy: Unsupported value: {"Type":"Odd","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
  },
  {
    name: 'a deadline before pods can be ready',
    spec: { minReadySeconds: 30, progressDeadlineSeconds: 30 },
    want: ['spec.progressDeadlineSeconds: Invalid value: 30: must be greater than minReadySeconds'],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(deployments, body(spec)), want));
}

test('annotations count as a change, labels do not', () => {
  const previous = made(deployments, body());
  const annotated = changed(deployments, previous, { metadata: { annotations: { a: 'b' } } });
  assert.equal(annotated.object.metadata.generation, 2);
  const labelled = changed(deployments, previous, { metadata: { labels: { a: 'b' } } });
  assert.equal(labelled.object.metadata.generation, 1);
});

test('who writes the status writes no labels', () => {
  const previous = made(deployments, { ...body(), metadata: { labels: { a: 'b' } } });
  const patch = { metadata: { labels: { a: 'c' } }, status: { replicas: 1 } };
  const { object } = changed(deployments, previous, patch, 'status');
  assert.deepEqual(object.metadata.labels, { a: 'b' });
});

test('collisions are never fewer', () => {
  const previous = withStatus(made(deployments, body()), { collisionCount: 2 });
  const fewer = changed(deployments, previous, { status: { collisionCount: 1 } }, 'status');
  const want = 'status.collisionCount: Invalid value: 1: cannot be decremented';
  assert.deepEqual(fewer.errors, [want]);
  const none = changed(deployments, previous, { status: { collisionCount: null } }, 'status');
  assert.deepEqual(none.errors, [want.replace('1:', '0:')]);
});

test('cells', () => {
  const status = { replicas: 3, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
  const object = withStatus(made(deployments, body({ replicas: 3 })), status);
  const { Ready, Available, 'Up-to-date': upToDate } = cellsOf(deployments, object);
  assert.deepEqual({ Ready, Available, upToDate }, { Ready: '2/3', Available: 2, upToDate: 1 });
});
