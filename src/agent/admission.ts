import type { Pod } from '../api/generated/core/v1/types.ts';
import { parseQuantity } from '../machinery/quantity.ts';
import { usesHostNetwork } from './pod-runtime.ts';
import type { Ending } from './pod-status.ts';
import { podTotal } from './qos.ts';

/**
 * Why a pod that was given to the node can't run there, if it can't: somebody else came first, or
 * no scheduler has looked. `others` are the pods that are on the node and not over.
 */
export function refusalOf(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Ending | undefined {
  const system = pod.spec.os?.name ?? 'linux';
  if (system !== 'linux') {
    const message = "Failed to admit pod as the OS field doesn't match node OS";
    return { reason: 'PodOSNotSupported', message: `Pod was rejected: ${message}` };
  }
  const sysctl = forbiddenSysctl(pod);
  if (sysctl) {
    const message = `Pod was rejected: forbidden sysctl: ${sysctl}`;
    return { reason: 'SysctlForbidden', message };
  }
  const pods = Number(allocatable.pods ?? 0);
  if (others.length + 1 > pods) return lacks('pods', [1, others.length, pods]);
  for (const resource of requestedBy(pod)) {
    const asked = amountOf(pod, resource);
    const used = others.reduce((sum, other) => sum + amountOf(other, resource), 0);
    const capacity = inUnits(resource, allocatable[resource] ?? '0');
    if (asked > 0 && asked + used > capacity) return lacks(resource, [asked, used, capacity]);
  }
  const taken = others.flatMap(hostPorts);
  if (hostPorts(pod).some((port) => taken.some((other) => collide(port, other)))) {
    const why = "node(s) didn't have free ports for the requested pod ports";
    return { reason: 'NodePorts', message: `Pod was rejected: Predicate NodePorts failed: ${why}` };
  }
  return undefined;
}

/** Settings that stay within the pod, by the namespace that they are of. All others are the node's. */
const SAFE_SYSCTLS: Readonly<Record<string, 'ipc' | 'net'>> = {
  'kernel.shm_rmid_forced': 'ipc',
  'net.ipv4.ip_local_port_range': 'net',
  'net.ipv4.ip_local_reserved_ports': 'net',
  'net.ipv4.ip_unprivileged_port_start': 'net',
  'net.ipv4.ping_group_range': 'net',
  'net.ipv4.tcp_fin_timeout': 'net',
  'net.ipv4.tcp_keepalive_intvl': 'net',
  'net.ipv4.tcp_keepalive_probes': 'net',
  'net.ipv4.tcp_keepalive_time': 'net',
  'net.ipv4.tcp_rmem': 'net',
  'net.ipv4.tcp_syncookies': 'net',
  'net.ipv4.tcp_wmem': 'net',
};

/** What is wrong with the first setting of the kernel that a pod may not have. */
function forbiddenSysctl({ spec }: Pod): string | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.'); // Both are ways to write it.
    const namespace = SAFE_SYSCTLS[dotted];
    if (!namespace) return `"${dotted}" not allowlisted`;
    const isShared = namespace === 'ipc' ? spec.hostIPC : spec.hostNetwork;
    if (isShared) return `"${dotted}" not allowed with host ${namespace} enabled`;
  }
  return undefined;
}

function lacks(
  resource: string,
  [requested, used, capacity]: readonly [number, number, number],
): Ending {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  const message = `Pod was rejected: Node didn't have enough resource: ${resource}, ${amounts}`;
  return { reason: `OutOf${resource}`, message };
}

function requestedBy({ spec }: Pod): Set<string> {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  return new Set(all.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})));
}

/** CPU counts in thousandths, all else in whole units. */
function inUnits(resource: string, text: string): number {
  const quantity = parseQuantity(text);
  return resource === 'cpu' ? quantity.milliValue : quantity.value;
}

function amountOf(pod: Pod, resource: string): number {
  const total = podTotal(pod, 'requests', resource);
  return (resource === 'cpu' ? total?.milliValue : total?.value) ?? 0;
}

interface TakenPort {
  readonly protocol: string;
  /** Undefined for all addresses of the node. */
  readonly address: string | undefined;
  readonly port: number;
}

const collide = (a: TakenPort, b: TakenPort): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.address === b.address || a.address === undefined || b.address === undefined);

/** Ports of the node that a pod takes. */
function hostPorts(pod: Pod): TakenPort[] {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return all.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP }) => {
      const port = hostPort || (usesHostNetwork(pod) ? containerPort : 0);
      const isAny = !hostIP || hostIP === '0.0.0.0' || hostIP === '::';
      return port ? [{ protocol, port, address: isAny ? undefined : hostIP }] : [];
    }),
  );
}
