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
  const pods = Number(allocatable.pods ?? 0);
  if (others.length + 1 > pods) return lacks('pods', [1, others.length, pods]);
  for (const resource of requestedBy(pod)) {
    const asked = amountOf(pod, resource);
    const used = others.reduce((sum, other) => sum + amountOf(other, resource), 0);
    const capacity = inUnits(resource, allocatable[resource] ?? '0');
    if (asked > 0 && asked + used > capacity) return lacks(resource, [asked, used, capacity]);
  }
  const taken = new Set(others.flatMap(hostPorts));
  if (hostPorts(pod).some((port) => taken.has(port))) {
    const why = "node(s) didn't have free ports for the requested pod ports";
    return { reason: 'NodePorts', message: `Pod was rejected: Predicate NodePorts failed: ${why}` };
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

/** Ports of the node that a pod takes, as far as two can get in each other's way. */
function hostPorts(pod: Pod): string[] {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return all.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP }) => {
      const port = hostPort || (usesHostNetwork(pod) ? containerPort : 0);
      return port ? [`${protocol} ${hostIP && hostIP !== '0.0.0.0' ? hostIP : '*'} ${port}`] : [];
    }),
  );
}
