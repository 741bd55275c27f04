import { validatingAdmissionPolicies } from '../api/generated/admissionregistration/v1/resources.ts';
import { certificateSigningRequests } from '../api/generated/certificates/v1/resources.ts';
import { leases } from '../api/generated/coordination/v1/resources.ts';
import { configMaps, resourceQuotas } from '../api/generated/core/v1/resources.ts';
import { type Action, type Controller, runController } from '../client/controller.ts';
import { Informer } from '../client/informer.ts';
import type { ResourceCatalog } from '../client/resource-catalog.ts';
import type { KubeObject } from '../machinery/object.ts';
import {
  type CertificateSigner,
  certificateSigningController,
} from './certificate-signing/controller.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation/controller.ts';
import { cronJobController } from './cron-job/controller.ts';
import { daemonSetController } from './daemon-set/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointSliceController } from './endpoint-slice/controller.ts';
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import type { SharedInformer } from './garbage-collector/collected.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { createInformers, type Informers } from './informers.ts';
import { jobController } from './job/controller.ts';
import { orphanedJobPodsController } from './job/orphans.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeIpamController } from './node-ipam/controller.ts';
import { NODE_LEASES, nodeLifecycleController } from './node-lifecycle/controller.ts';
import { podGarbageController, terminatedPodsController } from './pod-garbage/controller.ts';
import { policyTypesController } from './policy-types/controller.ts';
import { replicaSetController } from './replica-set/controller.ts';
import { replicationControllerController } from './replication-controller/controller.ts';
import { resourceQuotaController } from './resource-quota/controller.ts';
import { ROOT_CA_SELECTOR, serviceAccountController } from './service-account/controller.ts';
import { ServicePods } from './service-pods.ts';
import { statefulSetController } from './stateful-set/controller.ts';
import { taintEvictionController } from './taint-eviction/controller.ts';
import type { ControllerTools } from './tools.ts';
import { ttlAfterFinishedController } from './ttl-after-finished/controller.ts';
import {
  claimProtectionController,
  volumeProtectionController,
} from './volume-protection/controller.ts';

export interface ControllerOptions {
  /** The certificate that pods trust the API server by, PEM. */
  readonly rootCertificate: string;
  /** What there is to be collected and emptied; more may come while controllers run. */
  readonly catalog: ResourceCatalog;
  /** The networks that pods have their addresses from: one, or one of each family. */
  readonly podCidrs: readonly string[];
  /** Answers requests for certificates; nobody does without it. */
  readonly signer?: CertificateSigner | undefined;
}

/** Runs every controller until the signal aborts. Resolves once all have caught up. */
export async function startControllers(
  tools: ControllerTools,
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = tools;
  const { catalog, signer } = options;
  const informerTools = { ...tools, client: tools.clientFor('controller-informers') };
  const informers = createInformers(informerTools);
  const servicePods = new ServicePods(informers.services, informers.pods);
  const caches = { ...informers, servicePods };
  const rootCas = new Informer(informerTools, configMaps, { fieldSelector: ROOT_CA_SELECTOR });
  const nodeLeases = new Informer(informerTools, leases, { namespace: NODE_LEASES });
  const quotas = new Informer(informerTools, resourceQuotas);
  const requests = new Informer(informerTools, certificateSigningRequests);
  const policies = new Informer(informerTools, validatingAdmissionPolicies);
  const controllers = [
    deploymentController(tools, caches),
    replicaSetController(tools, caches),
    replicationControllerController(tools, caches),
    statefulSetController(tools, caches),
    daemonSetController(tools, caches),
    cronJobController(tools, caches),
    jobController(tools, caches),
    orphanedJobPodsController(tools, caches),
    ttlAfterFinishedController(tools, caches),
    endpointSliceController(tools, caches),
    endpointsController(tools, caches),
    endpointSliceMirroringController(tools, caches),
    disruptionController(tools, caches),
    claimProtectionController(tools, caches),
    volumeProtectionController(tools, caches),
    podGarbageController(tools, caches),
    terminatedPodsController(tools, caches),
    namespaceController(tools, caches, catalog),
    nodeLifecycleController(tools, { ...caches, leases: nodeLeases }),
    taintEvictionController(tools, caches),
    clusterRoleAggregationController(tools, caches),
    nodeIpamController(tools, caches, options.podCidrs),
    garbageCollector(tools, catalog, sharedAmong(informers), signal),
    resourceQuotaController(tools, quotas, catalog, sharedAmong(informers), signal),
    policyTypesController(tools, policies),
    serviceAccountController(tools, { ...caches, rootCas }, options.rootCertificate),
    ...(signer ? [certificateSigningController(tools, caches, requests, signer)] : []),
  ] as readonly unknown[] as readonly Controller<never, Action>[];
  for (const informer of [...Object.values(informers), rootCas, nodeLeases, quotas, policies]) {
    informer.start(signal);
  }
  if (signer) requests.start(signal);
  await Promise.all(
    controllers.map((controller) => runController(controller, { clock, logger, signal })),
  );
}

/** Finds the informer of all objects of a resource, where there is one already. */
function sharedAmong(informers: Informers): SharedInformer {
  const all = Object.values(informers) as readonly unknown[] as readonly Informer<KubeObject>[];
  return ({ group, version, plural }) =>
    all.find(
      ({ resource }) =>
        resource.group === group && resource.version === version && resource.plural === plural,
    );
}
