import { nodes } from '../../api/generated/core/v1/resources.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { formatCidr, networkOf, parseCidr } from '../../base/ip.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';

const NAME = 'node-ipam-controller';

interface Observed {
  readonly node: Node;
  /** What other nodes have. */
  readonly taken: ReadonlySet<string>;
  /** The cluster's networks for pods. */
  readonly podCidrs: readonly string[];
}

type IpamAction =
  | { readonly type: 'assign'; readonly node: Node; readonly podCIDRs: readonly string[] }
  | { readonly type: 'tellExhausted'; readonly node: Node };

/** Gives a node that has no pod network the first free ones of the cluster's. Pure. */
export function reconcilePodCidrs({ node, taken, podCidrs }: Observed): IpamAction[] {
  const isGoing = node.metadata.deletionTimestamp !== undefined;
  if (isGoing || (node.spec.podCIDRs?.length ?? 0) > 0) return [];
  const free = podCidrs.map((cidr) => firstFree(cidr, taken));
  if (free.some((cidr) => cidr === undefined)) return [{ type: 'tellExhausted', node }];
  return [{ type: 'assign', node, podCIDRs: free as string[] }];
}

const NODE_PREFIX_LENGTH = { 4: 24, 6: 64 }; // The defaults of `--node-cidr-mask-size`.

function firstFree(cluster: string, taken: ReadonlySet<string>): string | undefined {
  const cidr = parseCidr(cluster);
  if (!cidr) return undefined;
  const { family } = cidr.address;
  const prefixLength = NODE_PREFIX_LENGTH[family];
  const bits = family === 4 ? 32 : 128;
  const count = 2n ** BigInt(Math.max(0, prefixLength - cidr.prefixLength));
  const step = 2n ** BigInt(bits - prefixLength);
  const first = networkOf(cidr).value;
  for (let i = 0n; i < count; i++) {
    const candidate = formatCidr({ address: { family, value: first + i * step }, prefixLength });
    if (!taken.has(candidate)) return candidate;
  }
  return undefined;
}

/** Divides the cluster's pod networks among its nodes. */
export function nodeIpamController(
  tools: ControllerTools,
  caches: Pick<Informers, 'nodes'>,
  podCidrs: readonly string[],
): Controller<Observed, IpamAction> {
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  /** Handed out, by node, but perhaps not in the cache yet: two nodes must never get the same. */
  const assigned = new Map<string, readonly string[]>();

  return {
    name: NAME,
    sources: [source(caches.nodes, ({ metadata }) => [metadata.name])],

    observe(name) {
      const node = caches.nodes.lister.get(name);
      if (!node) {
        assigned.delete(name);
        return undefined;
      }
      const others = [...caches.nodes.lister.list()].filter((each) => each !== node);
      const taken = new Set(others.flatMap(({ spec }) => spec.podCIDRs ?? []));
      for (const [other, cidrs] of assigned) {
        if (other !== name) for (const cidr of cidrs) taken.add(cidr);
      }
      return { node, taken, podCidrs };
    },

    reconcile: reconcilePodCidrs,

    async execute(action) {
      const { node } = action;
      if (action.type === 'tellExhausted') {
        const message = `Node ${node.metadata.name} status is now: CIDRNotAvailable`;
        events.record(node, { type: 'Normal', reason: 'CIDRNotAvailable', message });
        return undefined;
      }
      const { podCIDRs } = action;
      const { uid, name } = node.metadata;
      assigned.set(name, podCIDRs);
      const body = { metadata: { uid }, spec: { podCIDR: podCIDRs[0], podCIDRs } };
      return wrote(caches.nodes, await client.patch(nodes, node.metadata, { type: 'merge', body }));
    },
  };
}
