import type { Draft } from '../../../machinery/object.ts';
import type { Quantity } from '../../../machinery/quantity.ts';
import type { PodSpec, ResourceRequirements } from '../../generated/core/v1/types.ts';
import { addResources, allowsOvercommit, isHugePages, roundUpResources } from '../resource-list.ts';
import { containersNeed } from './effective-resources.ts';

/** Whether a resource may be given for the pod as a whole. */
export const isPodLevelResource = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || isHugePages(name);

/** What a pod needs at its worst moment, with what it needs itself beside its containers. */
export function podNeeds(
  spec: Pick<PodSpec, 'containers' | 'initContainers' | 'resources' | 'overhead'>,
  side: 'requests' | 'limits',
): Map<string, Quantity> {
  const { resources, overhead } = spec;
  const totals = containersNeed(spec, side);
  for (const [name, amount] of totalsOf(resources?.[side])) {
    if (isPodLevelResource(name)) totals.set(name, amount);
  }
  for (const [name, amount] of totalsOf(overhead)) {
    const before = totals.get(name);
    if (side === 'requests' || before) totals.set(name, before?.plus(amount) ?? amount);
  }
  return totals;
}

/** A list of resources in numbers. */
export function totalsOf(list: ResourceRequirements['requests']): Map<string, Quantity> {
  const totals = new Map<string, Quantity>();
  addResources(totals, list);
  return totals;
}

/**
 * Fills in what a pod asks for as a whole, once it asks for anything (KEP-2837): the containers'
 * huge pages as limits; as requests what the containers request, else the limits.
 */
export function defaultPodLevelResources(
  spec: Draft<PodSpec>,
  resources: Draft<ResourceRequirements>,
): void {
  if (resources.limits) roundUpResources(resources.limits);
  if (resources.requests) roundUpResources(resources.requests);
  if (isEmpty(resources.limits) && isEmpty(resources.requests)) return;
  limitHugePages(spec, resources);
  if (isEmpty(resources.limits)) return;
  const requests = { ...resources.requests };
  for (const [name, amount] of containersNeed(spec as PodSpec, 'requests')) {
    if (isPodLevelResource(name) && allowsOvercommit(name)) requests[name] ??= `${amount}`;
  }
  for (const name in resources.limits) {
    if (isPodLevelResource(name)) requests[name] ??= resources.limits[name]!;
  }
  if (!isEmpty(requests)) resources.requests = requests;
}

function limitHugePages(spec: Draft<PodSpec>, resources: Draft<ResourceRequirements>): void {
  for (const [name, amount] of containersNeed(spec as PodSpec, 'limits')) {
    if (!isHugePages(name) || resources.requests?.[name] !== undefined) continue;
    resources.limits ??= {};
    resources.limits[name] ??= `${amount}`;
  }
}

const isEmpty = (list: object | undefined): boolean =>
  list === undefined || Object.keys(list).length === 0;
