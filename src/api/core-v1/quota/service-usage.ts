import { Quantity } from '../../../machinery/quantity.ts';
import type { Service, ServiceSpec } from '../../generated/core/v1/types.ts';
import { ONE, type QuotaEvaluator } from './usage.ts';

const NAMES = ['count/services', 'services', 'services.loadbalancers', 'services.nodeports'];

/** What services use: themselves, load balancers, and the node ports that they are to get. */
export const serviceUsage: QuotaEvaluator<Service> = {
  counts: (name) => NAMES.includes(name),
  usageOf: ({ spec }) =>
    new Map([
      ['count/services', ONE],
      ['services', ONE],
      ['services.loadbalancers', Quantity.of(spec.type === 'LoadBalancer' ? 1 : 0)],
      ['services.nodeports', Quantity.of(nodePortsWanted(spec))],
    ]),
  isCharged: () => true, // Its type may change.
};

/** They aren't allotted yet when it is counted, so it is what the service asks for that counts. */
function nodePortsWanted({ type, ports, allocateLoadBalancerNodePorts }: ServiceSpec): number {
  if (type !== 'NodePort' && type !== 'LoadBalancer') return 0;
  const all = ports ?? [];
  const isOnlyGiven = type === 'LoadBalancer' && allocateLoadBalancerNodePorts === false;
  return isOnlyGiven ? all.filter(({ nodePort }) => nodePort).length : all.length;
}
