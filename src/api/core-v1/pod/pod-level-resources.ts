import type { Draft } from '../../../machinery/object.ts';
import type { PodSpec, ResourceRequirements } from '../../generated/core/v1/types.ts';
import { allowsOvercommit, isHugePages, roundUpResources } from '../resource-list.ts';
import { containersNeed } from './effective-resources.ts';

/** Whether a resource may be given for the pod as a whole. */
export const isPodLevelResource = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || isHugePages(name);

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
