import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { podsToCome } from './pods-back.ts';

const pod = (uid: string, status: 'True' | 'False', containerID: string, metadata: object = {}) =>
  ({
    metadata: { uid, name: uid, ...metadata },
    status: { conditions: [{ type: 'Ready', status }], containerStatuses: [{ containerID }] },
  }) as unknown as Pod;
const before = pod('a', 'True', 'containerd://1');

for (const { name, now, haveSurvived = false, want } of [
  { name: 'a status of the last life', now: [before], want: ['a'] },
  { name: 'containers that went on', now: [before], haveSurvived: true, want: [] },
  { name: 'one that starts', now: [pod('a', 'False', 'containerd://2')], want: ['a'] },
  { name: 'one that is ready again', now: [pod('a', 'True', 'containerd://2')], want: [] },
  {
    name: 'one that went on, and is not ready any more',
    now: [pod('a', 'False', 'containerd://1')],
    haveSurvived: true,
    want: ['a'],
  },
  { name: 'one that is gone, and another', now: [pod('b', 'False', '')], want: [] },
  {
    name: 'one that is about to go',
    now: [pod('a', 'False', '', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    want: [],
  },
  {
    name: 'one that is not started again',
    now: [{ ...before, status: { phase: 'Failed' } } as Pod],
    want: [],
  },
]) {
  test(`pods to come: ${name}`, () => {
    const toCome = podsToCome({ ready: [before], haveSurvived }, now);
    assert.deepEqual(
      toCome.map(({ metadata }) => metadata.name),
      want,
    );
  });
}
