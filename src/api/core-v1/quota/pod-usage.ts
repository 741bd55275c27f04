import { parseTime } from '../../../base/clock.ts';
import { parseQuantity, type Quantity } from '../../../machinery/quantity.ts';
import type {
  Container,
  Pod,
  PodAffinityTerm,
  ScopedResourceSelectorRequirement as Requirement,
  ResourceRequirements,
} from '../../generated/core/v1/types.ts';
import { isPodLevelResource, podNeeds, totalsOf } from '../pod/pod-level-resources.ts';
import { qosClassOf } from '../pod/qos.ts';
import { isExtendedResource, isHugePages, isNativeResource } from '../resource-list.ts';
import { ONE, type QuotaEvaluator, selectsName, type Usage } from './usage.ts';

const COUNT = 'count/pods';
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const NAMES = new Set([
  COUNT,
  'pods',
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** What each container has to say as soon as a quota limits it. Kept so for old clients only. */
const TO_BE_SAID = new Set(
  ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
);
const DEVICE_CLASS = 'deviceclass.resource.kubernetes.io/';

/** `requests.vendor.example/gpu`: of what vendors offer, only requests are limited. */
export const isExtendedRequest = (name: string): boolean =>
  name.startsWith('requests.') && !isNativeResource(name);

/** What pods use: compute until they end, and a place in the namespace until they are gone. */
export const podUsage: QuotaEvaluator<Pod> = {
  counts: (name) =>
    NAMES.has(name) ||
    isHugePages(name) ||
    name.startsWith('requests.hugepages-') ||
    isExtendedRequest(name),

  usageOf(pod, now) {
    const usage = isEnded(pod, now)
      ? new Map<string, Quantity>()
      : computeUsage(podTotals(pod, 'requests'), podTotals(pod, 'limits'));
    return usage.set(COUNT, ONE);
  },

  isInScope,

  missing({ spec }, names) {
    const required = names.filter((name) => TO_BE_SAID.has(name)).sort();
    if (required.length === 0 || saysItAsAWhole(spec.resources)) return undefined;
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const unsaid = required.flatMap((name) => {
      const by = containers.filter(({ resources }) => !usageOf(resources).has(name));
      const all = [...new Set(by.map((container) => container.name))].sort();
      return all.length > 0 ? [`${name} for: ${all.join(',')}`] : [];
    });
    return unsaid.length > 0 ? `must specify ${unsaid.join('; ')}` : undefined;
  },

  isCharged: (operation, subresource) =>
    subresource === 'resize' || (operation === 'CREATE' && !subresource),
};

type Totals = Map<string, Quantity>;

const usageOf = (resources: ResourceRequirements | undefined): Usage =>
  computeUsage(totalsOf(resources?.requests), totalsOf(resources?.limits));

/** By the names of quotas: `cpu` and `requests.cpu` are the same, and `limits.cpu` another. */
function computeUsage(requests: Totals, limits: Totals): Totals {
  const usage: Totals = new Map([['pods', ONE]]);
  for (const [name, amount] of requests) {
    const isCompute = COMPUTE.includes(name) || isHugePages(name);
    if (isCompute) usage.set(name, amount);
    if (isCompute || isExtendedResource(name) || name.startsWith(DEVICE_CLASS)) {
      usage.set(`requests.${name}`, amount);
    }
  }
  for (const [name, amount] of limits) {
    if (COMPUTE.includes(name)) usage.set(`limits.${name}`, amount);
  }
  return usage;
}

/** What a pod needs, or still has where that is more. */
const podTotals = (pod: Pod, side: 'requests' | 'limits'): Totals =>
  podNeeds({ ...pod.spec, ...withActual(pod, side) }, side);

/** The containers, each with what it has where that is still more than what it asks for. */
function withActual({ spec, status }: Pod, side: 'requests' | 'limits') {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  if (statuses.every(({ resources }) => !resources)) return spec;
  const actual = (container: Container): Container => {
    const found = statuses.find(({ name }) => name === container.name);
    if (!found?.resources) return container;
    const allocated = side === 'requests' ? found.allocatedResources : undefined;
    const most: Record<string, string> = { ...container.resources?.[side] };
    for (const list of [found.resources[side], allocated]) raise(most, list);
    return { ...container, resources: { ...container.resources, [side]: most } };
  };
  return {
    containers: spec.containers.map(actual),
    initContainers: spec.initContainers?.map(actual) ?? [],
  };
}

function raise(most: Record<string, string>, list: ResourceRequirements['requests']): void {
  for (const [name, amount] of Object.entries(list ?? {})) {
    const before = most[name];
    const isMore = before === undefined || parseQuantity(amount).compare(parseQuantity(before)) > 0;
    if (isMore) most[name] = amount;
  }
}

const saysItAsAWhole = (resources: ResourceRequirements | undefined): boolean =>
  [resources?.requests, resources?.limits].some((list) =>
    Object.keys(list ?? {}).some(isPodLevelResource),
  );

/** Whether it ended, or should have by now: a node that is lost mustn't hold a quota. */
function isEnded({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const endsAt = releasedAt(metadata);
  return endsAt !== undefined && now > endsAt;
}

/** When a pod that is being deleted ceases to count, in milliseconds since the epoch. */
export function releasedAt({
  deletionTimestamp,
  deletionGracePeriodSeconds: seconds,
}: Pod['metadata']): number | undefined {
  const deletedAt = parseTime(deletionTimestamp);
  return deletedAt === undefined || seconds === undefined ? undefined : deletedAt + seconds * 1000;
}

function isInScope(pod: Pod, requirement: Requirement): boolean {
  const { activeDeadlineSeconds, priorityClassName } = pod.spec;
  const isTerminating = activeDeadlineSeconds !== undefined && activeDeadlineSeconds >= 0;
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating;
    case 'NotTerminating':
      return !isTerminating;
    case 'BestEffort':
      return qosClassOf(pod.spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(pod.spec) !== 'BestEffort';
    case 'PriorityClass':
      return selectsName(requirement, new Set(priorityClassName ? [priorityClassName] : []));
    case 'CrossNamespacePodAffinity':
      return looksAcrossNamespaces(pod);
    default:
      return false;
  }
}

function looksAcrossNamespaces({ spec: { affinity } }: Pod): boolean {
  const sides = [affinity?.podAffinity, affinity?.podAntiAffinity];
  const terms: readonly PodAffinityTerm[] = sides.flatMap((side) => [
    ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]);
  return terms.some(
    ({ namespaces, namespaceSelector }) =>
      (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined,
  );
}
