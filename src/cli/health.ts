import { balancerTroubleOf } from '../api/core-v1/service/balancer-trouble.ts';
import type { DaemonSet, Deployment, StatefulSet } from '../api/generated/apps/v1/types.ts';
import type { Job } from '../api/generated/batch/v1/types.ts';
import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import { uncontrolled } from '../api/uncontrolled.ts';
import type { KubeObject } from '../machinery/object.ts';

/** How an object is doing, in a few words. */
export interface Health {
  /** `idle`: not all that was asked for, but nothing comes of waiting. */
  readonly state: 'healthy' | 'progressing' | 'failed' | 'idle';
  readonly text: string;
}

const healthy = (text: string): Health => ({ state: 'healthy', text });
const progressing = (text: string): Health => ({ state: 'progressing', text });
const failed = (text: string): Health => ({ state: 'failed', text });

/** As `healthOf` on a server of Tutti, of which it is known on what nothing acts yet. */
export const healthOnTutti = (object: KubeObject): Health =>
  uncontrolled(object)
    ? { state: 'idle', text: 'stored; nothing acts on it yet' }
    : healthOf(object);

/** Whether an object has become what was asked for. What has no progress of its own is healthy. */
export function healthOf(object: KubeObject): Health {
  switch (object.kind) {
    case 'Deployment':
      return deploymentHealth(object as Deployment);
    case 'StatefulSet':
    case 'ReplicaSet':
      return replicasHealth(object as StatefulSet);
    case 'DaemonSet':
      return daemonSetHealth(object as DaemonSet);
    case 'Job':
      return jobHealth(object as Job);
    case 'Pod':
      return podHealth(object as Pod);
    case 'Service':
      return serviceHealth(object as Service);
    default:
      return healthy('there');
  }
}

const isSeen = ({ metadata, status }: KubeObject & { status?: { observedGeneration?: number } }) =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

function deploymentHealth(deployment: Deployment): Health {
  const { spec, status } = deployment;
  const wanted = spec.replicas ?? 1;
  if (!isSeen(deployment)) return progressing('waiting to be seen');
  const progress = status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') {
    return failed(`makes no progress: ${status?.availableReplicas ?? 0} of ${wanted} available`);
  }
  const updated = status?.updatedReplicas ?? 0;
  if (updated < wanted) return progressing(`${updated} of ${wanted} updated`);
  const old = (status?.replicas ?? 0) - updated;
  if (old > 0) return progressing(`${old} old ${old === 1 ? 'pod has' : 'pods have'} yet to go`);
  const available = status?.availableReplicas ?? 0;
  if (available < wanted) return progressing(`${available} of ${wanted} ready`);
  return healthy(`${wanted} of ${wanted} ready`);
}

function replicasHealth(set: StatefulSet): Health {
  const wanted = set.spec.replicas ?? 1;
  const ready = set.status?.readyReplicas ?? 0;
  const text = `${ready} of ${wanted} ready`;
  return isSeen(set) && ready >= wanted ? healthy(text) : progressing(text);
}

function daemonSetHealth(set: DaemonSet): Health {
  const wanted = set.status?.desiredNumberScheduled ?? 0;
  const ready = set.status?.numberAvailable ?? 0;
  const text = `${ready} of ${wanted} ready`;
  return isSeen(set) && ready >= wanted ? healthy(text) : progressing(text);
}

function jobHealth({ spec, status }: Job): Health {
  const holds = (type: string) =>
    status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
  if (holds('Complete')) return healthy('complete');
  const failure = holds('Failed');
  if (failure) return failed(`failed: ${failure.message ?? failure.reason ?? ''}`);
  return progressing(`${status?.succeeded ?? 0} of ${spec.completions ?? 1} succeeded`);
}

function podHealth(pod: Pod): Health {
  const { phase, conditions } = pod.status;
  if (phase === 'Succeeded') return healthy('succeeded');
  if (phase === 'Failed') return failed(pod.status.message ?? pod.status.reason ?? 'failed');
  const isReady = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return isReady ? healthy('ready') : progressing(troubleOf(pod) ?? 'starting');
}

/** What keeps a pod from running, in its own words; undefined when nothing is known to. */
export function troubleOf({ status }: Pod): string | undefined {
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason}: ${scheduled.message}`;
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const { state, lastState } of all) {
    const { reason, message } = state?.waiting ?? {};
    if (!reason || reason === 'ContainerCreating' || reason === 'PodInitializing') continue;
    const exit = lastState?.terminated;
    const last = exit && `last exit ${exit.exitCode}${exit.reason ? ` (${exit.reason})` : ''}`;
    return `${reason}${message ? `: ${message}` : ''}${last ? `; ${last}` : ''}`;
  }
  return undefined;
}

function serviceHealth(service: Service): Health {
  const { spec, status } = service;
  if (spec.type !== 'LoadBalancer') return healthy('there');
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  const address = ingress?.ip ?? ingress?.hostname;
  if (address) return healthy(`at ${address}`);
  const trouble = balancerTroubleOf(service);
  if (trouble === undefined) return progressing('waiting for an address');
  // Its pods may be as well as can be, and the nodes answer for them at another port.
  return { state: 'idle', text: trouble };
}

/**
 * Where a Service can be reached from outside the cluster, an URL for each port: at its load balancer,
 * or else at the ports that it has on a node.
 */
export function urlsOf({ spec, status }: Service, nodeAddress: string | undefined): string[] {
  const hosts = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname);
  const tcp = (spec.ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
  const urlAt = (host: string, port: number, name = '') => {
    const scheme = port === 443 || port === 8443 || name.startsWith('https') ? 'https' : 'http';
    const shown = host.includes(':') ? `[${host}]` : host;
    const isDefault = (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443);
    return `${scheme}://${shown}${isDefault ? '' : `:${port}`}`;
  };
  if (hosts.length > 0) {
    return hosts.flatMap((host) => tcp.map(({ port, name }) => urlAt(host!, port, name)));
  }
  if (!nodeAddress) return [];
  return tcp.flatMap(({ nodePort, name }) =>
    nodePort ? [urlAt(nodeAddress, nodePort, name)] : [],
  );
}
