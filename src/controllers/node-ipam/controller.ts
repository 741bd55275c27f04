import { nodes } from '../../api/generated/core/v1/resources.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { type Controller, changesOf, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { CidrPool } from './cidr-pool.ts';
import { hasNetwork, type IpamAction, type Observed, reconcilePodCidrs } from './reconcile.ts';

const NAME = 'node-ipam-controller';

/** Divides the cluster's pod networks among its nodes. */
export function nodeIpamController(
  tools: ControllerTools,
  caches: Pick<Informers, 'nodes'>,
  podCidrs: readonly string[],
): Controller<Observed, IpamAction> {
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const pools = podCidrs.map((cidr) => new CidrPool(cidr));
  /** Handed out, by node, but perhaps not in the cache yet, if ever: no two may get the same. */
  const assigned = new Map<string, readonly string[]>();
  /** Nodes that came too late, until one with a network goes. */
  const waiting = new Set<string>();

  const take = (cidrs: readonly string[] = []) => {
    for (const pool of pools) for (const cidr of cidrs) pool.take(cidr);
  };
  const release = (cidrs: readonly string[] = []) => {
    for (const pool of pools) for (const cidr of cidrs) pool.release(cidr);
  };

  function keysOf({ before, after }: Change<Node>): readonly string[] {
    const { name } = (after ?? (before as Node)).metadata;
    const isSame = before?.metadata.uid === after?.metadata.uid;
    if (before && !isSame) {
      release(before.spec.podCIDRs);
      release(assigned.get(name));
      assigned.delete(name);
    }
    take(after?.spec.podCIDRs);
    if (after) return hasNetwork(after) ? [] : [name];
    waiting.delete(name);
    return [...waiting];
  }

  return {
    name: NAME,
    sources: [changesOf(caches.nodes, keysOf)],

    observe(name) {
      const node = caches.nodes.lister.get(name);
      if (!node || hasNetwork(node)) return undefined;
      const kept = assigned.get(name);
      return { node, free: kept ?? pools.map((pool) => pool.free) };
    },

    reconcile: reconcilePodCidrs,

    async execute(action) {
      const { node } = action;
      const { uid, name } = node.metadata;
      if (action.type === 'tellExhausted') {
        waiting.add(name);
        const message = `Node ${name} status is now: CIDRNotAvailable`;
        events.record(node, { type: 'Normal', reason: 'CIDRNotAvailable', message });
        return undefined;
      }
      const { podCIDRs } = action;
      waiting.delete(name);
      // Taken in the same turn in which they were found free.
      assigned.set(name, podCIDRs);
      take(podCIDRs);
      const body = { metadata: { uid }, spec: { podCIDR: podCIDRs[0], podCIDRs } };
      // Whatever comes of it, the node keeps what it was given until it goes: that a repetition is
      // refused doesn't say that nothing was written before.
      return wrote(caches.nodes, await client.patch(nodes, node.metadata, { type: 'merge', body }));
    },
  };
}
