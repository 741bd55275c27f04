import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { DnsConfig, PodSandboxConfig, PortMapping } from '../../runtime/cri-types.ts';
import { usesHostNetwork } from '../pod-runtime.ts';
import { podResources } from '../qos.ts';
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

/** What the runtime is told about a pod as a whole. */
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

/** Ports of the node that lead to the pod. */
function portMappings(pod: Pod): PortMapping[] {
  if (usesHostNetwork(pod)) return [];
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return all.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ protocol = 'TCP', containerPort, hostPort, hostIP }) => ({
        protocol: protocol as PortMapping['protocol'],
        containerPort,
        hostPort: hostPort!,
        hostIp: hostIP ?? '',
      })),
  );
}
