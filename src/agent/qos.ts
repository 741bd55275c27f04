import { qosClassOf } from '../api/core-v1/pod/qos.ts';
import type { Container, Pod } from '../api/generated/core/v1/types.ts';
import { parseQuantity, Quantity } from '../machinery/quantity.ts';
import type { ContainerResources } from '../runtime/cri-types.ts';
import { isSidecar } from './pod-runtime.ts';

type Amounts = Readonly<Record<string, string>>;

const amount = (amounts: Amounts | undefined, resource: string): Quantity | undefined => {
  const text = amounts?.[resource];
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity?.isZero ? undefined : quantity;
};

const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
const PERIOD_MICROSECONDS = 100_000;
const QUOTA_MIN = 1_000;

/** Thousandths of a core as cgroup v1 CPU shares; the runtime turns them into weights for v2. */
const cpuShares = (milliCores: number): number =>
  Math.min(Math.max(SHARES_MIN, Math.floor((milliCores * 1024) / 1000)), SHARES_MAX);

const cpuQuota = (milliCores: number): number =>
  Math.max(QUOTA_MIN, Math.floor((milliCores * PERIOD_MICROSECONDS) / 1000));

const CRITICAL_PRIORITY = 2_000_000_000;
const GUARANTEED_OOM_SCORE_ADJ = -997;

/** How readily the kernel kills the container when memory runs out: 1000 is first. */
function oomScoreAdj(pod: Pod, { resources }: Container, memoryCapacityBytes: number): number {
  if ((pod.spec.priority ?? 0) >= CRITICAL_PRIORITY) return GUARANTEED_OOM_SCORE_ADJ;
  const qos = qosClassOf(pod.spec);
  if (qos === 'Guaranteed') return GUARANTEED_OOM_SCORE_ADJ;
  if (qos === 'BestEffort') return 1000;
  // The more it asked for, the later it goes; always after BestEffort, before Guaranteed.
  const requested = amount(resources?.requests, 'memory')?.value ?? 0;
  const score = 1000 - Math.floor((1000 * requested) / memoryCapacityBytes);
  return Math.min(Math.max(score, 1000 + GUARANTEED_OOM_SCORE_ADJ), 999);
}

/** What the runtime is told about a container's share of the machine. */
export function containerResources(
  pod: Pod,
  container: Container,
  memoryCapacityBytes: number,
): ContainerResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = amount(limits, 'cpu')?.milliValue;
  const cpuRequest = amount(requests, 'cpu')?.milliValue ?? cpuLimit ?? 0;
  const memoryLimit = amount(limits, 'memory')?.value;
  return {
    cpuShares: cpuShares(cpuRequest),
    ...(cpuLimit !== undefined && {
      cpuPeriod: PERIOD_MICROSECONDS,
      cpuQuota: cpuQuota(cpuLimit),
    }),
    ...(memoryLimit !== undefined && { memoryLimitBytes: memoryLimit }),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacityBytes),
  };
}

/** What the cgroup of the whole pod is given: limits only where every container has one. */
export function podResources(pod: Pod): ContainerResources {
  const cpuRequest = podTotal(pod, 'requests', 'cpu')?.milliValue ?? 0;
  const cpuLimit = podTotal(pod, 'limits', 'cpu')?.milliValue;
  const memoryLimit = podTotal(pod, 'limits', 'memory')?.value;
  return {
    cpuShares: cpuShares(cpuRequest || (cpuLimit ?? 0)),
    ...(cpuLimit && { cpuPeriod: PERIOD_MICROSECONDS, cpuQuota: cpuQuota(cpuLimit) }),
    ...(memoryLimit && { memoryLimitBytes: memoryLimit }),
  };
}

/**
 * What the pod needs of a resource at its worst moment: all that stays, or an init container with
 * the sidecars before it, whichever is more. For limits undefined unless every container has one.
 */
export function podTotal(
  { spec }: Pod,
  which: 'requests' | 'limits',
  resource: string,
): Quantity | undefined {
  const own = amount(spec.resources?.[which], resource);
  if (own) return own;
  const of = (container: Container) => amount(container.resources?.[which], resource);
  const init = spec.initContainers ?? [];
  if (which === 'limits' && [...spec.containers, ...init].some((c) => !of(c))) return undefined;
  let sidecars = Quantity.zero;
  let worstInit = Quantity.zero;
  for (const container of init) {
    const asked = of(container) ?? Quantity.zero;
    if (isSidecar(container)) sidecars = sidecars.plus(asked);
    const moment = isSidecar(container) ? sidecars : sidecars.plus(asked);
    if (moment.compare(worstInit) > 0) worstInit = moment;
  }
  let total = sidecars;
  for (const container of spec.containers) total = total.plus(of(container) ?? Quantity.zero);
  const most = total.compare(worstInit) > 0 ? total : worstInit;
  const overhead = amount(spec.overhead, resource);
  return overhead ? most.plus(overhead) : most;
}
