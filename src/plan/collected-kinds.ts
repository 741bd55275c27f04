import { definitions } from '../api/definitions.ts';
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '../api/generated/admissionregistration/v1/resources.ts';
import {
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
} from '../api/generated/apps/v1/resources.ts';
import { horizontalPodAutoscalers } from '../api/generated/autoscaling/v2/resources.ts';
import { cronJobs, jobs } from '../api/generated/batch/v1/resources.ts';
import {
  configMaps,
  endpoints,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
} from '../api/generated/core/v1/resources.ts';
import { endpointSlices } from '../api/generated/discovery/v1/resources.ts';
import {
  ingressClasses,
  ingresses,
  networkPolicies,
} from '../api/generated/networking/v1/resources.ts';
import { runtimeClasses } from '../api/generated/node/v1/resources.ts';
import { podDisruptionBudgets } from '../api/generated/policy/v1/resources.ts';
import { priorityClasses } from '../api/generated/scheduling/v1/resources.ts';
import { csiDrivers, csiNodes, storageClasses } from '../api/generated/storage/v1/resources.ts';
import type { Resource } from '../machinery/resource.ts';

/** Kinds that controllers, the scheduler or admission go by: they come along with all objects. */
export const WHOLE = [
  namespaces,
  nodes,
  pods,
  services,
  endpoints,
  endpointSlices,
  serviceAccounts,
  limitRanges,
  resourceQuotas,
  replicationControllers,
  persistentVolumes,
  persistentVolumeClaims,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  controllerRevisions,
  jobs,
  cronJobs,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
  priorityClasses,
  runtimeClasses,
  storageClasses,
  csiDrivers,
  csiNodes,
  ingressClasses,
  ingresses,
  networkPolicies,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
] as readonly Resource[];

/** Kinds of which it matters that they are there: what is in them stays on the server. */
export const NAMES_ONLY = [configMaps, secrets] as readonly Resource[];

/** Without these nothing can be rehearsed. */
export const ESSENTIAL: ReadonlySet<Resource> = new Set<Resource>([
  namespaces,
  nodes,
  pods,
  replicaSets,
  deployments,
]);

const groups: ReadonlySet<string> = new Set(definitions.map(({ group }) => group));

/** Whether a group is one of Kubernetes' own; in all others users have defined the kinds. */
export const isBuiltIn = (group: string): boolean => groups.has(group);
