import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../base/random.ts';
import { PodInfo } from './pod-info.ts';
import { findPreemption } from './preemption.ts';
import { createProfile } from './profile.ts';
import { examine, schedule } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';
import { testCluster, testNode, testPod } from './test-objects.ts';

const apart = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'x' } } },
    ],
  },
};

const running = fc.record({
  node: fc.nat({ max: 2 }),
  cpu: fc.constantFrom('1', '2'),
  priority: fc.constantFrom(1, 5, 50),
  isApart: fc.boolean(),
});

// Goal: who is asked to go is enough, and nobody is asked in vain: with the victims gone the pod
// fits on that node, and with any one of them still there it doesn't.
test('preemption takes no more than is needed, and no less', () => {
  const profile = createProfile();
  const cluster = fc.array(running, { minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(cluster, fc.constantFrom('1', '3', '4'), (pods, cpu) => {
      let snapshot: Snapshot = testCluster([0, 1, 2].map((i) => testNode(`n${i}`)));
      pods.forEach(({ node, cpu, priority, isApart }, i) => {
        const spec = { priority, ...(isApart && { affinity: apart }) };
        const pod = testPod(`q${i}`, { requests: { cpu }, spec });
        snapshot = snapshot.withPod(new PodInfo(pod), `n${node}`);
      });
      const pod = new PodInfo(
        testPod('p', { labels: { app: 'x' }, requests: { cpu }, spec: { priority: 10 } }),
      );
      if (schedule(profile, snapshot, pod).type === 'placed') return;
      const input = { budgets: [], random: seededRandom(3) };
      const examination = examine(profile, snapshot, pod);
      const found = findPreemption(profile, snapshot, pod, examination, input);
      if (found.type === 'none') return;
      const { node, victims } = found;
      const fitsWithout = (gone: readonly PodInfo[]) => {
        const rest = gone.reduce((left, each) => left.withoutPod(each, node), snapshot);
        return examine(profile, rest, pod).feasible.some(({ name }) => name === node);
      };
      assert.ok(victims.every(({ priority }) => priority < 10));
      assert.ok(fitsWithout(victims));
      for (const spared of victims) {
        assert.ok(!fitsWithout(victims.filter((each) => each !== spared)), spared.key);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});
