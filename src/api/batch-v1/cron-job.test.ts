import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { cronJobs } from './cron-job.ts';

// Goal: what is filled in, refused, kept and shown of a CronJob.

const pod = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] };
const body = (spec: object = {}) => ({
  spec: { schedule: '0 6 * * 1', jobTemplate: { spec: { template: { spec: pod } } }, ...spec },
});

test('what is left out is filled in, but for the job itself', () => {
  const { spec } = made(cronJobs, body());
  const { concurrencyPolicy, suspend, successfulJobsHistoryLimit: kept } = spec;
  assert.deepEqual([concurrencyPolicy, suspend, kept], ['Allow', false, 3]);
  assert.equal(spec.failedJobsHistoryLimit, 1);
  assert.equal(spec.jobTemplate.spec?.completions, undefined);
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: { timeZone: 'Europe/Berlin' }, want: [] },
  { name: 'no schedule', spec: { schedule: '' }, want: ['spec.schedule: Required value'] },
  {
    name: 'a zone in the schedule',
    spec: { schedule: 'TZ=UTC 0 6 * * 1' },
    want: [
      'spec.schedule: Invalid value: "TZ=UTC 0 6 * * 1": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  },
  {
    name: 'a zone by another case',
    spec: { timeZone: 'europe/berlin' },
    want: ['spec.timeZone: Invalid value: "europe/berlin": unknown time zone europe/berlin'],
  },
  {
    name: 'a selector, which is generated',
    spec: {
      jobTemplate: {
        spec: { template: { spec: pod }, selector: { matchLabels: { a: 'b' } } },
      },
    },
    want: [
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
    ],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(cronJobs, body(spec)), want));
}

for (const { length, isRefused } of [
  { length: 52, isRefused: false },
  { length: 53, isRefused: true },
]) {
  test(`a name of ${length} characters is ${isRefused ? 'too long' : 'fine'}`, () => {
    const named = { ...body(), metadata: { name: 'x'.repeat(length) } };
    assert.equal(refusals(cronJobs, named).length, isRefused ? 1 : 0);
  });
}

test('a zone that was in the schedule may stay there, with a warning', () => {
  const previous = made(cronJobs, body({ schedule: 'TZ=UTC 0 6 * * 1' }));
  const { object, errors } = changed(cronJobs, previous, { spec: { suspend: true } });
  assert.deepEqual(errors, []);
  const want = /^cannot use TZ or CRON_TZ in spec\.spec\.schedule, use timeZone instead, see https/;
  assert.match(cronJobs.warnings?.(object, previous).join() ?? '', want);
});

test('cells', () => {
  const status = { active: [{ name: 'a' }], lastScheduleTime: '2026-03-04T05:05:07Z' };
  const cells = cellsOf(cronJobs, withStatus(made(cronJobs, body({ suspend: true })), status));
  assert.equal(cells.Suspend, 'True');
  assert.equal(cells.Active, 1);
  assert.equal(cells['Last Schedule'], '60s');
  assert.equal(cells.Timezone, '<none>');
});
