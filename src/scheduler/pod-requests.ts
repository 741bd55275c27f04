import type { Container, ContainerStatus, Pod } from '../api/generated/core/v1/types.ts';
import { amountOf, type ResourceList, ResourceSum, type Resources } from './resources.ts';

/** What scoring takes a container to use that doesn't say, so that such pods spread as well. */
const ASSUMED: ResourceList = { cpu: '100m', memory: '200Mi' };

/** What a pod asks of a node, all in all. */
export interface PodRequests {
  /** What the node must have free. */
  readonly requests: Resources;
  /** The same with something assumed for containers that ask for no cpu or memory; for scoring. */
  readonly scoring: Resources;
}

/**
 * What a pod takes of its node: the sum of its containers and sidecars, or what an init container
 * needs together with the sidecars started before it where that is more; the pod's own request
 * where it has one (KEP-2837), the larger of spec and status while it is resized (KEP-1287), and
 * its overhead on top.
 */
export function podRequests(pod: Pod): PodRequests {
  const actual = new ResourceSum();
  sumContainers(pod, actual, undefined);
  const own = pod.spec.resources?.requests;
  const assumed = assumedFor(own);
  const scoring = assumed && lacksRequest(pod, assumed) ? new ResourceSum() : undefined;
  if (scoring) sumContainers(pod, scoring, assumed);
  for (const sum of scoring ? [actual, scoring] : [actual]) {
    for (const name in own) if (isPodLevel(name)) sum.set(name, amountOf(name, own[name]!));
    sum.addList(pod.spec.overhead);
  }
  const requests = actual.done();
  return { requests, scoring: scoring?.done() ?? requests };
}

const isPodLevel = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** What is assumed where containers say nothing: nothing of what the pod itself asks for. */
function assumedFor(own: ResourceList | undefined): ResourceList | undefined {
  if (!own) return ASSUMED;
  const rest = Object.entries(ASSUMED).filter(([name]) => own[name] === undefined);
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}

function lacksRequest({ spec }: Pod, assumed: ResourceList): boolean {
  const lacks = ({ resources }: Container) =>
    Object.keys(assumed).some((name) => resources?.requests?.[name] === undefined);
  return spec.containers.some(lacks) || (spec.initContainers?.some(lacks) ?? false);
}

function sumContainers(pod: Pod, sum: ResourceSum, assumed: ResourceList | undefined): void {
  const { spec, status } = pod;
  const infeasible = isResizeInfeasible(pod);
  const requestOf = (container: Container, statuses: readonly ContainerStatus[] | undefined) =>
    containerRequest(container, statuses, infeasible, assumed);
  for (const container of spec.containers) sum.add(requestOf(container, status?.containerStatuses));
  if (!spec.initContainers?.length) return;
  const sidecars = new ResourceSum();
  const peak = new ResourceSum();
  for (const container of spec.initContainers) {
    const request = requestOf(container, status?.initContainerStatuses);
    if (container.restartPolicy === 'Always') {
      sum.add(request);
      peak.atLeast(sidecars.add(request));
    } else {
      peak.atLeast(request.add(sidecars));
    }
  }
  sum.atLeast(peak);
}

function containerRequest(
  container: Container,
  statuses: readonly ContainerStatus[] | undefined,
  infeasible: boolean,
  assumed: ResourceList | undefined,
): ResourceSum {
  const { resources, name } = container;
  const request = new ResourceSum();
  const status = statuses?.find((each) => each.name === name);
  if (!infeasible || !status?.resources) request.addList(resources?.requests);
  if (status?.resources?.requests && status.resources.requests !== resources?.requests) {
    request.atLeast(new ResourceSum().addList(status.resources.requests));
  }
  if (status?.allocatedResources) {
    request.atLeast(new ResourceSum().addList(status.allocatedResources));
  }
  for (const missing in assumed) {
    if (resources?.requests?.[missing] !== undefined) continue;
    request.set(missing, amountOf(missing, assumed[missing]!));
  }
  return request;
}

const isResizeInfeasible = ({ status }: Pod): boolean =>
  status?.conditions?.some(
    ({ type, status, reason }) =>
      type === 'PodResizePending' && status === 'True' && reason === 'Infeasible',
  ) ?? false;
