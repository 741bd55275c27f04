import type { Node } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import { isInNetwork, parseCidr, parseIp } from '../base/ip.ts';
import type { Logger } from '../base/logger.ts';
import type { Informer } from '../client/informer.ts';
import type { Links, Route } from '../runtime/netlink.ts';

export interface RoutesView {
  readonly nodeName: string;
  /** The networks from which nodes take their shares: what is outside of them is no node's. */
  readonly podNetworks: readonly string[];
}

/** What leads to the pods of other nodes: each node's share of the pod network, by its address. Pure. */
export function routesTo(nodes: Iterable<Node>, { nodeName, podNetworks }: RoutesView): Route[] {
  const all = podNetworks.flatMap((network) => parseCidr(network) ?? []);
  const isShare = (text: string) => {
    const cidr = parseCidr(text);
    return all.some(
      (whole) =>
        cidr && isInNetwork(whole, cidr.address) && cidr.prefixLength >= whole.prefixLength,
    );
  };
  return [...nodes]
    .filter(({ metadata }) => metadata.name !== nodeName)
    .flatMap((node) =>
      podCidrsOf(node)
        .filter(isShare)
        .flatMap((network) => {
          const via = addressOf(node, network);
          return via === undefined ? [] : [{ network, via }];
        }),
    )
    .sort((a, b) => (a.network < b.network ? -1 : 1));
}

const podCidrsOf = ({ spec }: Node): readonly string[] =>
  spec.podCIDRs?.length ? spec.podCIDRs : spec.podCIDR ? [spec.podCIDR] : [];

/** The node's own address, of the family of its network. */
function addressOf({ status }: Node, network: string): string | undefined {
  const wanted = parseCidr(network)?.address.family;
  return status.addresses?.find(
    ({ type, address }) => type === 'InternalIP' && parseIp(address)?.family === wanted,
  )?.address;
}

export interface RoutesTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly links: Pick<Links, 'setRoutes'>;
}

const SETTLE_MS = 50; // Nodes come and change in groups.
const RETRY_MS = 10_000;

/**
 * Keeps the machine's routes to the pods of other nodes as the nodes are, until the signal aborts.
 * Only nodes on a link of this one can be reached; of others it is said, once.
 */
export function startNodeRoutes(
  { clock, logger, links }: RoutesTools,
  nodes: Informer<Node>,
  view: RoutesView & { readonly bridge: string },
  signal: AbortSignal,
): void {
  let shown: string | undefined; // What an earlier life has left is not known.
  let told = '';
  let isDue = false;
  const later = (ms: number) => {
    if (isDue || signal.aborted) return;
    isDue = true;
    clock.after(ms, () => {
      isDue = false;
      if (!signal.aborted) void update();
    });
  };
  async function update(): Promise<void> {
    const routes = routesTo(nodes.lister.list(), view);
    try {
      const refused = await links.setRoutes(view.bridge, routes);
      shown = JSON.stringify(routes);
      const problems = Array.from(refused, ([{ network, via }, why]) => ({ network, via, why }));
      const text = JSON.stringify(problems);
      if (text !== told && problems.length > 0) {
        logger.warn('pods of other nodes are not reached: those have to be on one link', {
          problems,
        });
      }
      told = text;
      if (problems.length > 0) later(RETRY_MS);
    } catch (error) {
      logger.warn('routes to other nodes not set, trying again', { error });
      later(RETRY_MS);
    }
  }
  const cancel = nodes.subscribe(() => {
    if (nodes.hasSynced && JSON.stringify(routesTo(nodes.lister.list(), view)) !== shown)
      later(SETTLE_MS);
  });
  // Not before all are known: a route would be taken from under connections that go on.
  void nodes.synced.then(() => later(0));
  signal.addEventListener('abort', cancel, { once: true });
}
