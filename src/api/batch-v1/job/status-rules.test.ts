import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made, withStatus } from '../../fixture.ts';
import { jobs } from './job.ts';

// Goal: whoever keeps a job's status, what is finished stays so, and numbers add up.

const pod = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] };
const isTrue = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));
const times = { startTime: '2026-03-04T05:00:00Z', completionTime: '2026-03-04T05:01:00Z' };
const complete = { ...times, conditions: isTrue('SuccessCriteriaMet', 'Complete') };
const indexes = { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 };

for (const { name, spec = {}, before = {}, after, want } of [
  { name: 'a job that is done', after: { ...complete, succeeded: 1 }, want: [] },
  {
    name: 'done without a beginning or an end',
    after: { conditions: complete.conditions },
    want: [
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.startTime: Required value: startTime is required for finished job',
    ],
  },
  {
    name: 'done before a beginning, as there is nothing to do',
    spec: { suspend: true, completions: 0 },
    after: { conditions: complete.conditions, completionTime: times.completionTime },
    want: [],
  },
  {
    name: 'done, but no more as wanted',
    before: complete,
    after: { conditions: isTrue('Complete') },
    want: [
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
  },
  {
    name: 'done while pods run',
    after: { ...complete, active: 1 },
    want: ['status.active: Invalid value: 1: active>0 is invalid for finished job'],
  },
  {
    name: 'not done after all',
    before: complete,
    after: { conditions: null, completionTime: null },
    want: [
      'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
      'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
  },
  {
    name: 'another start',
    before: { startTime: times.startTime },
    after: { startTime: times.completionTime },
    want: ['status.startTime: Required value: startTime cannot be removed for unsuspended job'],
  },
  {
    name: 'another start of a job that goes on',
    before: {
      startTime: times.startTime,
      conditions: [{ type: 'Suspended', status: 'True' }],
    },
    after: { startTime: times.completionTime, conditions: null },
    want: [],
  },
  {
    name: 'fewer failures than before',
    before: { failed: 3 },
    after: { failed: 2 },
    want: ['status.failed: Invalid value: 2: cannot decrease the failed counter'],
  },
  {
    name: 'another end',
    before: complete,
    after: { completionTime: '2026-03-04T05:02:00Z' },
    want: [
      'status.completionTime: Invalid value: "2026-03-04T05:02:00Z": completionTime cannot be mutated',
    ],
  },
  {
    name: 'an index that failed and succeeded',
    spec: indexes,
    after: { completedIndexes: '0-2', failedIndexes: '2,4' },
    want: [
      'status.failedIndexes: Invalid value: "2,4": failedIndexes and completedIndexes overlap at index: 2',
    ],
  },
  {
    name: 'indexes out of order',
    spec: indexes,
    after: { completedIndexes: '3,1' },
    want: [
      'status.completedIndexes: Invalid value: "3,1": error parsing completedIndexes: non-increasing order, previous: 3, current: 1',
    ],
  },
  {
    name: 'an old fault that this update leaves alone',
    before: { active: 1, ready: 2 },
    after: { failed: 1 },
    want: [],
  },
  {
    name: 'a pod counted twice',
    after: { uncountedTerminatedPods: { succeeded: ['a'], failed: ['a', ''] } },
    want: [
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      'status.uncountedTerminatedPods.failed[1]: Invalid value: "": must not be empty',
    ],
  },
]) {
  test(name, () => {
    const previous = withStatus(made(jobs, { spec: { template: { spec: pod }, ...spec } }), before);
    assert.deepEqual(changed(jobs, previous, { status: after }, 'status').errors, want);
  });
}
