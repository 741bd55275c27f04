import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../api/generated/batch/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { reconcileTtl } from './controller.ts';

// Goal: pin when a finished Job goes.

const NOW = Date.UTC(2026, 0, 1);
const finished = (type: string, secondsAgo: number) => ({
  conditions: [{ type, status: 'True', lastTransitionTime: toTime(NOW - secondsAgo * 1000) }],
});

for (const { name, ttl, status, deletionTimestamp, want } of [
  { name: 'one that runs stays', ttl: 0, status: {}, want: [] },
  { name: 'one that names no time stays', status: finished('Complete', 900), want: [] },
  {
    name: 'one whose time is over goes',
    ttl: 60,
    status: finished('Failed', 60),
    want: ['deleteJob'],
  },
  { name: 'one goes at once', ttl: 0, status: finished('Complete', 0), want: ['deleteJob'] },
  { name: 'one stays for a while', ttl: 60, status: finished('Complete', 20), want: [40_000] },
  {
    name: 'one that is going is left alone',
    ttl: 0,
    status: finished('Complete', 5),
    deletionTimestamp: toTime(NOW),
    want: [],
  },
]) {
  test(name, () => {
    const spec = { ...(ttl !== undefined && { ttlSecondsAfterFinished: ttl }) };
    const metadata = { name: 'a', ...(deletionTimestamp && { deletionTimestamp }) };
    const actions = reconcileTtl({ job: { metadata, spec, status } as unknown as Job, now: NOW });
    assert.deepEqual(
      actions.map((action) => (action.type === 'wait' ? action.forMs : action.type)),
      want,
    );
  });
}
