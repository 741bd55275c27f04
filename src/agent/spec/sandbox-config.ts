import type { Pod } from '../../api/generated/core/v1/types.ts';
import { parseIp } from '../../base/ip.ts';
import type { DnsConfig, PodSandboxConfig, PortMapping } from '../../runtime/cri-types.ts';
import { usesHostNetwork } from '../pod-runtime.ts';
import { podResources } from '../qos.ts';
import { PodConfigError } from './config-error.ts';
import { type ClusterDns, podDns, podHostName } from './dns.ts';
import { podLabels } from './labels.ts';
import { sandboxSecurity } from './security.ts';

export interface SandboxFacts {
  /** The agent whose pod it is. */
  readonly owner: string;
  readonly dns: ClusterDns;
  /** The node's own settings. */
  readonly hostDns: DnsConfig;
  /** Where the pod's logs go. */
  readonly logDirectory: string;
  /** The pod's own cgroup. */
  readonly cgroupParent: string;
}

/** What the runtime is told about a pod as a whole. Throws PodConfigError. */
export function sandboxConfig(pod: Pod, attempt: number, facts: SandboxFacts): PodSandboxConfig {
  const { name, namespace = '', uid, labels, annotations } = pod.metadata;
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  return {
    metadata: { name, namespace, uid, attempt },
    hostname: usesHostNetwork(pod) ? '' : podHostName(pod, facts.dns.domain).name,
    logDirectory: facts.logDirectory,
    dns: podDns(pod, facts.dns, facts.hostDns),
    portMappings: portMappings(pod),
    labels: { ...labels, ...podLabels(pod, facts.owner) },
    annotations: { ...annotations },
    cgroupParent: facts.cgroupParent,
    sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])),
    security: sandboxSecurity(pod),
    resources: podResources(pod),
  };
}

/** The API takes any text here. A port that leads nowhere is better told of than missed. */
function checkedAddress(hostIp: string): string {
  if (hostIp === '' || parseIp(hostIp)) return hostIp;
  throw new PodConfigError(`hostIP ${JSON.stringify(hostIp)} is not an IP address`);
}

/** Ports of the node that lead to the pod. Throws PodConfigError for one that can't. */
function portMappings(pod: Pod): PortMapping[] {
  if (usesHostNetwork(pod)) return [];
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return all.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ protocol = 'TCP', containerPort, hostPort, hostIP = '' }) => ({
        protocol: protocol as PortMapping['protocol'],
        containerPort,
        hostPort: hostPort!,
        hostIp: checkedAddress(hostIP),
      })),
  );
}
