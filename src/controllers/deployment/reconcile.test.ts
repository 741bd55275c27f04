import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { DeploymentAction } from './actions.ts';
import { type Observed, reconcileDeployment } from './reconcile.ts';
import { AUTO_ROLLBACK, COMPLETED, REVISION, REVISION_HISTORY, ROLLED_BACK } from './revisions.ts';
import { rolledBack } from './rollback.ts';
import { boundsOf } from './rollout.ts';

// Goal: whatever the sizes, bounds and moments at which pods become ready, a rollout never exceeds
// its surge, never gives up pods that must stay available, and ends with the new template alone.

const START = Date.UTC(2026, 0, 1);

interface Facts {
  readonly replicas: number;
  readonly image?: string;
  readonly type?: 'RollingUpdate' | 'Recreate';
  readonly maxSurge?: number | string;
  readonly maxUnavailable?: number | string;
  readonly paused?: boolean;
  readonly minReadySeconds?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

function deployment(facts: Facts): Deployment {
  const { replicas, image = 'app:1', type = 'RollingUpdate', paused, minReadySeconds } = facts;
  const { maxSurge = '25%', maxUnavailable = '25%' } = facts;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'd',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: toTime(START),
      ...(facts.annotations && { annotations: facts.annotations }),
    },
    spec: {
      replicas,
      ...(paused && { paused }),
      ...(minReadySeconds && { minReadySeconds }),
      selector: { matchLabels: { app: 'web' } },
      strategy: {
        type,
        ...(type === 'RollingUpdate' && { rollingUpdate: { maxSurge, maxUnavailable } }),
      },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 2,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'app', image }] },
      },
    },
    status: {},
  } as unknown as Deployment;
}

/** A cluster of one Deployment in which ReplicaSets have their pods at once, ready when told. */
class Model {
  deployment: Deployment;
  sets: ReplicaSet[] = [];
  now = START;
  readonly told: string[] = [];

  constructor(facts: Facts) {
    this.deployment = deployment(facts);
  }

  change(facts: Facts): void {
    const { spec } = deployment(facts);
    const { metadata } = this.deployment;
    const generation = (metadata.generation ?? 0) + 1;
    const annotations = { ...metadata.annotations, ...facts.annotations };
    const changed = { ...metadata, generation, annotations };
    this.deployment = { ...this.deployment, spec, metadata: changed };
  }

  pass(more: Partial<Observed> = {}): number {
    this.now += 1000;
    const { deployment, sets, now } = this;
    const observed = { deployment, replicaSets: sets, podsOf: () => [], now, ...more };
    const actions = reconcileDeployment(observed);
    const writes = actions.filter(({ type }) => type !== 'wait') as DeploymentAction[];
    for (const action of writes) this.apply(action);
    return writes.length;
  }

  apply(action: DeploymentAction): void {
    switch (action.type) {
      case 'createReplicaSet': {
        const metadata = { ...action.replicaSet.metadata, uid: action.replicaSet.metadata.name };
        const created = { ...action.replicaSet, metadata: { ...metadata, generation: 1 } };
        const withTime = { ...created.metadata, creationTimestamp: toTime(this.now) };
        this.sets.push({ ...created, metadata: withTime, status: { replicas: 0 } } as ReplicaSet);
        return;
      }
      case 'updateReplicaSet':
        return this.replace(action.replicaSet, () => action.next);
      case 'deleteReplicaSet':
        this.sets = this.sets.filter((set) => set !== action.replicaSet);
        return;
      case 'updateStatus': {
        const { status, annotations } = action;
        const metadata = { ...this.deployment.metadata, annotations };
        this.deployment = { ...this.deployment, metadata, status };
        return;
      }
      case 'rollBack': {
        const next = rolledBack(action.deployment, action.current, action.target);
        const generation = (next.metadata.generation ?? 0) + 1;
        this.deployment = { ...next, metadata: { ...next.metadata, generation } };
        return;
      }
      case 'tellNoRollback':
        this.told.push(action.type);
        return;
      default:
        throw new Error(`not in this model: ${action.type}`);
    }
  }

  /** What the ReplicaSet controller and the nodes would do: `ready` of the wanted pods run. */
  run(set: ReplicaSet, ready: number): void {
    this.replace(set, (each) => {
      const replicas = each.spec.replicas ?? 1;
      const readyReplicas = Math.min(ready, replicas);
      return {
        ...each,
        status: {
          replicas,
          readyReplicas,
          availableReplicas: readyReplicas,
          observedGeneration: each.metadata.generation ?? 1,
        },
      };
    });
  }

