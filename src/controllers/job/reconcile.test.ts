import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobSpec, JobStatus } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { NO_BACKOFF } from './backoff.ts';
import { TRACKING } from './job-pods.ts';
import { type Observed, reconcileJob } from './reconcile.ts';

// Goal: pin the decision table. Each row is one observed world and the actions it must produce.

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (seconds: number): string => toTime(NOW - seconds * 1000);

interface PodFacts {
  readonly name: string;
  readonly phase?: Pod['status']['phase'];
  readonly index?: number;
  /** Failures of its index before it. */
  readonly failures?: number;
  readonly exitCode?: number;
  readonly endedS?: number;
  readonly isGoing?: boolean;
  /** Its end was counted already. */
  readonly isReleased?: boolean;
  readonly isReady?: boolean;
  readonly owner?: 'job' | 'none';
  readonly restarts?: number;
  /** Its node didn't take it: no container of it has ever run. */
  readonly isRefused?: boolean;
}

function podOf(facts: PodFacts): Pod {
  const { name, phase = 'Running', index, failures, exitCode, endedS = 60 } = facts;
  const annotations = {
    ...(index !== undefined && { 'batch.kubernetes.io/job-completion-index': String(index) }),
    ...(failures !== undefined && { 'batch.kubernetes.io/job-index-failure-count': `${failures}` }),
  };
  const terminated = { exitCode, finishedAt: ago(endedS) };
  const reference = { apiVersion: 'batch/v1', kind: 'Job', name: 'pi', uid: 'job' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      namespace: 'shop',
      labels: { job: 'pi' },
      annotations,
      creationTimestamp: ago(100),
      ...(facts.owner !== 'none' && { ownerReferences: [{ ...reference, controller: true }] }),
      ...(!facts.isReleased && { finalizers: [TRACKING] }),
      ...(facts.isGoing && { deletionTimestamp: ago(0) }),
    },
    spec: { containers: [] },
    status: {
      phase,
      ...(!facts.isRefused && {
        conditions: [{ type: 'Ready', status: facts.isReady ? 'True' : 'False' }],
        containerStatuses: [
          {
            name: 'main',
            restartCount: facts.restarts ?? 0,
            state: exitCode === undefined && phase === 'Running' ? {} : { terminated },
          },
        ],
      }),
    },
  } as unknown as Pod;
}

interface World {
  readonly spec?: Partial<JobSpec>;
  readonly status?: Partial<JobStatus>;
  readonly pods?: readonly PodFacts[];
  readonly isGoing?: boolean;
  readonly more?: Partial<Observed>;
}

const STARTED: Partial<JobStatus> = {
  startTime: ago(100),
  ready: 0,
  terminating: 0,
  uncountedTerminatedPods: {},
};

function observed({ spec, status = STARTED, pods = [], isGoing, more }: World): Observed {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'pi',
      uid: 'job',
      namespace: 'shop',
      ...(isGoing && { deletionTimestamp: ago(0) }),
    },
    spec: {
      completions: 2,
      parallelism: 2,
      backoffLimit: 6,
      selector: { matchLabels: { job: 'pi' } },
      template: { spec: { restartPolicy: 'Never', containers: [] } },
      ...spec,
    },
    status,
  } as unknown as Job;
  return { job, pods: pods.map(podOf), backoff: NO_BACKOFF, now: NOW, ...more };
}

/** Actions in short; status writes are tested by themselves. */
const summary = (world: World): string[] =>
  reconcileJob(observed(world)).flatMap((action) => {
    if (action.type === 'wait') return [`wait ${action.forMs}`];
    if (action.type === 'updateStatus') return [];
    if (action.type !== 'createPod') return [`${action.type} ${action.pod.metadata.name}`];
    return [action.index === undefined ? 'createPod' : `createPod ${action.index}`];
  });

const indexed = { completionMode: 'Indexed', completions: 3, parallelism: 3 } as const;
const ignoring = {
  podFailurePolicy: {
    rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [42] } }],
  },
} as const;

