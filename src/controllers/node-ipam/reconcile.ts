import type { Node } from '../../api/generated/core/v1/types.ts';

/** What the controller saw of one node. Plain data: no client, no clock. */
export interface Observed {
  readonly node: Node;
  /** What is free of each of the cluster's networks; undefined where nothing is. */
  readonly free: readonly (string | undefined)[];
}

export type IpamAction =
  | { readonly type: 'assign'; readonly node: Node; readonly podCIDRs: readonly string[] }
  | { readonly type: 'tellExhausted'; readonly node: Node };

/** Gives a node that has no pod network the first free ones of the cluster's. Pure. */
export function reconcilePodCidrs({ node, free }: Observed): IpamAction[] {
  const isGoing = node.metadata.deletionTimestamp !== undefined;
  if (isGoing || hasNetwork(node)) return [];
  const podCIDRs = free.filter((cidr) => cidr !== undefined);
  if (podCIDRs.length < free.length) return [{ type: 'tellExhausted', node }];
  return podCIDRs.length > 0 ? [{ type: 'assign', node, podCIDRs }] : [];
}

/** Whether the node has its share already. */
export const hasNetwork = ({ spec }: Node): boolean => (spec.podCIDRs?.length ?? 0) > 0;
