import type { Draft } from '../../../machinery/object.ts';
import { part } from '../../drafts.ts';
import type {
  Container,
  EphemeralContainer,
  Pod,
  PodSpec,
  PodStatus,
  Probe,
} from '../../generated/core/v1/types.ts';
import { roundUpResources } from '../resource-list.ts';
import { imageTag } from './image-rules.ts';
import { defaultPodLevelResources } from './pod-level-resources.ts';
import { defaultVolume } from './volume-defaults.ts';

/** Fills in a pod: what every pod spec gets, and what only a real pod gets, not a template. */
export function defaultPod(pod: Draft<Pod>): void {
  const spec = part(pod, 'spec');
  defaultPodSpec(spec);
  for (const container of spec.containers ?? []) requestWhatIsLimited(container);
  for (const container of spec.initContainers ?? []) requestWhatIsLimited(container);
  if (spec.resources) defaultPodLevelResources(spec, spec.resources);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) exposeOnHost(spec);
  // What is less than no time is as little as there is; a template keeps what was said.
  if (spec.terminationGracePeriodSeconds! < 0) spec.terminationGracePeriodSeconds = 1;
  dropInitAnnotations(pod.metadata?.annotations);
  if (pod.status) shareAddresses(pod.status);
}

/** Fills in the spec of a pod or of a template that pods are made from. */
export function defaultPodSpec(spec: Draft<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  // Two names for one field: old clients read the deprecated one.
  if (!spec.serviceAccountName && spec.serviceAccount) {
    spec.serviceAccountName = spec.serviceAccount;
  }
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  if (spec.overhead) roundUpResources(spec.overhead);
}

// Init containers were once written as annotations; old clients send them along.
const INIT_ANNOTATIONS = ['alpha', 'beta'].flatMap((stage) => [
  `pod.${stage}.kubernetes.io/init-containers`,
  `pod.${stage}.kubernetes.io/init-container-statuses`,
]);

function dropInitAnnotations(annotations: Record<string, string> | undefined): void {
  if (annotations) for (const key of INIT_ANNOTATIONS) delete annotations[key];
}

// A single address and the list of them say the same; either may have been given.
function shareAddresses(status: Draft<PodStatus>): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP)
    status.podIPs = [{ ip: status.podIP }];
  if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
}

// On the host's network a container's port is the host's.
function exposeOnHost({ containers, initContainers }: Draft<PodSpec>): void {
  for (const { ports } of [...(containers ?? []), ...(initContainers ?? [])]) {
    for (const port of ports ?? []) port.hostPort ||= port.containerPort;
  }
}

function defaultContainer(container: Draft<Container | EphemeralContainer>): void {
  // Who names no version, or the latest, wants whatever is newest now.
  container.imagePullPolicy ||=
    imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  const { limits, requests } = part(container, 'resources');
  if (limits) roundUpResources(limits);
  if (requests) roundUpResources(requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (!valueFrom) continue;
    if (valueFrom.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom.resourceFieldRef) valueFrom.resourceFieldRef.divisor ||= '0';
    if (valueFrom.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

function defaultProbe(probe: Draft<Probe>): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHttpGet(action: Draft<NonNullable<Probe['httpGet']>> | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function requestWhatIsLimited({ resources }: Draft<Container>): void {
  const limits = resources?.limits;
  if (!resources || !limits) return;
  const requests = part(resources, 'requests');
  for (const name in limits) requests[name] ??= limits[name]!;
}