const rows: readonly { name: string; world: World; want: string[] }[] = [
  {
    name: 'makes as many pods as may run at once',
    world: { spec: { completions: 5 } },
    want: ['createPod', 'createPod'],
  },
  {
    name: 'makes no more pods than are left to succeed',
    world: { status: { ...STARTED, succeeded: 1 }, pods: [] },
    want: ['createPod'],
  },
  {
    name: 'lets the others end by themselves once one has succeeded, when nobody said how many',
    world: {
      spec: { completions: undefined as never },
      status: { ...STARTED, succeeded: 1 },
      pods: [{ name: 'a' }],
    },
    want: [],
  },
  {
    name: 'lets go of a pod that has succeeded, and makes the next',
    world: {
      spec: { completions: 3 },
      pods: [{ name: 'a', phase: 'Succeeded' }, { name: 'b' }],
    },
    want: ['untrackPod a', 'createPod'],
  },
  {
    name: 'waits ten seconds after a failure',
    world: { pods: [{ name: 'a', phase: 'Failed', endedS: 4 }, { name: 'b' }] },
    want: ['untrackPod a', 'wait 6000'],
  },
  {
    name: 'waits longer after each failure',
    world: { more: { backoff: { failures: 4, lastFailureMs: NOW - 10_000 } } },
    want: ['wait 70000'],
  },
  {
    name: 'drops pods that are too many, not ready ones first',
    world: { spec: { parallelism: 1 }, pods: [{ name: 'a', isReady: true }, { name: 'b' }] },
    want: ['dropPod b'],
  },
  {
    name: 'drops all pods of a suspended job',
    world: { spec: { suspend: true }, pods: [{ name: 'a' }, { name: 'b' }] },
    want: ['dropPod a', 'dropPod b'],
  },
  {
    name: 'ends all pods once it has failed too often',
    world: { status: { ...STARTED, failed: 7 }, pods: [{ name: 'a' }] },
    want: ['untrackPod a', 'endPod a'],
  },
  {
    name: 'ends all pods when containers were restarted too often',
    world: {
      spec: {
        backoffLimit: 2,
        template: { spec: { restartPolicy: 'OnFailure', containers: [] } } as never,
      },
      pods: [{ name: 'a', restarts: 2 }],
    },
    want: ['untrackPod a', 'endPod a'],
  },
  {
    name: 'looks again when its time is up',
    world: { spec: { activeDeadlineSeconds: 130 }, pods: [{ name: 'a' }, { name: 'b' }] },
    want: ['wait 30000'],
  },
  {
    name: 'ends all pods when its time is up',
    world: { spec: { activeDeadlineSeconds: 100 }, pods: [{ name: 'a' }] },
    want: ['untrackPod a', 'endPod a'],
  },
  {
    name: 'counts a pod that is going as failed, and replaces it',
    world: {
      pods: [{ name: 'a', isGoing: true }, { name: 'b' }],
      more: { backoff: NO_BACKOFF, now: NOW + 60_000 },
    },
    want: ['untrackPod a', 'createPod'],
  },
  {
    name: 'waits until a pod has failed before it replaces it, when told so',
    world: {
      spec: { podReplacementPolicy: 'Failed' },
      pods: [{ name: 'a', isGoing: true }, { name: 'b' }],
    },
    want: [],
  },
  {
    name: 'makes a pod for each index that nobody works on',
    world: { spec: indexed, pods: [{ name: 'b', index: 1 }] },
    want: ['createPod 0', 'createPod 2'],
  },
  {
    name: 'makes no pod for an index that has succeeded',
    world: {
      spec: indexed,
      status: { ...STARTED, completedIndexes: '0,1', succeeded: 2 },
      pods: [],
    },
    want: ['createPod 2'],
  },
  {
    name: 'drops pods of no index, or of one that another works on',
    world: {
      spec: indexed,
      pods: [
        { name: 'a', index: 0, isReady: true },
        { name: 'b', index: 0 },
        { name: 'c', index: 7 },
        { name: 'd' },
      ],
    },
    want: ['dropPod b', 'dropPod c', 'dropPod d'],
  },
  {
    name: 'keeps a failed pod until that of its index can remember it',
    world: {
      spec: { ...indexed, backoffLimitPerIndex: 1 },
      pods: [{ name: 'a', index: 0, phase: 'Failed', failures: 0, endedS: 4 }],
    },
    want: ['createPod 1', 'createPod 2', 'wait 6000'],
  },
  {
    name: 'tries an index again whose pod was refused by its node',
    world: {
      spec: { ...indexed, completions: 1, backoffLimitPerIndex: 1 },
      pods: [{ name: 'a', index: 0, phase: 'Failed', failures: 0, isRefused: true }],
    },
    want: ['createPod 0'],
  },
  {
    name: 'lets go of it once there is a new one',
    world: {
      spec: { ...indexed, completions: 1, backoffLimitPerIndex: 1 },
      pods: [
        { name: 'a', index: 0, phase: 'Failed', failures: 0 },
        { name: 'b', index: 0, failures: 1 },
      ],
    },
    want: ['untrackPod a'],
  },
  {
    name: 'gives an index up that has failed too often, and the job with the last of them',
    world: {
      spec: { ...indexed, completions: 1, backoffLimitPerIndex: 1 },
      pods: [{ name: 'a', index: 0, phase: 'Failed', failures: 1 }],
    },
    want: ['untrackPod a'],
  },
  {
    name: 'ends all pods when enough indexes have succeeded',
    world: {
      spec: {
        ...indexed,
        successPolicy: { rules: [{ succeededIndexes: '1-2', succeededCount: 1 }] },
      },
      pods: [
        { name: 'a', index: 0 },
        { name: 'b', index: 1, phase: 'Succeeded' },
      ],
    },
    want: ['untrackPod a', 'untrackPod b', 'endPod a'],
  },
  {
    name: 'takes in orphans before anything else',
    world: { pods: [{ name: 'a', owner: 'none' }] },
    want: ['adoptPod a'],
  },
  {
    name: 'makes nothing for a job that is going, and lets go of its pods',
    world: { isGoing: true, pods: [{ name: 'a', isGoing: true }] },
    want: ['untrackPod a'],
  },
  {
    name: "leaves another controller's job alone",
    world: { spec: { managedBy: 'example.com/jobs' } },
    want: [],
  },
  {
    name: 'leaves a finished job alone',
    world: { status: { ...STARTED, conditions: [{ type: 'Failed', status: 'True' }] } },
    want: [],
  },
];

