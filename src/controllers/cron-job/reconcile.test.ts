import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  CronJob,
  CronJobSpec,
  CronJobStatus,
  Job,
} from '../../api/generated/batch/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Observed, reconcileCronJob } from './reconcile.ts';

// Goal: pin the decision table. Each row is one observed world and the actions it must produce.

const NOW = Date.UTC(2026, 0, 1, 12, 0, 30);
const at = (time: string): string => `2026-01-01T${time}Z`;

interface JobFacts {
  readonly name: string;
  readonly end?: 'Complete' | 'Failed';
  readonly started?: string;
  readonly completed?: string;
  /** The time that it was made for. */
  readonly scheduled?: string;
}

const jobOf = ({ name, end, started, completed, scheduled }: JobFacts): Job =>
  ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      uid: name,
      namespace: 'shop',
      ...(scheduled && {
        annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': scheduled },
      }),
    },
    spec: {},
    status: {
      ...(started && { startTime: started }),
      ...(completed && { completionTime: completed }),
      ...(end && { conditions: [{ type: end, status: 'True' }] }),
    },
  }) as unknown as Job;

interface World {
  readonly spec?: Partial<CronJobSpec>;
  readonly status?: CronJobStatus;
  readonly jobs?: readonly JobFacts[];
  readonly isGoing?: boolean;
  readonly changedMs?: number;
}

const active = (...names: string[]) => ({
  active: names.map((name) => ({ kind: 'Job', name, uid: name, namespace: 'shop' })),
});

function observed({ spec, status = {}, jobs = [], isGoing, changedMs }: World): Observed {
  const cronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: 'tick',
      uid: 'cron',
      namespace: 'shop',
      creationTimestamp: at('11:59:10'),
      ...(isGoing && { deletionTimestamp: at('12:00:00') }),
    },
    spec: {
      schedule: '* * * * *',
      concurrencyPolicy: 'Allow',
      jobTemplate: { spec: { template: {} } },
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      ...spec,
    },
    status,
  } as unknown as CronJob;
  const isThere = (name: string) => jobs.some((job) => job.name === name);
  return { cronJob, jobs: jobs.map(jobOf), isThere, changedMs, now: NOW };
}

const summary = (world: World): string[] =>
  reconcileCronJob(observed(world)).flatMap((action) => {
    switch (action.type) {
      case 'wait':
        return [`wait ${action.forMs}`];
      case 'tell':
        return [`${action.event.reason}: ${action.event.message}`];
      case 'updateStatus': {
        const names = (action.status.active ?? []).map(({ name }) => name).join();
        const told = action.events.map(({ reason, message }) => `${reason}: ${message}`);
        return [`status [${names}] ${action.status.lastScheduleTime ?? ''}`.trim(), ...told];
      }
      default:
        return [`${action.type} ${action.job.metadata.name}`];
    }
  });

// Minutes since the epoch of noon, and of the minute before.
const NOON = 'tick-29454480';
const BEFORE = 'tick-29454479';
const STARTED = { lastScheduleTime: at('12:00:00') };

