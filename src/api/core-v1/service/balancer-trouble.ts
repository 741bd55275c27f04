import type { Service } from '../../generated/core/v1/types.ts';

/** The condition of a Service whose load balancer can't give the ports that it wants. */
export const PORTS_ERROR = 'LoadBalancerPortsError';

/** Why a Service's load balancer gives it no address, in the balancer's words, if it says so. */
export function balancerTroubleOf({ spec, status }: Service): string | undefined {
  if (spec.type !== 'LoadBalancer' || status?.loadBalancer?.ingress?.length) return undefined;
  return status?.conditions?.find((each) => each.type === PORTS_ERROR && each.status === 'True')
    ?.message;
}
