import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitMessage, rejectingPlugins } from './fit-message.ts';
import type { Examination } from './schedule.ts';
import { type Rejection, unresolvable, unschedulable } from './verdict.ts';

const examination = (
  nodeCount: number,
  rejections: readonly Rejection[],
  more: Partial<Examination> = {},
): Examination => ({
  nodeCount,
  feasible: [],
  verdicts: rejections.map((rejection, i) => ({ node: `n${i}`, plugin: `P${i % 2}`, rejection })),
  isRefused: false,
  ...more,
});

const cpu = unschedulable('Insufficient cpu');
const taint = unresolvable('node(s) had untolerated taint(s)');
const both: Rejection = {
  resolvable: true,
  reasons: [{ message: 'Insufficient cpu' }, { message: 'Insufficient memory' }],
};
const outside = {
  plugin: 'NodeAffinity',
  rejection: unresolvable("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
};
const unbound = {
  plugin: 'VolumeBinding',
  rejection: unresolvable('pod has unbound immediate PersistentVolumeClaims'),
};

// Goal: the messages that users, and tools that parse them, know from Kubernetes.
for (const { of, afterwards = '', want } of [
  { of: examination(0, []), want: 'no nodes available to schedule pods' },
  { of: examination(2, [cpu, cpu]), want: '0/2 nodes are available: 2 Insufficient cpu.' },
  {
    of: examination(3, [taint, cpu, both]),
    afterwards: 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    want: '0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 2 Insufficient cpu. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  },
  {
    of: examination(3, [cpu], { rest: outside }),
    want: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  {
    of: examination(3, [], { rest: unbound, isRefused: true }),
    afterwards: 'x',
    want: '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. x',
  },
]) {
  test(want, () => assert.equal(fitMessage(of, afterwards), want));
}

test('a pod waits for every plugin that refused it anywhere', () => {
  const plugins = rejectingPlugins(examination(3, [cpu, taint, cpu], { rest: outside }));
  assert.deepEqual([...plugins], ['P0', 'P1', 'NodeAffinity']);
});
