import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluatorOf } from '../../api/core-v1/quota/evaluators.ts';
import type { QuotaEvaluator } from '../../api/core-v1/quota/usage.ts';
import type { ResourceQuota } from '../../api/generated/core/v1/types.ts';
import type { KubeObject } from '../../machinery/object.ts';
import {
  countUsage,
  expiresInMs,
  mayFree,
  type Population,
  RECOUNT_MS,
  reconcileQuota,
  saysTheSame,
} from './reconcile.ts';

// Goal: pin when a quota is counted, what a count comes to, and what makes another one worth it.

const NOW = Date.UTC(2026, 0, 1, 12);
const hard = { configmaps: '2' };
const quotaOf = (status: object = { hard, used: { configmaps: '0' } }, spec: object = { hard }) =>
  ({ metadata: { name: 'q', namespace: 'n', uid: 'q' }, spec, status }) as unknown as ResourceQuota;

const counted = { atMs: 1000, expiresInMs: undefined };
for (const { name, want, ...seen } of [
  { name: 'that was never counted', counted: undefined, want: 'recount' },
  { name: 'that says nothing yet', quota: quotaOf({}), want: 'recount' },
  { name: 'whose spec was changed', quota: quotaOf({ hard: {}, used: {} }), want: 'recount' },
  { name: 'of which something was freed', isTouched: true, want: 'recount' },
  { name: 'of which nothing was freed', want: RECOUNT_MS - 500 },
  { name: 'counted long ago', nowMs: 1000 + RECOUNT_MS, want: 'recount' },
  {
    name: 'of which something will cease to count',
    counted: { atMs: 1000, expiresInMs: 2000 },
    want: 1500,
  },
] as const) {
  test(`a quota ${name}`, () => {
    const base = { quota: quotaOf(), counted, isTouched: false, nowMs: 1500 };
    const [first] = reconcileQuota({ ...base, ...seen });
    assert.equal(first?.type === 'wait' ? first.forMs : first?.type, want);
  });
}

const objects = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => ({
    metadata: { name: `o${i}`, uid: `o${i}` },
    spec: {},
    status: {},
    ...more,
  })) as unknown as KubeObject[];
const population = (plural: string, all: readonly KubeObject[], group = ''): Population => ({
  resource: { group, plural },
  objects: all,
});

describe('a count', () => {
  for (const { name, limits, populations, status, want, scopes } of [
    {
      name: 'of several kinds',
      limits: { 'count/jobs.batch': '9', configmaps: '9', secrets: '9' },
      populations: [
        population('jobs', objects(3), 'batch'),
        population('configmaps', objects(2)),
        population('secrets', []),
      ],
      want: { configmaps: '2', 'count/jobs.batch': '3', secrets: '0' },
    },
    {
      name: 'keeps what nobody can count, where there is a number',
      limits: { 'count/widgets.example.com': '1', 'count/gone.example.com': '1' },
      populations: [],
      status: { used: { 'count/widgets.example.com': '7', configmaps: '1' } },
      want: { 'count/widgets.example.com': '7' },
    },
    {
      name: 'sums storage',
      limits: { 'requests.storage': '5Gi' },
      populations: [
        population(
          'persistentvolumeclaims',
          objects(2, { spec: { resources: { requests: { storage: '1Gi' } } } }),
        ),
      ],
      want: { 'requests.storage': '2Gi' },
    },
    {
      name: 'leaves out what is in no scope of it',
      limits: { pods: '5' },
      scopes: ['NotBestEffort'],
      populations: [population('pods', objects(2, { spec: { containers: [{ name: 'a' }] } }))],
      want: { pods: '0' },
    },
  ]) {
    test(name, () => {
      const quota = quotaOf(status ?? {}, { hard: limits, ...(scopes && { scopes }) });
      assert.deepEqual(countUsage(quota, populations, NOW), { hard: limits, used: want });
    });
  }
});

test('the same amount is the same however it is written', () => {
  const [a, b] = [
    { hard: { cpu: '1' }, used: { cpu: '0' } },
    { hard: { cpu: '1000m' }, used: { cpu: '0' } },
  ];
  assert.ok(saysTheSame(a, b));
  assert.ok(!saysTheSame(a, { ...b, used: { cpu: '1' } }));
  assert.ok(!saysTheSame(a, { hard: a.hard }));
});

test('a pod on a lost node ceases to count when it should be gone', () => {
  const metadata = { deletionTimestamp: '2026-01-01T12:00:00Z', deletionGracePeriodSeconds: 30 };
  const pods = population('pods', objects(1, { metadata }));
  assert.equal(expiresInMs([pods, population('secrets', objects(1, { metadata }))], NOW), 30_001);
  assert.equal(expiresInMs([pods], NOW + 40_000), undefined);
});

describe('a quota is counted again', () => {
  const of = (plural: string) => evaluatorOf({ group: '', plural }) as QuotaEvaluator<KubeObject>;
  const [first, second] = objects(2) as [KubeObject, KubeObject];
  const pod = (status: object) => objects(1, { spec: { containers: [] }, status })[0] as KubeObject;
  const service = (spec: object) => objects(1, { spec })[0] as KubeObject;
  for (const { name, plural, before, after, want } of [
    { name: 'when one goes', plural: 'secrets', before: first, after: undefined, want: true },
    { name: 'when one is replaced', plural: 'secrets', before: first, after: second, want: true },
    {
      name: 'but not when one changes',
      plural: 'secrets',
      before: first,
      after: first,
      want: false,
    },
    {
      name: 'when a pod ends',
      plural: 'pods',
      before: pod({ phase: 'Running' }),
      after: pod({ phase: 'Failed' }),
      want: true,
    },
    {
      name: 'but not when it begins to run',
      plural: 'pods',
      before: pod({ phase: 'Pending' }),
      after: pod({ phase: 'Running' }),
      want: false,
    },
    {
      name: 'when a service needs no node port any more',
      plural: 'services',
      before: service({ type: 'NodePort', ports: [{}] }),
      after: service({ type: 'ClusterIP', ports: [{}] }),
      want: true,
    },
  ]) {
    test(name, () => assert.equal(mayFree(of(plural), before, after, NOW), want));
  }
});