for (const { name, world, want } of rows) {
  test(name, () => assert.deepEqual(summary(world), want));
}

function written(world: World) {
  const action = reconcileJob(observed(world)).find(({ type }) => type === 'updateStatus');
  assert.ok(action?.type === 'updateStatus');
  const { conditions = [], ...counts } = action.status;
  const short = conditions.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  const told = action.events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  return { counts, conditions: short, told, backoff: action.backoff };
}

const announced = (type: string, reason: string, message: string): Partial<JobStatus> => ({
  ...STARTED,
  conditions: [{ type, status: 'True', reason, message }],
});

test('a job starts with the pods that it makes', () => {
  const { counts } = written({ status: {} });
  assert.deepEqual(counts, {
    startTime: ago(0),
    active: 2,
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
  });
});

test('pods that could not be made are not counted in advance', () => {
  const failure = { reason: 'FailedCreate', message: 'no' } as const;
  assert.equal(written({ status: {}, more: { failure } }).counts.active, undefined);
});

test('the end of a pod is noted first and counted when it was let go of', () => {
  const pods = [
    { name: 'a', phase: 'Succeeded' },
    { name: 'b', phase: 'Failed' },
  ] as const;
  const first = written({ spec: { completions: 9 }, pods });
  assert.deepEqual(first.counts.uncountedTerminatedPods, { succeeded: ['a'], failed: ['b'] });
  assert.equal(first.counts.succeeded, undefined);
  const second = written({
    spec: { completions: 9 },
    status: first.counts,
    pods: pods.map((pod) => ({ ...pod, isReleased: true })),
  });
  assert.deepEqual(second.counts.uncountedTerminatedPods, {});
  assert.deepEqual([second.counts.succeeded, second.counts.failed], [1, 1]);
});

