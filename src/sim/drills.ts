import { nodes } from '../api/generated/core/v1/resources.ts';
import { keyOf } from '../machinery/object.ts';
import type { Drill } from './configuration.ts';
import { isActive } from './judgement.ts';
import type { Truth } from './truth.ts';
import type { Promised, Violation } from './violations.ts';
import { setTaint } from './workload.ts';
import type { World } from './world.ts';

/** Something that is done to a cluster at rest, what must come of it, and how it is undone. */
interface Exercise {
  readonly promised: Promised;
  begin(world: World, node: string): Promise<void> | void;
  /** After so long there is no pod on the node that isn't going. */
  readonly withinMs: number;
  end(world: World, node: string): Promise<void> | void;
}

const EXERCISES: Readonly<Record<Exclude<Drill, 'none'>, Exercise>> = {
  taint: {
    promised: 'taints',
    begin: (world, node) => setTaint(world, node, true),
    withinMs: 60_000,
    end: (world, node) => setTaint(world, node, false),
  },
  'power-off': {
    promised: 'node-death',
    begin: (world, node) => world.powerOff(node),
    // 40 seconds until its silence is noticed, and five minutes of patience.
    withinMs: 400_000,
    end: (world, node) => world.powerOn(node),
  },
  removal: {
    promised: 'node-removal',
    begin: async (world, node) => {
      world.powerOff(node);
      await world.client.delete(nodes, { name: node });
    },
    withinMs: 120_000,
    end: (world, node) => world.powerOn(node),
  },
};

/**
 * Does to the first node what the drill is about, and answers what of it went wrong. `pass` lets
 * time go by. Settling afterwards is left to the caller.
 */
export async function drilled(
  drill: Exclude<Drill, 'none'>,
  { world, truth }: { readonly world: World; readonly truth: Truth },
  pass: (ms: number) => Promise<void>,
): Promise<Violation[]> {
  const [node] = world.nodeNames;
  if (node === undefined) return [];
  const { promised, begin, withinMs, end } = EXERCISES[drill];
  await begin(world, node);
  await pass(withinMs);
  const left = truth.all('pods').filter((pod) => pod.spec.nodeName === node && isActive(pod));
  const isDaemon = (kind: string | undefined) => kind === 'DaemonSet';
  const wrong = left.filter(({ metadata }) => !isDaemon(metadata.ownerReferences?.[0]?.kind));
  await end(world, node);
  return wrong.map((pod) => ({ promised, what: `${keyOf(pod)} is still on ${node}` }));
}
