import { isEqual } from '../../../machinery/equal.ts';
import type { Draft } from '../../../machinery/object.ts';
import { part } from '../../drafts.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/core/v1/types.ts';
import {
  hasNodePorts,
  isExternallyReachable,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  nodePortsOf,
} from './traits.ts';

type DraftSpec = Draft<ServiceSpec>;

const AFFINITY_SECONDS = 3 * 60 * 60;

/** Fills in a service. */
export function defaultService(draft: Draft<Service>): void {
  const spec = part(draft, 'spec');
  defaultAffinity(spec);
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  if (isExternallyReachable(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (needsClusterIp(spec)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const address of draft.status?.loadBalancer?.ingress ?? []) {
    if (address.ip) address.ipMode ??= 'VIP';
  }
}

function defaultAffinity(spec: DraftSpec): void {
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== 'ClientIP') return;
  if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return;
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
}

/**
 * Brings `clusterIP` and `clusterIPs` together: old clients know only the one, and change or clear
 * it while they send the other back as they got it.
 */
export function unifyClusterIps(spec: DraftSpec, previous: ServiceSpec | undefined): void {
  const setList = (list: readonly string[] | undefined) => {
    if (list) spec.clusterIPs = [...list];
    else delete spec.clusterIPs;
  };
  if (!previous) {
    if (spec.clusterIP && !spec.clusterIPs?.length) setList([spec.clusterIP]);
    return;
  }
  const [now, then] = [spec.clusterIP ?? '', previous.clusterIP ?? ''];
  const isSent = (spec.clusterIPs?.length ?? 0) > 0;
  if (!isSent && now === then) setList(previous.clusterIPs);
  if (now === then) return;
  const sameList = isEqual(spec.clusterIPs ?? [], previous.clusterIPs ?? []);
  if (!sameList) return;
  setList(then && !now ? undefined : [now]);
}

/** Carries over what was allotted to the service and the client didn't send back. */
export function keepAllotted(spec: DraftSpec, previous: ServiceSpec): void {
  if (needsClusterIp(previous) && needsClusterIp(spec)) {
    if (!spec.clusterIP && previous.clusterIP) spec.clusterIP = previous.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === previous.clusterIP && previous.clusterIPs) {
      spec.clusterIPs = [...previous.clusterIPs];
    }
  }
  if (needsNodePorts(previous) && needsNodePorts(spec)) keepNodePorts(spec, previous);
  if (needsHealthCheckPort(previous) && needsHealthCheckPort(spec)) {
    spec.healthCheckNodePort ||= previous.healthCheckNodePort;
  }
}

// By name, unless another port has asked for the number.
function keepNodePorts(spec: DraftSpec, previous: ServiceSpec): void {
  const byName = new Map(
    (previous.ports ?? []).map(({ name, nodePort }) => [name ?? '', nodePort]),
  );
  const taken = nodePortsOf(spec as ServiceSpec).intersection(nodePortsOf(previous));
  for (const port of spec.ports ?? []) {
    const before = byName.get(port.name ?? '');
    if (port.nodePort || !before || taken.has(before)) continue;
    port.nodePort = before;
    taken.add(before);
  }
}

/**
 * What readers see. A service that was once inside of the cluster keeps its policy there, of which
 * nothing can come where it leads out.
 */
export function shownService(service: Service): Service {
  const { internalTrafficPolicy, ...spec } = service.spec;
  const isHidden = spec.type === 'ExternalName' && internalTrafficPolicy !== undefined;
  return isHidden ? { ...service, spec } : service;
}

type Trait = (spec: ServiceSpec) => boolean;
type Fields = readonly (keyof ServiceSpec)[];

/**
 * Takes away what the server once filled in and the new type has no use for, unless the client
 * changed it too: then validation says that it doesn't fit.
 */
export function dropUnfitting(spec: DraftSpec, previous: ServiceSpec): void {
  const drop = (trait: Trait, fields: Fields, sameness: Fields = fields) => {
    if (!trait(previous) || trait(spec as ServiceSpec)) return;
    if (!sameness.every((field) => isEqual(spec[field], previous[field]))) return;
    for (const field of fields) delete spec[field];
  };
  const isBalanced: Trait = ({ type }) => type === 'LoadBalancer';
  drop(needsClusterIp, ['clusterIP', 'clusterIPs']);
  drop(needsClusterIp, ['ipFamilies']);
  drop(needsClusterIp, ['ipFamilyPolicy']);
  if (hasNodePorts(previous) && !hasNodePorts(spec as ServiceSpec)) {
    const isNoneNew = nodePortsOf(spec as ServiceSpec).isSubsetOf(nodePortsOf(previous));
    if (isNoneNew) for (const port of spec.ports ?? []) delete port.nodePort;
  }
  drop(needsHealthCheckPort, ['healthCheckNodePort']);
  drop(isBalanced, ['allocateLoadBalancerNodePorts']);
  drop(isBalanced, ['loadBalancerClass']);
  drop(isExternallyReachable, ['externalTrafficPolicy']);
}

/** Only a load balancer takes traffic in: what one said does not outlive it. */
export function dropBalancerStatus(draft: Draft<Service>): void {
  if (draft.spec.type !== 'LoadBalancer') draft.status = { ...draft.status, loadBalancer: {} };
}

/** A port as messages show it. */
export const portStruct = (port: Partial<ServicePort>): object => ({
  Name: port.name ?? '',
  Protocol: port.protocol ?? '',
  AppProtocol: port.appProtocol ?? null,
  Port: port.port ?? 0,
  TargetPort: port.targetPort ?? 0,
  NodePort: port.nodePort ?? 0,
});
