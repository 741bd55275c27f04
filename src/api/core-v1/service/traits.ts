import type { Service, ServiceSpec } from '../../generated/core/v1/types.ts';

type Spec = Readonly<Partial<ServiceSpec>>;

/** A service without an address of its own: names lead straight to its pods. */
export const isHeadless = ({ clusterIPs }: Spec): boolean =>
  clusterIPs?.length === 1 && clusterIPs[0] === 'None';

/** Whether the cluster gives the service an address. "None" counts as one. */
export const needsClusterIp = ({ type }: Spec): boolean =>
  type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';

/** Whether each of the service's ports gets a port on every node. */
export const needsNodePorts = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);

/** Whether the service's ports may have a port on every node, be it only one that was asked for. */
export const hasNodePorts = ({ type }: Spec): boolean =>
  type === 'NodePort' || type === 'LoadBalancer';

/** Whether nodes answer a load balancer that asks if they have pods of the service. */
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: Spec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

/** Whether traffic comes in from outside of the cluster. */
export const isExternallyReachable = ({ type, externalIPs }: Spec): boolean =>
  type === 'LoadBalancer' ||
  type === 'NodePort' ||
  (type === 'ClusterIP' && (externalIPs ?? []).length > 0);

/** The ports on nodes that the service has, or asks for. */
export const nodePortsOf = ({ ports }: Spec): Set<number> =>
  new Set((ports ?? []).map(({ nodePort }) => nodePort ?? 0).filter((port) => port !== 0));

/** Whether the service has addresses of its own. */
export const hasClusterIps = ({ spec }: Service): boolean =>
  (spec.clusterIPs ?? []).length > 0 && !isHeadless(spec);
