import {
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
} from '../api/generated/apps/v1/resources.ts';
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from '../api/generated/apps/v1/types.ts';
import { cronJobs, jobs } from '../api/generated/batch/v1/resources.ts';
import type { CronJob, Job } from '../api/generated/batch/v1/types.ts';
import {
  endpoints,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicationControllers,
  serviceAccounts,
  services,
} from '../api/generated/core/v1/resources.ts';
import type {
  Endpoints,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicationController,
  Service,
  ServiceAccount,
} from '../api/generated/core/v1/types.ts';
import { endpointSlices } from '../api/generated/discovery/v1/resources.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import { podDisruptionBudgets } from '../api/generated/policy/v1/resources.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { clusterRoles } from '../api/generated/rbac/v1/resources.ts';
import type { ClusterRole } from '../api/generated/rbac/v1/types.ts';
import { Informer, type InformerTools } from '../client/informer.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import { claimsOf } from './pod-claims.ts';

/** The index of an informer by the UID of the managing owner; orphans are under `orphan:NAMESPACE`. */
export const BY_OWNER = 'owner';

const byOwner = (object: KubeObject): readonly string[] => [
  controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace),
];

/** Where the owner index keeps the objects of a namespace that nobody manages. */
export const orphansOf = (namespace = ''): string => `orphan:${namespace}`;

/** The index of pods by the node that they are bound to. */
export const BY_NODE = 'node';

const byNode = ({ spec }: Pod): readonly string[] => (spec.nodeName ? [spec.nodeName] : []);

/** The index of pods that have ended, all under `ENDED`: the others aren't in it. */
export const BY_END = 'end';
export const ENDED = 'ended';

const byEnd = ({ status }: Pod): readonly string[] =>
  status.phase === 'Succeeded' || status.phase === 'Failed' ? [ENDED] : [];

/** The index of pods by the keys of the claims that their volumes are made of. */
export const BY_CLAIM = 'claim';

/** The index of EndpointSlices by the key of their Service. */
export const BY_SERVICE = 'service';

const byService = ({ metadata }: EndpointSlice): readonly string[] => {
  const service = metadata.labels?.['kubernetes.io/service-name'];
  return service ? [`${metadata.namespace}/${service}`] : [];
};

/** The index of ClusterRoles that take in others, all under `AGGREGATED`. */
export const BY_AGGREGATION = 'aggregation';
export const AGGREGATED = 'aggregated';

const byAggregation = ({ aggregationRule }: ClusterRole): readonly string[] =>
  aggregationRule ? [AGGREGATED] : [];

/** The caches that controllers share: one a resource, however many read it. */
export interface Informers {
  readonly pods: Informer<Pod>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly deployments: Informer<Deployment>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly daemonSets: Informer<DaemonSet>;
  readonly controllerRevisions: Informer<ControllerRevision>;
  readonly cronJobs: Informer<CronJob>;
  readonly jobs: Informer<Job>;
  readonly replicationControllers: Informer<ReplicationController>;
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly endpoints: Informer<Endpoints>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly budgets: Informer<PodDisruptionBudget>;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly clusterRoles: Informer<ClusterRole>;
}

export function createInformers(tools: InformerTools): Informers {
  const indexes = { [BY_OWNER]: byOwner };
  return {
    pods: new Informer(tools, pods, {
      indexes: { ...indexes, [BY_NODE]: byNode, [BY_END]: byEnd, [BY_CLAIM]: claimsOf },
    }),
    replicaSets: new Informer(tools, replicaSets, { indexes }),
    deployments: new Informer(tools, deployments),
    statefulSets: new Informer(tools, statefulSets),
    daemonSets: new Informer(tools, daemonSets),
    controllerRevisions: new Informer(tools, controllerRevisions, { indexes }),
    cronJobs: new Informer(tools, cronJobs),
    jobs: new Informer(tools, jobs, { indexes }),
    replicationControllers: new Informer(tools, replicationControllers),
    services: new Informer(tools, services),
    endpointSlices: new Informer(tools, endpointSlices, { indexes: { [BY_SERVICE]: byService } }),
    endpoints: new Informer(tools, endpoints),
    nodes: new Informer(tools, nodes),
    namespaces: new Informer(tools, namespaces),
    serviceAccounts: new Informer(tools, serviceAccounts),
    budgets: new Informer(tools, podDisruptionBudgets),
    claims: new Informer(tools, persistentVolumeClaims),
    volumes: new Informer(tools, persistentVolumes),
    clusterRoles: new Informer(tools, clusterRoles, {
      indexes: { [BY_AGGREGATION]: byAggregation },
    }),
  };
}
