import { createHash } from 'node:crypto';
import type { Node, Pod, PodSpec } from '../../src/api/generated/core/v1/types.ts';
import { EquivalenceCache } from '../../src/scheduler/equivalence-cache.ts';
import { PodInfo } from '../../src/scheduler/pod-info.ts';
import { createProfile } from '../../src/scheduler/profile.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { Snapshot } from '../../src/scheduler/snapshot.ts';

// What a scheduling decision costs, without the API: from the pod's object to the node taken for
// it. Beside it, the cost of looking at all nodes anew, which is what the cache saves.
// Run it by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`, in which everything takes turns. */
export interface SchedulerBenchSize {
  readonly rounds: number;
  readonly nodes: readonly number[];
  readonly pods: number;
}

const FULL: SchedulerBenchSize = { rounds: 5, nodes: [100, 1_000, 5_000], pods: 2_000 };

/** One figure, in microseconds of CPU for one pod. The hash is of all placements. */
export interface Measurement {
  readonly bench: 'scheduler';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'us/pod';
  readonly hash: string;
}

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const labels = { app: 'web' };
const labelSelector = { matchLabels: labels };

/** Kinds of pods, by what they ask of their surroundings. */
const KINDS: Readonly<Record<string, (i: number) => Partial<Pod['spec']>>> = {
  plain: () => ({}),
  'spread over zones and hosts': () => ({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector },
      { maxSkew: 1, topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    ],
  }),
  'rather apart': () => ({
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: HOSTNAME, labelSelector } },
        ],
      },
    },
  }),
  // Pods that are each unlike all others are the worst case: nothing is known of them beforehand.
  'each another': (i) => ({ priority: i, ...(i % 2 && { nodeSelector: { even: 'no' } }) }),
};

function nodeOf(i: number): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${i}`,
      uid: `node-${i}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        [HOSTNAME]: `node-${i}`,
        [ZONE]: `zone-${i % 3}`,
        even: i % 2 ? 'no' : 'yes',
      },
    },
    spec: {},
    status: { allocatable: { cpu: '32', memory: '256Gi', pods: '110' } },
  };
}

function podOf(i: number, spec: Partial<PodSpec>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${i}`,
      namespace: 'default',
      uid: `pod-${i}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels,
    },
    spec: {
      containers: [{ name: 'main', image: 'web', resources: { requests: { cpu: '100m' } } }],
      ...spec,
    },
    status: { phase: 'Pending' },
  };
}

function clusterOf(nodes: number): Snapshot {
  let snapshot = Snapshot.empty(1);
  for (let i = 0; i < nodes; i++) snapshot = snapshot.withNode(nodeOf(i));
  return snapshot;
}

type Decide = (snapshot: Snapshot, pod: PodInfo) => ReturnType<typeof schedule>;

/** Schedules pods one after the other, and answers where each went. */
function placeAll(empty: Snapshot, pods: readonly Pod[], decide: Decide): string[] {
  let snapshot = empty;
  return pods.map((pod) => {
    const info = new PodInfo(pod);
    const outcome = decide(snapshot, info);
    if (outcome.type === 'unplaced') return '';
    snapshot = snapshot.withPod(info, outcome.node.name);
    return outcome.node.name;
  });
}

/** Measures everything at the given size. */
export function benchScheduler({ rounds, nodes, pods }: SchedulerBenchSize): Measurement[] {
  const profile = createProfile();
  const figures = new Map<string, { micros: number[]; hash: string }>();
  const measure = (name: string, empty: Snapshot, all: readonly Pod[], decide: Decide) => {
    const before = process.cpuUsage();
    const placements = placeAll(empty, all, decide);
    const { user, system } = process.cpuUsage(before);
    const hash = createHash('sha256').update(placements.join()).digest('hex').slice(0, 12);
    const figure = figures.get(name) ?? { micros: [], hash };
    figure.micros.push((user + system) / all.length);
    figures.set(name, figure);
  };
  const clusters = nodes.map((count) => ({ count, empty: clusterOf(count) }));
  for (let round = 0; round < rounds; round++) {
    for (const { count, empty } of clusters) {
      for (const [kind, specOf] of Object.entries(KINDS)) {
        const all = Array.from({ length: pods }, (_, i) => podOf(i, specOf(i)));
        const cache = new EquivalenceCache(profile);
        const cached: Decide = (snapshot, pod) => cache.schedule(snapshot, pod);
        measure(`${kind}, ${count} nodes`, empty, all, cached);
        const few = all.slice(0, Math.max(1, pods / 100));
        const anew: Decide = (snapshot, pod) => schedule(profile, snapshot, pod);
        measure(`${kind}, ${count} nodes, all looked at`, empty, few, anew);
      }
    }
  }
  return [...figures].map(([name, { micros, hash }]) => ({
    bench: 'scheduler',
    measure: name,
    value: Math.round(median(micros) * 10) / 10,
    unit: 'us/pod',
    hash,
  }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

if (import.meta.main) {
  for (const measurement of benchScheduler(FULL)) console.log(JSON.stringify(measurement));
}