  replace(set: ReplicaSet, change: (set: ReplicaSet) => ReplicaSet): void {
    this.sets = this.sets.map((each) =>
      each.metadata.uid === set.metadata.uid ? change(each) : each,
    );
  }

  settle(isGood: (set: ReplicaSet) => boolean = () => true): void {
    for (let i = 0; i < 500; i++) {
      const writes = this.pass();
      for (const set of this.sets) this.run(set, isGood(set) ? (set.spec.replicas ?? 1) : 0);
      if (writes === 0 && this.pass() === 0) return;
    }
    assert.fail('still writing after 500 passes');
  }

  get total(): number {
    return this.sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
  }

  condition(type: string): string | undefined {
    return this.deployment.status.conditions?.find((each) => each.type === type)?.reason;
  }

  get available(): number {
    return this.sets.reduce((sum, { spec, status }) => {
      return sum + Math.min(status.availableReplicas ?? 0, spec.replicas ?? 1);
    }, 0);
  }
}

const bound = fc.oneof(
  fc.integer({ min: 0, max: 6 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);

test('a rolling update keeps its bounds at every step, and ends', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 20 }),
    bound,
    bound,
    fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 5, maxLength: 40 }),
    (replicas, maxSurge, maxUnavailable, readiness) => {
      const facts = { replicas, maxSurge, maxUnavailable };
      const model = new Model(facts);
      model.settle();
      model.change({ ...facts, image: 'app:2' });
      const bounds = boundsOf(model.deployment);
      for (const ready of readiness) {
        const before = model.available;
        model.pass();
        assert.ok(model.total <= replicas + bounds.maxSurge, `${model.total} pods of ${replicas}`);
        const least = Math.min(before, replicas - bounds.maxUnavailable);
        assert.ok(model.available >= least, `${model.available} available, ${least} at least`);
        const newest = model.sets.at(-1)!;
        model.run(newest, Math.max(ready, newest.status.readyReplicas ?? 0));
      }
      model.settle();
      const running = model.sets.filter(({ spec }) => (spec.replicas ?? 0) > 0);
      assert.equal(running.length, 1);
      assert.equal(running[0]?.spec.replicas, replicas);
      assert.equal(running[0]?.spec.template?.spec.containers[0]?.image, 'app:2');
    },
  );
  fc.assert(property, { seed: 20260101, numRuns: 300 });
});

test('resizing in the middle of a rollout adds to old and new in proportion, and no more', () => {
  const property = fc.property(
    fc.integer({ min: 2, max: 20 }),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 20 }),
    (replicas, resized, ready) => {
      const model = new Model({ replicas });
      model.settle();
      model.change({ replicas, image: 'app:2' });
      model.pass();
      model.run(model.sets.at(-1)!, ready);
      model.pass();
      model.change({ replicas: resized, image: 'app:2' });
      model.pass();
      const { maxSurge } = boundsOf(model.deployment);
      const most = Math.max(resized + maxSurge, 0);
      assert.ok(model.total <= most, `${model.total} pods, ${most} allowed`);
      model.settle();
      assert.equal(model.total, resized);
    },
  );
  fc.assert(property, { seed: 20260102, numRuns: 300 });
});

test('recreate has no new pod before the old ones are gone', () => {
  const model = new Model({ replicas: 3, type: 'Recreate' });
  model.settle();
  model.change({ replicas: 3, type: 'Recreate', image: 'app:2' });
  model.pass();
  assert.deepEqual(
    model.sets.map(({ spec }) => spec.replicas),
    [0],
  );
  model.settle();
  assert.deepEqual(
    model.sets.map(({ spec }) => spec.replicas),
    [0, 3],
  );
});

test('a paused Deployment is resized but not rolled', () => {
  const model = new Model({ replicas: 3 });
  model.settle();
  model.change({ replicas: 3, image: 'app:2', paused: true });
  model.settle();
  assert.equal(model.sets.length, 1);
  model.change({ replicas: 5, image: 'app:2', paused: true });
  model.settle();
  assert.deepEqual(
    model.sets.map(({ spec }) => spec.replicas),
    [5],
  );
  model.change({ replicas: 5, image: 'app:2' });
  model.settle();
  assert.deepEqual(
    model.sets.map(({ spec }) => spec.replicas),
    [0, 5],
  );
});

