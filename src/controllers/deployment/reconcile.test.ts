import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type DeploymentAction, reconcileDeployment } from './reconcile.ts';
import { REVISION } from './revisions.ts';
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
}

function deployment(facts: Facts): Deployment {
  const { replicas, image = 'app:1', type = 'RollingUpdate', paused } = facts;
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
    },
    spec: {
      replicas,
      ...(paused && { paused }),
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

  constructor(facts: Facts) {
    this.deployment = deployment(facts);
  }

  change(facts: Facts): void {
    const { spec } = deployment(facts);
    const { metadata } = this.deployment;
    const generation = (metadata.generation ?? 0) + 1;
    this.deployment = { ...this.deployment, spec, metadata: { ...metadata, generation } };
  }

  pass(): number {
    this.now += 1000;
    const { deployment, sets, now } = this;
    const actions = reconcileDeployment({ deployment, replicaSets: sets, podsOf: () => [], now });
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
        return this.replace(action.replicaSet, (set) => ({
          ...set,
          metadata: { ...set.metadata, annotations: action.annotations },
          spec: { ...set.spec, replicas: action.replicas },
        }));
      case 'deleteReplicaSet':
        this.sets = this.sets.filter((set) => set !== action.replicaSet);
        return;
      case 'setRevision': {
        const { metadata } = this.deployment;
        const annotations = { ...metadata.annotations, [REVISION]: String(action.revision) };
        this.deployment = { ...this.deployment, metadata: { ...metadata, annotations } };
        return;
      }
      case 'updateStatus':
        this.deployment = { ...this.deployment, status: action.status };
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

  settle(): void {
    for (let i = 0; i < 500; i++) {
      const writes = this.pass();
      for (const set of this.sets) this.run(set, set.spec.replicas ?? 1);
      if (writes === 0 && this.pass() === 0) return;
    }
    assert.fail('still writing after 500 passes');
  }

  get total(): number {
    return this.sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
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
  const progressing = () =>
    model.deployment.status.conditions?.find(({ type }) => type === 'Progressing')?.reason;
  model.settle();
  assert.equal(progressing(), 'NewReplicaSetAvailable');
  model.change({ replicas: 2, image: 'broken' });
  for (let i = 0; i < 5; i++) {
    model.pass();
    for (const set of model.sets.slice(0, 1)) model.run(set, 2);
  }
  model.now += 601_000;
  model.pass();
  assert.equal(progressing(), 'ProgressDeadlineExceeded');
  model.settle();
  assert.equal(progressing(), 'NewReplicaSetAvailable');
});