const rows: readonly { name: string; world: World; want: string[] }[] = [
  {
    name: 'starts the job that is due, and waits for the next',
    world: {},
    want: [`startJob ${NOON}`, `status [] ${at('12:00:00')}`, 'wait 30100'],
  },
  { name: 'starts no job twice', world: { status: STARTED }, want: ['wait 30100'] },
  {
    name: 'starts only the last of those that were missed',
    world: { status: { lastScheduleTime: at('11:30:00') } },
    want: [`startJob ${NOON}`, `status [] ${at('12:00:00')}`, 'wait 30100'],
  },
  {
    name: 'starts the last that was missed before a longer pause',
    world: {
      spec: { schedule: '*/15 8,9 * * *' },
      status: { lastScheduleTime: at('08:45:00') },
    },
    want: [`startJob tick-${29454480 - 135}`, `status [] ${at('09:45:00')}`, 'wait 71970100'],
  },
  {
    name: 'starts the last of an interval that was missed',
    world: {
      spec: { schedule: '@every 7m' },
      status: { lastScheduleTime: at('11:30:00') },
    },
    want: [`startJob ${BEFORE.slice(0, -1)}8`, `status [] ${at('11:58:00')}`, 'wait 270100'],
  },
  {
    name: 'tells when very many were missed',
    world: { status: { lastScheduleTime: at('02:00:00') } },
    want: [
      'TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      `startJob ${NOON}`,
      `status [] ${at('12:00:00')}`,
      'wait 30100',
    ],
  },
  {
    name: 'starts none that is later than its deadline',
    world: { spec: { startingDeadlineSeconds: 20 } },
    want: ['wait 30100'],
  },
  {
    name: 'makes up for nothing that a new schedule would have started before',
    world: { changedMs: NOW - 5000 },
    want: ['wait 30100'],
  },
  { name: 'starts nothing while it is suspended', world: { spec: { suspend: true } }, want: [] },
  { name: 'starts nothing when it is going', world: { isGoing: true }, want: [] },
  {
    name: 'starts a job beside another',
    world: { status: active(BEFORE), jobs: [{ name: BEFORE }] },
    want: [`startJob ${NOON}`, `status [${BEFORE}] ${at('12:00:00')}`, 'wait 30100'],
  },
  {
    name: 'starts none beside another that forbids it',
    world: {
      spec: { concurrencyPolicy: 'Forbid' },
      status: active(BEFORE),
      jobs: [{ name: BEFORE }],
    },
    want: [
      'JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid',
      'wait 30100',
    ],
  },
  {
    name: 'replaces the one before',
    world: {
      spec: { concurrencyPolicy: 'Replace' },
      status: active(BEFORE),
      jobs: [{ name: BEFORE }],
    },
    want: [`deleteJob ${BEFORE}`, `startJob ${NOON}`, `status [] ${at('12:00:00')}`, 'wait 30100'],
  },
  {
    name: 'tells of jobs that have ended or gone before it starts others',
    world: {
      status: { ...STARTED, ...active('a', 'b', 'c') },
      jobs: [{ name: 'a', end: 'Failed' }, { name: 'c' }],
    },
    want: [
      `status [c] ${at('12:00:00')}`,
      'SawCompletedJob: Saw completed job: a, status: Failed',
      'MissingJob: Active job went missing: b',
    ],
  },
  {
    name: 'notes a job that it started and could not note, and starts none beside it',
    world: {
      spec: { concurrencyPolicy: 'Forbid' },
      status: {},
      jobs: [{ name: BEFORE, scheduled: at('11:59:00') }],
    },
    want: [`status [${BEFORE}]`],
  },
  {
    name: 'tells of a job that it did not start',
    world: { status: STARTED, jobs: [{ name: 'manual' }] },
    want: [
      'UnexpectedJob: Saw a job that the controller did not create or forgot: manual',
      'wait 30100',
    ],
  },
  {
    name: 'notes a job of its own that it could not note before',
    world: { jobs: [{ name: NOON }] },
    want: [`startJob ${NOON}`, `status [] ${at('12:00:00')}`, 'wait 30100'],
  },
  {
    name: 'keeps the newest of the jobs that have ended',
    world: {
      status: { ...STARTED, lastSuccessfulTime: at('11:58:20') },
      jobs: [
        { name: 'a', end: 'Complete', started: at('11:58:00'), completed: at('11:58:20') },
        { name: 'b', end: 'Complete', started: at('11:57:00'), completed: at('11:57:20') },
        { name: 'c', end: 'Failed', started: at('11:56:00') },
      ],
    },
    want: ['wait 30100', 'deleteJob b'],
  },
  {
    name: 'says that it does not know a time zone',
    world: { spec: { timeZone: 'Mars/Base' } },
    want: ['UnknownTimeZone: invalid timeZone: "Mars/Base": unknown time zone Mars/Base'],
  },
  {
    name: 'says that a schedule never comes',
    world: { spec: { schedule: '0 0 31 2 *' } },
    want: [
      'InvalidSchedule: invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second',
    ],
  },
];

for (const { name, world, want } of rows) {
  test(name, () => assert.deepEqual(summary(world), want));
}

test('a job says for when it was, as clocks show it there', () => {
  const start = reconcileCronJob(
    observed({ spec: { schedule: '30 17 * * *', timeZone: 'Asia/Kolkata' } }),
  ).find(({ type }) => type === 'startJob');
  assert.ok(start?.type === 'startJob');
  assert.deepEqual(start.job.metadata.annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T17:30:00+05:30',
  });
});

test('the time of the last success is remembered', () => {
  const [told] = reconcileCronJob(
    observed({
      status: { ...STARTED, ...active('a') },
      jobs: [{ name: 'a', end: 'Complete', completed: at('11:59:50') }],
    }),
  );
  assert.ok(told?.type === 'updateStatus');
  assert.equal(told.status.lastSuccessfulTime, at('11:59:50'));
  assert.equal(toTime(NOW), at('12:00:30'));
});
