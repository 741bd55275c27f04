import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf, keyOf, type NewObject } from '../machinery/object.ts';
import type { Drill } from './configuration.ts';
import { hasEnded, isActive } from './judgement.ts';
import { allocatableCpu, cpuOf } from './safety.ts';
import type { Truth } from './truth.ts';
import type { Promised, Violation } from './violations.ts';
import { setTaint } from './workload.ts';
import type { World } from './world.ts';

/** Something that is done to a node of a cluster at rest, what must come of it, and how it ends. */
interface Exercise {
  readonly promised: Promised;
  begin(drilled: Drilled): unknown;
  readonly withinMs: number;
  /** What is wrong after that time. */
  faults(drilled: Drilled): string[];
  end(drilled: Drilled): unknown;
}

interface Drilled {
  readonly world: World;
  readonly truth: Truth;
  readonly node: string;
}

const FILLER = { namespace: 'shop', name: 'filler' };

const EXERCISES: Readonly<Record<Exclude<Drill, 'none'>, Exercise>> = {
  taint: {
    promised: 'taints',
    begin: ({ world, node }) => setTaint(world, node, true),
    withinMs: 60_000,
    faults: podsLeft,
    end: ({ world, node }) => setTaint(world, node, false),
  },
  'power-off': {
    promised: 'node-death',
    begin: ({ world, node }) => world.powerOff(node),
    // 40 seconds until its silence is noticed, and five minutes of patience.
    withinMs: 400_000,
    faults: podsLeft,
    end: ({ world, node }) => world.powerOn(node),
  },
  removal: {
    promised: 'node-removal',
    begin: ({ world, node }) => {
      world.powerOff(node);
      return world.client.delete(nodes, { name: node });
    },
    withinMs: 120_000,
    faults: podsLeft,
    end: ({ world, node }) => world.powerOn(node),
  },
  filling: {
    promised: 'room',
    begin: ({ world, truth, node }) =>
      world.client.create(pods, fillerOf(node, freeCpu(truth, node))),
    withinMs: 60_000,
    faults: ({ truth, node }) =>
      truth
        .all('pods')
        .filter(({ metadata, spec }) => metadata.name === FILLER.name && !spec.nodeName)
        .map(() => `what is free on ${node} isn't given away`),
    end: ({ world }) => world.client.delete(pods, FILLER),
  },
};

/**
 * Does to the first node what the drill is about, and answers what of it went wrong. `pass` lets
 * time go by. Settling afterwards is left to the caller.
 */
export async function drilled(
  drill: Exclude<Drill, 'none'>,
  { world, truth }: Pick<Drilled, 'world' | 'truth'>,
  pass: (ms: number) => Promise<void>,
): Promise<Violation[]> {
  const [node] = world.nodeNames;
  if (node === undefined) return [];
  const { promised, begin, withinMs, faults, end } = EXERCISES[drill];
  await begin({ world, truth, node });
  await pass(withinMs);
  const found = faults({ world, truth, node });
  await end({ world, truth, node });
  return found.map((what) => ({ promised, what }));
}

/** Pods that haven't gone from the node, as all but those of DaemonSets were to. */
function podsLeft({ truth, node }: Drilled): string[] {
  return truth
    .all('pods')
    .filter((pod) => pod.spec.nodeName === node && isActive(pod))
    .filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet')
    .map((pod) => `${keyOf(pod)} is still on ${node}`);
}

/** What nobody on the node has asked for, in thousandths of a CPU. */
function freeCpu(truth: Truth, name: string): number {
  const node = truth.all('nodes').find(({ metadata }) => metadata.name === name);
  const there = truth.all('pods').filter((pod) => pod.spec.nodeName === name && !hasEnded(pod));
  const asked = there.reduce((sum, pod) => sum + cpuOf(pod), 0);
  return node ? allocatableCpu(node) - asked : 0;
}

const fillerOf = (node: string, cpuMilli: number) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...FILLER, labels: { app: FILLER.name } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        { name: 'main', image: 'app:0', resources: { requests: { cpu: `${cpuMilli}m` } } },
      ],
    },
  }) as unknown as NewObject<Pod>;