test('going back to an old template reuses its ReplicaSet under a new revision', () => {
  const model = new Model({ replicas: 2 });
  model.settle();
  for (const image of ['app:2', 'app:1']) {
    model.change({ replicas: 2, image });
    model.settle();
  }
  assert.equal(model.sets.length, 2);
  assert.equal(model.sets[0]?.spec.replicas, 2);
  assert.equal(model.sets[0]?.metadata.annotations?.[REVISION], '3');
  assert.equal(model.deployment.metadata.annotations?.[REVISION], '3');
});

test('keeps as many old ReplicaSets as the history limit says', () => {
  const model = new Model({ replicas: 1 });
  for (const image of ['a', 'b', 'c', 'd', 'e']) {
    model.change({ replicas: 1, image });
    model.settle();
  }
  const images = model.sets.map(({ spec }) => spec.template?.spec.containers[0]?.image);
  assert.deepEqual(images, ['c', 'd', 'e']);
});

test('a rollout that stands still past its deadline says so, and says when it is done', () => {
  const model = new Model({ replicas: 2 });
  model.settle();
  assert.equal(model.condition('Progressing'), 'NewReplicaSetAvailable');
  model.change({ replicas: 2, image: 'broken' });
  model.settle((set) => imageOf(set) !== 'broken');
  assert.notEqual(model.condition('Progressing'), 'ProgressDeadlineExceeded');
  model.now += 601_000;
  model.pass();
  assert.equal(model.condition('Progressing'), 'ProgressDeadlineExceeded');
  model.settle();
  assert.equal(model.condition('Progressing'), 'NewReplicaSetAvailable');
});

const imageOf = ({ spec }: ReplicaSet): string | undefined =>
  spec.template?.spec.containers[0]?.image;
const isSound = (set: ReplicaSet): boolean => !imageOf(set)?.includes('broken');

test('the deadline does not run while paused, and runs anew from the moment of resuming', () => {
  const model = new Model({ replicas: 2 });
  model.settle();
  model.change({ replicas: 2, image: 'broken' });
  model.settle(isSound);
  model.change({ replicas: 2, image: 'broken', paused: true });
  model.settle(isSound);
  assert.equal(model.condition('Progressing'), 'DeploymentPaused');
  model.now += 3_600_000;
  model.settle(isSound);
  assert.equal(model.condition('Progressing'), 'DeploymentPaused');
  model.change({ replicas: 2, image: 'broken' });
  model.settle(isSound);
  assert.equal(model.condition('Progressing'), 'DeploymentResumed');
  model.now += 601_000;
  model.pass();
  assert.equal(model.condition('Progressing'), 'ProgressDeadlineExceeded');
});

test('what is said of one rollout does not outlive it: going back starts a deadline of its own', () => {
  const model = new Model({ replicas: 2 });
  model.settle();
  model.change({ replicas: 2, image: 'broken' });
  model.settle(isSound);
  model.now += 601_000;
  model.pass();
  assert.equal(model.condition('Progressing'), 'ProgressDeadlineExceeded');
  model.change({ replicas: 2, image: 'app:1' });
  model.pass();
  assert.equal(model.condition('Progressing'), 'FoundNewReplicaSet');
  model.settle(isSound);
  assert.equal(model.condition('Progressing'), 'NewReplicaSetAvailable');
});

const AUTO = { [AUTO_ROLLBACK]: 'true' };

test('rolls back by itself when asked to, says so, and stays there', () => {
  const model = new Model({ replicas: 4, annotations: AUTO });
  model.settle();
  assert.equal(model.sets[0]?.metadata.annotations?.[COMPLETED], 'true');
  model.change({ replicas: 4, image: 'broken' });
  model.settle(isSound);
  const least = model.available;
  assert.ok(least >= 3, 'a rollout that fails leaves what has to be available');
  model.now += 601_000;
  for (let i = 0; i < 20; i++) {
    model.pass();
    assert.ok(model.available >= least, 'and so does its rolling back');
    for (const set of model.sets) model.run(set, isSound(set) ? (set.spec.replicas ?? 1) : 0);
  }
  model.settle(isSound);
  assert.equal(model.deployment.spec.template.spec.containers[0]?.image, 'app:1');
  assert.equal(model.condition('RolledBack'), 'ProgressDeadlineExceeded');
  assert.equal(model.condition('Progressing'), 'NewReplicaSetAvailable');
  const note = JSON.parse(model.deployment.metadata.annotations?.[ROLLED_BACK] ?? '');
  assert.deepEqual([note.from, note.to], [2, 1]);
  assert.equal(model.available, 4);
});

