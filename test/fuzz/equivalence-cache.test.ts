import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PodSpec, Taint } from '../../src/api/generated/core/v1/types.ts';
import { EquivalenceCache } from '../../src/scheduler/equivalence-cache.ts';
import { PodInfo } from '../../src/scheduler/pod-info.ts';
import { createProfile } from '../../src/scheduler/profile.ts';
import { amount, type ResourceList } from '../../src/scheduler/resources.ts';
import { type Outcome, schedule } from '../../src/scheduler/schedule.ts';
import { Snapshot } from '../../src/scheduler/snapshot.ts';
import { type PodParts, testCluster, testNode, testPod } from '../../src/scheduler/test-objects.ts';

const APPS = ['web', 'db'];
const ZONES = ['a', 'b', 'c', undefined];
const KEYS = ['kubernetes.io/hostname', 'zone', 'absent'];

const app = fc.constantFrom(...APPS);
const zone = fc.constantFrom(...ZONES);
const topologyKey = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...KEYS.slice(0, 2)) },
  { weight: 1, arbitrary: fc.constantFrom(...KEYS) },
);
const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4, nil: undefined });

const taint = fc.record({
  key: fc.constantFrom('gpu', 'old'),
  effect: fc.constantFrom<Taint['effect']>('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
});

const node = fc.record({
  zone,
  taints: fc.array(taint, { maxLength: 1 }),
  cpu: fc.constantFrom('1', '8', '32'),
  pods: fc.constantFrom('3', '110', '110'),
  unschedulable: fc.boolean().map((yes) => yes && undefined),
  image: fc.boolean(),
  hostname: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('n0') },
  ),
});

const selectorOf = (name: string) => ({ matchLabels: { app: name } });
const term = fc.record({ topologyKey, labelSelector: app.map(selectorOf) });
const weighed = fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term });

const podAffinity = fc.record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { minLength: 1, maxLength: 2 }),
    preferredDuringSchedulingIgnoredDuringExecution: fc.array(weighed, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const nodeAffinity = zone
  .filter((value) => value !== undefined)
  .map((value) => ({
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 7,
        preference: {
          matchExpressions: [{ key: 'zone', operator: 'In' as const, values: [value!] }],
        },
      },
    ],
  }));

const spread = fc.record({
  maxSkew: fc.integer({ min: 1, max: 2 }),
  topologyKey,
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'ScheduleAnyway' as const),
  labelSelector: app.map(selectorOf),
  nodeTaintsPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
});

const spec: fc.Arbitrary<Partial<PodSpec>> = fc
  .record({
    affinity: rarely(
      fc.record({ podAffinity, podAntiAffinity: podAffinity, nodeAffinity }, { requiredKeys: [] }),
    ),
    topologySpreadConstraints: rarely(fc.array(spread, { minLength: 1, maxLength: 2 })),
    nodeSelector: rarely(fc.constantFrom({ zone: 'a' }, { zone: 'b' })),
    tolerations: rarely(fc.constant([{ key: 'gpu', operator: 'Exists' as const }])),
    priority: fc.constantFrom(0, 0, 0, 10),
  })
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, part]) => part)));

const template: fc.Arbitrary<PodParts> = fc.record({
  requests: fc.constantFrom<ResourceList>({ cpu: '100m' }, { cpu: '500m', memory: '1Gi' }, {}),
  image: fc.constantFrom('app', 'big'),
  replicaOf: rarely(app) as fc.Arbitrary<string>,
  spec,
});

type Step =
  | { type: 'pods'; of: number; count: number }
  | { type: 'nominate'; of: number; node: number }
  | { type: 'remove'; nth: number }
  | { type: 'node'; nth: number; parts: typeof node extends fc.Arbitrary<infer T> ? T : never }
  | { type: 'removeNode'; nth: number };

const index = fc.nat({ max: 1000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('pods' as const),
      of: index,
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('nominate' as const), of: index, node: index }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), nth: index }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('node' as const), nth: index, parts: node }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('removeNode' as const), nth: index }) },
);

type NodeParts = Extract<Step, { type: 'node' }>['parts'];

function makeNode(nth: number, { zone, taints, cpu, pods, image, hostname }: NodeParts) {
  return testNode(`n${nth}`, {
    labels: {
      ...(zone && { zone }),
      ...(hostname && { 'kubernetes.io/hostname': hostname }),
    },
    taints,
    allocatable: { cpu, pods },
    images: image ? { 'big:latest': 800 * 1024 * 1024 } : {},
  });
}

const shown = (outcome: Outcome) =>
  outcome.type === 'placed'
    ? outcome.node.name
    : outcome.verdicts.map(({ node, rejection }) => [node, rejection.reasons[0]!.message]);