test('failures that the policy ignores are not counted', () => {
  const { counts } = written({
    spec: ignoring,
    pods: [{ name: 'a', phase: 'Failed', exitCode: 42 }],
  });
  assert.deepEqual(counts.uncountedTerminatedPods, {});
});

test('a policy fails the whole job', () => {
  const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } }] as const;
  const { conditions } = written({
    spec: { podFailurePolicy: { rules } },
    pods: [{ name: 'a', phase: 'Failed', exitCode: 3 }],
  });
  assert.deepEqual(conditions, [
    'FailureTarget PodFailurePolicy: Container main for pod shop/a failed with exit code 3 matching FailJob rule at index 0',
  ]);
});

test('pods that are ended by success have not failed', () => {
  const { counts } = written({
    spec: { ...indexed, successPolicy: { rules: [{ succeededCount: 1 }] } },
    pods: [
      { name: 'a', index: 0 },
      { name: 'b', index: 1, phase: 'Succeeded' },
    ],
  });
  assert.deepEqual(counts.uncountedTerminatedPods, {});
  assert.deepEqual([counts.succeeded, counts.completedIndexes], [1, '1']);
});

test('success is announced before it is told', () => {
  const reached = 'Reached expected number of succeeded pods';
  const status = { ...STARTED, succeeded: 2 };
  assert.deepEqual(written({ status }).conditions, [
    `SuccessCriteriaMet CompletionsReached: ${reached}`,
  ]);
  const met = announced('SuccessCriteriaMet', 'CompletionsReached', reached);
  const { counts, conditions, told } = written({ status: { ...met, succeeded: 2 } });
  assert.equal(conditions[1], `Complete CompletionsReached: ${reached}`);
  assert.equal(counts.completionTime, ago(0));
  assert.deepEqual(told, ['Normal Completed: Job completed']);
});

test('a job has failed only when none of its pods is left', () => {
  const limit = 'Job has reached the specified backoff limit';
  const status = announced('FailureTarget', 'BackoffLimitExceeded', limit);
  const going = { name: 'a', isGoing: true, isReleased: true };
  const ending = written({ status: { ...status, failed: 7 }, pods: [going] });
  assert.equal(ending.conditions.length, 1);
  assert.equal(ending.counts.terminating, 1);
  const { conditions, told } = written({ status: { ...status, failed: 7 } });
  assert.equal(conditions[1], `Failed BackoffLimitExceeded: ${limit}`);
  assert.deepEqual(told, [`Warning BackoffLimitExceeded: ${limit}`]);
});

test('a job that goes on begins anew to count its time', () => {
  const status = announced('Suspended', 'JobSuspended', 'Job suspended');
  const { counts, conditions, told } = written({ status });
  assert.deepEqual(conditions, ['Suspended JobResumed: Job resumed']);
  assert.equal(counts.startTime, ago(0));
  assert.deepEqual(told, ['Normal Resumed: Job resumed']);
});

test('a suspended job has no time that runs', () => {
  const { counts, conditions, told } = written({ spec: { suspend: true } });
  assert.equal(counts.startTime, undefined);
  assert.deepEqual(conditions, ['Suspended JobSuspended: Job suspended']);
  assert.deepEqual(told, ['Normal Suspended: Job suspended']);
});

test('a settled job wants no write', () => {
  const status = { ...STARTED, active: 2, ready: 1 };
  const pods = [{ name: 'a', isReady: true }, { name: 'b' }];
  assert.deepEqual(reconcileJob(observed({ status, pods })), []);
});
