import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { PodDisruptionBudget } from '../../api/generated/policy/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Observed, reconcileBudget } from './reconcile.ts';

// Goal: pin how many of a budget's pods may go, and what is said about it.

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (seconds: number) => toTime(NOW - seconds * 1000);

interface PodParts {
  readonly isReady?: boolean;
  readonly isGoing?: boolean;
  readonly owner?: string | undefined;
}

const pod = (name: string, { isReady = true, isGoing = false, owner = 'web' }: PodParts = {}) =>
  ({
    metadata: {
      name,
      namespace: 'default',
      ...(isGoing && { deletionTimestamp: ago(1) }),
      ...(owner && {
        ownerReferences: [{ kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
      }),
    },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  }) as unknown as Pod;

const budget = (
  spec: PodDisruptionBudget['spec'],
  status: Partial<NonNullable<PodDisruptionBudget['status']>> = {},
) =>
  ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'default', generation: 2 },
    spec,
    status,
  }) as unknown as PodDisruptionBudget;

function observed(
  given: PodDisruptionBudget,
  pods: readonly Pod[],
  scales: Readonly<Record<string, number>> = {},
): Observed {
  return {
    budget: given,
    pods,
    scaleOf: ({ uid }) => (scales[uid] === undefined ? undefined : { uid, replicas: scales[uid] }),
    now: NOW,
  };
}

const three = [pod('a'), pod('b'), pod('c')];

interface Row {
  readonly name: string;
  readonly spec: PodDisruptionBudget['spec'];
  readonly pods: readonly Pod[];
  readonly scales?: Readonly<Record<string, number>>;
  readonly status?: Partial<NonNullable<PodDisruptionBudget['status']>>;
  /** Allowed disruptions; healthy pods there are, that there must be; pods there should be. */
  readonly want: readonly [number, number, number, number];
}

const ROWS: readonly Row[] = [
  {
    name: 'a number that must stay: so many of those that are there',
    spec: { minAvailable: 2 },
    pods: three,
    want: [1, 3, 2, 3],
  },
  {
    name: 'those that are not ready do not count',
    spec: { minAvailable: 2 },
    pods: [pod('a'), pod('b'), pod('c', { isReady: false })],
    want: [0, 2, 2, 3],
  },
  {
    name: 'nor those that are going',
    spec: { minAvailable: 2 },
    pods: [pod('a'), pod('b'), pod('c', { isGoing: true })],
    want: [0, 2, 2, 3],
  },
  {
    name: 'a part that must stay, rounded up, of what the owners want',
    spec: { minAvailable: '50%' },
    pods: three,
    scales: { web: 5 },
    want: [0, 3, 3, 5],
  },
  {
    name: 'a number that may be missing',
    spec: { maxUnavailable: 1 },
    pods: three,
    scales: { web: 3 },
    want: [1, 3, 2, 3],
  },
  {
    name: 'a part that may be missing, rounded up',
    spec: { maxUnavailable: '25%' },
    pods: three,
    scales: { web: 3 },
    want: [1, 3, 2, 3],
  },
  {
    name: 'all may be missing',
    spec: { maxUnavailable: '100%' },
    pods: three,
    scales: { web: 3 },
    want: [3, 3, 0, 3],
  },
  {
    name: 'owners count once each',
    spec: { maxUnavailable: 1 },
    pods: [pod('a'), pod('b', { owner: 'db' })],
    scales: { web: 1, db: 1 },
    want: [1, 2, 1, 2],
  },
  {
    name: 'pods of nobody are left out',
    spec: { maxUnavailable: 1 },
    pods: [...three, pod('d', { owner: '' })],
    scales: { web: 3 },
    want: [2, 4, 2, 3],
  },
  { name: 'no pods, nothing allowed', spec: { minAvailable: 0 }, pods: [], want: [0, 0, 0, 0] },
  {
    name: 'what was evicted counts as gone until it is',
    spec: { minAvailable: 2 },
    pods: three,
    status: { disruptedPods: { a: ago(10) } },
    want: [0, 2, 2, 3],
  },
  {
    name: 'but not for longer than two minutes',
    spec: { minAvailable: 2 },
    pods: three,
    status: { disruptedPods: { a: ago(121) } },
    want: [1, 3, 2, 3],
  },
];

for (const { name, spec, pods, scales = {}, status = {}, want } of ROWS)
  test(name, () => {
    const actions = reconcileBudget(observed(budget(spec, status), pods, scales));
    const update = actions.find(({ type }) => type === 'updateStatus');
    assert.ok(update?.type === 'updateStatus');
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, conditions } =
      update.status;
    assert.deepEqual([disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods], want);
    const [condition] = conditions ?? [];
    assert.equal(condition?.reason, disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods');
    assert.equal(update.status.observedGeneration, 2);
  });

test('nothing is written when all is said', () => {
  const [first] = reconcileBudget(observed(budget({ minAvailable: 2 }), three));
  assert.ok(first?.type === 'updateStatus');
  const settled = budget({ minAvailable: 2 }, first.status);
  assert.deepEqual(reconcileBudget(observed(settled, three)), []);
});

test('an eviction that does not come about is looked at again', () => {
  const waiting = budget({ minAvailable: 2 }, { disruptedPods: { a: ago(20) } });
  const actions = reconcileBudget(observed(waiting, three));
  assert.deepEqual(actions.at(-1), { type: 'wait', forMs: 100_000 });
});

test('nobody may go while an owner is unknown', () => {
  const before = budget({ maxUnavailable: 1 }, { disruptionsAllowed: 1, conditions: [] });
  const actions = reconcileBudget(observed(before, three));
  const update = actions.find(({ type }) => type === 'updateStatus');
  assert.ok(update?.type === 'updateStatus');
  assert.equal(update.status.disruptionsAllowed, 0);
  assert.equal(update.status.conditions?.[0]?.reason, 'SyncFailed');
  assert.equal(update.status.conditions?.[0]?.message, 'found no controllers for pod "a"');
  const said = actions.find(({ type }) => type === 'tell');
  assert.equal(said?.type === 'tell' && said.event.reason, 'CalculateExpectedPodCountFailed');
});

test('a condition keeps its time until it turns', () => {
  const condition = {
    type: 'DisruptionAllowed',
    status: 'True',
    reason: 'SufficientPods',
    message: '',
    lastTransitionTime: ago(500),
  } as const;
  const before = budget({ minAvailable: 1 }, { conditions: [condition] });
  const [update] = reconcileBudget(observed(before, three));
  assert.ok(update?.type === 'updateStatus');
  assert.equal(update.status.conditions?.[0]?.lastTransitionTime, ago(500));
});

test('nobody may go whose owner has no size', () => {
  const refusal = 'batch/v1, Resource=jobs does not implement the scale subresource';
  const world = { ...observed(budget({ maxUnavailable: 1 }), three), scaleOf: () => ({ refusal }) };
  const [told, written] = reconcileBudget(world);
  assert.ok(told?.type === 'tell' && written?.type === 'updateStatus');
  assert.match(told.event.message, new RegExp(`number of expected pods: ${refusal}$`));
  assert.equal(written.status.disruptionsAllowed, 0);
  assert.equal(written.status.conditions?.[0]?.message, refusal);
});
