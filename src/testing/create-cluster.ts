import { bootstrap } from '../apiserver/bootstrap.ts';
import type { FaultRates } from '../sim/faults.ts';
import type { PodModel } from '../sim/pod-model.ts';
import { type NodeOptions, TestCluster, worldOf } from './cluster.ts';
import { assertKnown } from './known-options.ts';
import { steadyPods } from './steady-pods.ts';

export interface ClusterOptions {
  /** How many nodes, or which; one unless said. */
  readonly nodes?: number | readonly NodeOptions[];
  /** From what all chance comes: the same seed gives the same life. 1 unless said. */
  readonly seed?: number;
  /** The time of day in the beginning, in milliseconds since the epoch; 1 January 2026 unless said. */
  readonly startMs?: number;
  /** How pods behave on nodes; `steadyPods` unless said. */
  readonly pods?: PodModel;
  /** What goes wrong from the moment when the nodes are ready; nothing unless said. */
  readonly faults?: Partial<FaultRates> | 'random';
}

const OPTIONS = [
  'nodes',
  'seed',
  'startMs',
  'pods',
  'faults',
] as const satisfies readonly (keyof ClusterOptions)[];

/**
 * Makes a cluster whose nodes are ready. It needs no root, no container runtime and no network.
 * Rejects when an option isn't known, or of no use.
 */
export async function createCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  assertKnown(options, OPTIONS, 'createCluster');
  const { nodes = 1, seed = 1, startMs, pods = steadyPods, faults } = options;
  const wanted = nodesFrom(nodes);
  const world = worldOf(seed, { model: pods, ...(startMs !== undefined && { startMs }) });
  await bootstrap(world.server.heart);
  world.startAll();
  const cluster = new TestCluster({ seed, model: pods, open: () => world });
  for (const node of wanted) cluster.addNode(node);
  await cluster.until(() => cluster.areNodesReady(), { within: { minutes: 1 } });
  if (faults) cluster.faults(faults);
  return cluster;
}

function nodesFrom(nodes: number | readonly NodeOptions[]): readonly NodeOptions[] {
  if (Array.isArray(nodes)) return nodes;
  if (!Number.isInteger(nodes) || (nodes as number) < 0) {
    throw new RangeError(`nodes is a number from 0 on, or a list of nodes, not ${nodes}`);
  }
  return Array.from({ length: nodes as number }, () => ({}));
}
