import type { Pod, Toleration } from '../api/generated/core/v1/types.ts';
import { controllerOf, keyOf } from '../machinery/object.ts';
import type { Labels } from '../machinery/selector/label-selector.ts';
import { type AffinityTerms, affinityTermsOf } from './affinity-terms.ts';
import { podRequests } from './pod-requests.ts';
import type { Resources } from './resources.ts';

/** A port of the node that a pod takes for itself. */
export interface HostPort {
  readonly port: number;
  readonly protocol: string;
  /** `0.0.0.0` is every address. */
  readonly hostIp: string;
}

const NO_LABELS: Labels = {};
const NO_TOLERATIONS: readonly Toleration[] = [];
const NO_PORTS: readonly HostPort[] = [];
const NO_NAMES: readonly string[] = [];
/** Whose pods are meant to be interchangeable, and so spread without being told to. */
const REPLICATING = new Set(['ReplicaSet', 'StatefulSet', 'ReplicationController']);

/** A pod and what the scheduler asks about it again and again, worked out once. Immutable. */
export class PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly requests: Resources;
  /** What scoring takes the pod to use. */
  readonly scoring: Resources;
  readonly tolerations: readonly Toleration[];
  readonly hostPorts: readonly HostPort[];
  readonly terms: AffinityTerms;
  /** Whether any term is there at all. */
  readonly hasAffinity: boolean;
  readonly isTerminating: boolean;
  /** UID of the ReplicaSet, StatefulSet or ReplicationController that made it. */
  readonly replicaOf: string | undefined;
  /** Names of the PersistentVolumeClaims it mounts. */
  readonly claims: readonly string[];
  /** Where room was made for it by preemption. */
  readonly nominatedNode: string | undefined;
  #signature: PodSignature | undefined;

  /** `nominatedNode`: where room is kept for it now, null for nowhere, if the status is behind. */
  constructor(pod: Pod, nominatedNode: string | null = pod.status?.nominatedNodeName ?? null) {
    const { metadata, spec } = pod;
    this.pod = pod;
    this.uid = metadata.uid;
    this.key = keyOf(pod);
    this.namespace = metadata.namespace ?? '';
    this.labels = metadata.labels ?? NO_LABELS;
    this.priority = spec.priority ?? 0;
    const { requests, scoring } = podRequests(pod);
    this.requests = requests;
    this.scoring = scoring;
    this.tolerations = spec.tolerations ?? NO_TOLERATIONS;
    this.hostPorts = hostPortsOf(pod);
    this.terms = affinityTermsOf(pod);
    this.hasAffinity = Object.values(this.terms).some((terms) => terms.length > 0);
    this.isTerminating = metadata.deletionTimestamp !== undefined;
    const owner = controllerOf(pod);
    this.replicaOf = owner && REPLICATING.has(owner.kind) ? owner.uid : undefined;
    this.claims = claimNamesOf(pod);
    this.nominatedNode = nominatedNode || undefined;
  }

  /** What makes two pods the same to the scheduler. Worked out when first asked for. */
  get signature(): PodSignature {
    this.#signature ??= signatureOf(this);
    return this.#signature;
  }
}

/** Two pods with equal signatures get equal verdicts and scores on every node. */
export interface PodSignature {
  /** All that counts by itself. */
  readonly own: string;
  /** What counts as soon as pods choose their neighbours: namespace and labels. */
  readonly social: string;
  /** Whether the pod itself chooses neighbours, so that `social` always counts. */
  readonly isSocial: boolean;
}

function signatureOf(info: PodInfo): PodSignature {
  const { spec } = info.pod;
  const { cpuMilli, memoryBytes, storageBytes, scalars } = info.requests;
  const own = JSON.stringify([
    [info.priority, spec.preemptionPolicy],
    [cpuMilli, memoryBytes, storageBytes, ...[...scalars].flat()],
    [info.scoring.cpuMilli, info.scoring.memoryBytes],
    info.replicaOf,
    spec.nodeName,
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    info.hostPorts,
    imagesOf(info.pod),
  ]);
  const isSocial = info.hasAffinity || (spec.topologySpreadConstraints?.length ?? 0) > 0;
  return { own, social: JSON.stringify([info.namespace, info.labels]), isSocial };
}

/** The images of all containers, in order. */
export const imagesOf = ({ spec }: Pod): string[] =>
  [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image ?? '');

function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  let found: HostPort[] | undefined;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (!container.ports || !runsAlong(container, spec.containers)) continue;
    for (const { hostPort, protocol, hostIP } of container.ports) {
      if (!hostPort) continue;
      found ??= [];
      found.push({ port: hostPort, protocol: protocol || 'TCP', hostIp: hostIP || '0.0.0.0' });
    }
  }
  return found ?? NO_PORTS;
}

/** Init containers that end before the pod runs hold no ports; sidecars do. */
const runsAlong = (
  container: Pod['spec']['containers'][number],
  main: Pod['spec']['containers'],
): boolean => main.includes(container) || container.restartPolicy === 'Always';

function claimNamesOf({ metadata, spec }: Pod): readonly string[] {
  let names: string[] | undefined;
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (!persistentVolumeClaim && !ephemeral) continue;
    names ??= [];
    names.push(persistentVolumeClaim?.claimName ?? `${metadata.name}-${name}`);
  }
  return names ?? NO_NAMES;
}

/** Whether two ports can't be held on one node. */
export const portsConflict = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.hostIp === b.hostIp || a.hostIp === '0.0.0.0' || b.hostIp === '0.0.0.0');