test('a new template ends what is said of a rollback', () => {
  const model = new Model({ replicas: 2, annotations: AUTO });
  model.settle();
  model.change({ replicas: 2, image: 'broken' });
  model.settle(isSound);
  model.now += 601_000;
  model.settle(isSound);
  model.change({ replicas: 2, image: 'app:2' });
  model.settle(isSound);
  assert.equal(model.condition('RolledBack'), undefined);
  assert.equal(model.deployment.metadata.annotations?.[ROLLED_BACK], undefined);
  assert.equal(model.deployment.metadata.annotations?.[AUTO_ROLLBACK], 'true');
});

test('goes back past revisions that never worked', () => {
  const model = new Model({ replicas: 2, annotations: AUTO });
  model.settle();
  for (const image of ['broken:1', 'broken:2']) {
    model.change({ replicas: 2, image });
    model.settle(isSound);
  }
  model.now += 601_000;
  model.settle(isSound);
  assert.equal(model.deployment.spec.template.spec.containers[0]?.image, 'app:1');
});

test('does not go from a revision that has worked to another, nor anywhere when nobody asks', () => {
  for (const annotations of [AUTO, undefined]) {
    const model = new Model({ replicas: 2, ...(annotations && { annotations }) });
    model.settle();
    model.change({ replicas: 2, image: 'app:2' });
    model.settle();
    if (!annotations) model.change({ replicas: 2, image: 'broken' });
    const image = model.deployment.spec.template.spec.containers[0]?.image;
    model.settle(annotations ? () => false : isSound); // Its pods fail: that is no rollout.
    model.now += 601_000;
    model.settle(annotations ? () => false : isSound);
    assert.equal(model.deployment.spec.template.spec.containers[0]?.image, image);
  }
});

test('tells when there is nothing to roll back to', () => {
  const model = new Model({ replicas: 2, image: 'broken', annotations: AUTO });
  model.settle(() => false);
  model.now += 601_000;
  model.settle(() => false);
  assert.deepEqual(model.told, ['tellNoRollback']);
  assert.equal(model.condition('Progressing'), 'ProgressDeadlineExceeded');
});

test('tells of a ReplicaSet that can not be made before it tries again', () => {
  const model = new Model({ replicas: 1 });
  const { deployment, now } = model;
  const observed = { deployment, replicaSets: [], podsOf: () => [], now, createFailure: 'no room' };
  const [first, second] = reconcileDeployment(observed);
  assert.equal(first?.type, 'updateStatus');
  assert.equal(second?.type, 'createReplicaSet');
  model.apply(first as DeploymentAction);
  const progressing = model.deployment.status.conditions?.find(
    ({ type }) => type === 'Progressing',
  );
  assert.equal(progressing?.reason, 'ReplicaSetCreateError');
  assert.match(progressing?.message ?? '', /^Failed to create new replica set "web-.*": no room$/);
});

test('a revision that is gone back to remembers the numbers that it had', () => {
  const model = new Model({ replicas: 1 });
  for (const image of ['a', 'b', 'a', 'b', 'a']) {
    model.change({ replicas: 1, image });
    model.settle();
  }
  const [a] = model.sets.filter((set) => imageOf(set) === 'a');
  assert.equal(a?.metadata.annotations?.[REVISION], '5');
  assert.equal(a?.metadata.annotations?.[REVISION_HISTORY], '1,3');
});

test("annotations go to the current ReplicaSet, but for those that are the Deployment's own", () => {
  const cause = { 'kubernetes.io/change-cause': 'because' };
  const own = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', ...AUTO };
  const model = new Model({ replicas: 1, annotations: { ...cause, ...own } });
  model.settle();
  const { annotations = {} } = model.sets[0]!.metadata;
  assert.equal(annotations['kubernetes.io/change-cause'], 'because');
  for (const key of Object.keys(own)) assert.equal(annotations[key], undefined, key);
});

test('minReadySeconds is set on the current ReplicaSet, and left alone on old ones', () => {
  const model = new Model({ replicas: 4 });
  model.settle();
  model.change({ replicas: 4, image: 'broken', minReadySeconds: 30 });
  model.settle(isSound);
  assert.deepEqual(
    model.sets.map(({ spec }) => spec.minReadySeconds),
    [undefined, 30],
  );
});

test('a settled Deployment is not written', () => {
  const model = new Model({ replicas: 3, annotations: AUTO });
  model.settle();
  assert.equal(model.pass(), 0);
});
