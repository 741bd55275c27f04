import { nodes, pods, services } from '../api/generated/core/v1/resources.ts';
import type { Client } from '../client/client.ts';
import { runController } from '../client/controller.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { createBalancerController } from '../network/load-balancer.ts';
import type { NetworkInformers } from '../network/start.ts';
import { createPortClaims } from '../runtime/port-claims.ts';
import type { RuntimeTools } from './node-runtime.ts';

export interface BalancerTools extends RuntimeTools {
  readonly clientFor: (component: string) => Client;
}

const NAME = 'service-lb-controller';

/**
 * Gives Services of type LoadBalancer their addresses, in the one process of a cluster that does,
 * until the signal aborts. Beside a node, it shares its caches and holds their ports on its machine.
 */
export function startBalancer(
  tools: BalancerTools,
  signal: AbortSignal,
  beside?: Pick<NetworkInformers, 'services' | 'nodes' | 'pods'>,
): void {
  const { clock, logger, clientFor } = tools;
  const client = clientFor(NAME);
  const claims = beside && createPortClaims();
  const balancer = createBalancerController({
    clock,
    client,
    recorder: createEventRecorder({ clock, logger, client }, NAME),
    ...(beside ?? ownInformers({ ...tools, client }, signal)),
    ...(claims && { claims }),
  });
  signal.addEventListener('abort', () => claims?.close(), { once: true });
  void runController(balancer, { clock, logger, signal });
}

function ownInformers(tools: RuntimeTools & { readonly client: Client }, signal: AbortSignal) {
  const informers = {
    services: new Informer(tools, services),
    nodes: new Informer(tools, nodes),
    pods: new Informer(tools, pods),
  };
  for (const informer of Object.values(informers)) informer.start(signal);
  return informers;
}
