import type { KubeObject } from '../machinery/object.ts';
import { mutatingAdmissionPolicies } from './admissionregistration-v1/mutating-admission-policy.ts';
import { mutatingAdmissionPolicyBindings } from './admissionregistration-v1/mutating-admission-policy-binding.ts';
import { mutatingWebhookConfigurations } from './admissionregistration-v1/mutating-webhook-configuration.ts';
import { validatingAdmissionPolicies } from './admissionregistration-v1/validating-admission-policy.ts';
import { validatingAdmissionPolicyBindings } from './admissionregistration-v1/validating-admission-policy-binding.ts';
import { validatingWebhookConfigurations } from './admissionregistration-v1/validating-webhook-configuration.ts';
import { customResourceDefinitions } from './apiextensions-v1/custom-resource-definition.ts';
import { apiServices } from './apiregistration-v1/api-service.ts';
import { controllerRevisions } from './apps-v1/controller-revision.ts';
import { daemonSets } from './apps-v1/daemon-set.ts';
import { deployments } from './apps-v1/deployment.ts';
import { replicaSets } from './apps-v1/replica-set.ts';
import { statefulSets } from './apps-v1/stateful-set.ts';
import { horizontalPodAutoscalers as firstPodAutoscalers } from './autoscaling-v1/horizontal-pod-autoscaler.ts';
import { horizontalPodAutoscalers } from './autoscaling-v2/horizontal-pod-autoscaler.ts';
import { cronJobs } from './batch-v1/cron-job.ts';
import { jobs } from './batch-v1/job/job.ts';
import { certificateSigningRequests } from './certificates-v1/certificate-signing-request.ts';
import { leases } from './coordination-v1/lease.ts';
import { componentStatuses } from './core-v1/component-status.ts';
import { configMaps } from './core-v1/config-map.ts';
import { endpoints } from './core-v1/endpoints.ts';
import { events as coreEvents } from './core-v1/event.ts';
import { limitRanges } from './core-v1/limit-range.ts';
import { namespaces } from './core-v1/namespace.ts';
import { nodes } from './core-v1/node.ts';
import { persistentVolumes } from './core-v1/persistent-volume/persistent-volume.ts';
import { persistentVolumeClaims } from './core-v1/persistent-volume-claim.ts';
import { pods } from './core-v1/pod/pod.ts';
import { podTemplates } from './core-v1/pod-template.ts';
import { replicationControllers } from './core-v1/replication-controller.ts';
import { resourceQuotas } from './core-v1/resource-quota.ts';
import { secrets } from './core-v1/secret.ts';
import { services } from './core-v1/service/service.ts';
import { serviceAccounts } from './core-v1/service-account.ts';
import type { ResourceDefinition } from './definition.ts';
import { endpointSlices } from './discovery-v1/endpoint-slice.ts';
import { events } from './events-v1/event.ts';
import { flowSchemas } from './flowcontrol-v1/flow-schema.ts';
import { priorityLevelConfigurations } from './flowcontrol-v1/priority-level-configuration.ts';
import { ingresses } from './networking-v1/ingress.ts';
import { ingressClasses } from './networking-v1/ingress-class.ts';
import { ipAddresses } from './networking-v1/ip-address.ts';
import { networkPolicies } from './networking-v1/network-policy.ts';
import { serviceCidrs } from './networking-v1/service-cidr.ts';
import { runtimeClasses } from './node-v1/runtime-class.ts';
import { plainDefinitions } from './plain-definitions.ts';
import { podDisruptionBudgets } from './policy-v1/pod-disruption-budget.ts';
import { clusterRoles } from './rbac-v1/cluster-role.ts';
import { clusterRoleBindings } from './rbac-v1/cluster-role-binding.ts';
import { roles } from './rbac-v1/role.ts';
import { roleBindings } from './rbac-v1/role-binding.ts';
import { deviceClasses } from './resource-v1/device-class.ts';
import { resourceClaims } from './resource-v1/resource-claim.ts';
import { resourceClaimTemplates } from './resource-v1/resource-claim-template.ts';
import { resourceSlices } from './resource-v1/resource-slice.ts';
import { priorityClasses } from './scheduling-v1/priority-class.ts';
import { csiDrivers } from './storage-v1/csi-driver.ts';
import { csiNodes } from './storage-v1/csi-node.ts';
import { csiStorageCapacities } from './storage-v1/csi-storage-capacity.ts';
import { storageClasses } from './storage-v1/storage-class.ts';
import { volumeAttachments } from './storage-v1/volume-attachment.ts';
import { volumeAttributesClasses } from './storage-v1/volume-attributes-class.ts';

/**
 * The table holds kinds of all types side by side. What is handed to a definition is always an
 * object of its own kind: the registry looks the definition up by it.
 */
const of = <T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition =>
  definition as unknown as ResourceDefinition;

/** The definitions written by hand. */
const written: readonly ResourceDefinition[] = [
  of(apiServices),
  of(certificateSigningRequests),
  of(clusterRoleBindings),
  of(clusterRoles),
  of(componentStatuses),
  of(configMaps),
  of(controllerRevisions),
  of(coreEvents),
  of(cronJobs),
  of(csiDrivers),
  of(csiNodes),
  of(csiStorageCapacities),
  of(customResourceDefinitions),
  of(daemonSets),
  of(deployments),
  of(deviceClasses),
  of(endpoints),
  of(endpointSlices),
  of(events),
  of(firstPodAutoscalers),
  of(flowSchemas),
  of(horizontalPodAutoscalers),
  of(ingressClasses),
  of(ingresses),
  of(ipAddresses),
  of(jobs),
  of(leases),
  of(limitRanges),
  of(mutatingAdmissionPolicies),
  of(mutatingAdmissionPolicyBindings),
  of(mutatingWebhookConfigurations),
  of(namespaces),
  of(networkPolicies),
  of(nodes),
  of(persistentVolumeClaims),
  of(persistentVolumes),
  of(podDisruptionBudgets),
  of(pods),
  of(podTemplates),
  of(priorityClasses),
  of(priorityLevelConfigurations),
  of(replicaSets),
  of(replicationControllers),
  of(resourceClaims),
  of(resourceClaimTemplates),
  of(resourceQuotas),
  of(resourceSlices),
  of(roleBindings),
  of(roles),
  of(runtimeClasses),
  of(secrets),
  of(serviceAccounts),
  of(serviceCidrs),
  of(services),
  of(statefulSets),
  of(storageClasses),
  of(validatingAdmissionPolicies),
  of(validatingAdmissionPolicyBindings),
  of(validatingWebhookConfigurations),
  of(volumeAttachments),
  of(volumeAttributesClasses),
];

/** Every resource that is served: all GA kinds of 1.36, which serves no beta unless told to. */
export const definitions: readonly ResourceDefinition[] = [
  ...written,
  ...plainDefinitions(written),
];