function checkOvercommit({ nodes }: Snapshot): void {
  nodes.forEach(({ facts, load, name }) => {
    assert.ok(load.pods.length <= facts.podsMax || load.pods.length === 0, `${name}: pods`);
    const used = load.pods.reduce((sum, { requests }) => sum + requests.cpuMilli, 0);
    assert.equal(amount(load.requested, 'cpu'), used);
    assert.ok(used <= amount(facts.allocatable, 'cpu'), `${name}: cpu`);
  });
}

// Goal: the cache is an accelerator and nothing else. Whatever happens to a cluster, it places
// each pod on the very node that looking at all nodes anew gives, and gives the same reasons; and
// no node ever gets more than it has.
test('the cache decides as a look at all nodes does, and never overcommits', () => {
  const history = fc.tuple(
    fc.array(node, { minLength: 2, maxLength: 8 }),
    // Alike but for their labels, so that only these can tell them apart.
    fc
      .array(template, { minLength: 1, maxLength: 3 })
      .map((all) =>
        all.flatMap((each) => APPS.map((name) => ({ ...each, labels: { app: name } }))),
      ),
    fc.array(step, { minLength: 5, maxLength: 40 }),
  );
  fc.assert(
    fc.property(history, ([nodes, templates, steps]) => {
      const profile = createProfile();
      const cache = new EquivalenceCache(profile);
      let snapshot = Snapshot.empty(5);
      let made = 0;
      let shrunk = false; // A node that lost capacity under its pods is not the scheduler's fault.
      const running: { pod: PodInfo; node: string }[] = [];
      nodes.forEach((parts, nth) => {
        snapshot = snapshot.withNode(makeNode(nth, parts));
      });
      const place = (pod: PodInfo) => {
        const want = schedule(profile, snapshot, pod);
        const got = cache.schedule(snapshot, pod);
        assert.deepEqual(shown(got), shown(want));
        if (got.type === 'unplaced') return;
        snapshot = snapshot.withPod(pod, got.node.name);
        running.push({ pod, node: got.node.name });
      };
      for (const step of steps) {
        const nth = 'nth' in step ? step.nth : 0;
        if (step.type === 'pods') {
          for (let i = 0; i < step.count; i++) {
            place(new PodInfo(testPod(`p${made++}`, templates[step.of % templates.length]!)));
          }
        } else if (step.type === 'nominate') {
          const of = testPod(`p${made++}`, templates[step.of % templates.length]!);
          const pod = new PodInfo(of, `n${step.node % nodes.length}`);
          snapshot = snapshot.withNominated(pod, pod.nominatedNode!);
          place(pod);
        } else if (step.type === 'remove') {
          const [gone] = running.splice(nth % Math.max(1, running.length), 1);
          if (gone) snapshot = snapshot.withoutPod(gone.pod, gone.node);
        } else if (step.type === 'node') {
          snapshot = snapshot.withNode(makeNode(nth % (nodes.length + 2), step.parts));
          shrunk = true;
        } else {
          snapshot = snapshot.withoutNode(`n${nth % nodes.length}`);
        }
        if (!shrunk) checkOvercommit(snapshot);
      }
    }),
    { numRuns: 1000, seed: 20260101 },
  );
});

// Goal: a pod that is alone of its kind gets a node of a sample, but a sample that is never so small
// that it misses the only feasible node, and that isn't always of the same nodes.
test('a sample finds what is feasible, wherever it is', () => {
  const taints = [{ key: 'x', effect: 'NoSchedule' as const }];
  const nodes = Array.from({ length: 400 }, (_, i) =>
    testNode(`n${i}`, i === 77 || i === 333 ? {} : { taints }),
  );
  let snapshot = testCluster(nodes);
  const cache = new EquivalenceCache(createProfile());
  const priorities = Array.from({ length: 60 }, (_, priority) => priority);
  const placed = (tolerations: PodSpec['tolerations'] = []) =>
    priorities.map((priority) => {
      const pod = new PodInfo(testPod(`p${priority}`, { spec: { priority, tolerations } }));
      const outcome = cache.schedule(snapshot, pod);
      assert.equal(outcome.type, 'placed');
      if (outcome.type === 'placed') snapshot = snapshot.withPod(pod, outcome.node.name);
      return outcome.type === 'placed' ? Number(outcome.node.name.slice(1)) : -1;
    });
  assert.deepEqual([...new Set(placed())].sort(), [333, 77]);
  const anywhere = placed([{ operator: 'Exists' }]);
  assert.ok(anywhere.some((n) => n < 100) && anywhere.some((n) => n > 300), `${anywhere}`);
});
