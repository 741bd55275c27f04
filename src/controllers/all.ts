import { leases } from '../api/generated/coordination/v1/resources.ts';
import { configMaps } from '../api/generated/core/v1/resources.ts';
import { type Action, type Controller, runController } from '../client/controller.ts';
import { Informer } from '../client/informer.ts';
import type { Resource } from '../machinery/resource.ts';
import { deploymentController } from './deployment/controller.ts';
import { endpointSliceController } from './endpoint-slice/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { createInformers } from './informers.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeIpamController } from './node-ipam/controller.ts';
import { NODE_LEASES, nodeLifecycleController } from './node-lifecycle/controller.ts';
import { podGarbageController } from './pod-garbage/controller.ts';
import { replicaSetController } from './replica-set/controller.ts';
import { ROOT_CA_SELECTOR, serviceAccountController } from './service-account/controller.ts';
import type { ControllerTools } from './tools.ts';

export interface ControllerOptions {
  /** The certificate that pods trust the API server by, PEM. */
  readonly rootCertificate: string;
  /** All resources that live in namespaces now; more may come. */
  readonly namespacedResources: () => Promise<readonly Resource[]>;
  /** What the garbage collector looks after: all that can be listed, watched and deleted. */
  readonly collectedResources: readonly Resource[];
  /** The networks that pods have their addresses from: one, or one of each family. */
  readonly podCidrs: readonly string[];
}

/** Runs every controller until the signal aborts. Resolves once all have caught up. */
export async function startControllers(
  tools: ControllerTools,
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = tools;
  const informerTools = { ...tools, client: tools.clientFor('controller-informers') };
  const caches = createInformers(informerTools);
  const rootCas = new Informer(informerTools, configMaps, { fieldSelector: ROOT_CA_SELECTOR });
  const nodeLeases = new Informer(informerTools, leases, { namespace: NODE_LEASES });
  const controllers: readonly Controller<never, Action>[] = [
    deploymentController(tools, caches),
    replicaSetController(tools, caches),
    endpointSliceController(tools, caches),
    endpointsController(tools, caches),
    podGarbageController(tools, caches),
    namespaceController(tools, caches, options.namespacedResources),
    nodeLifecycleController(tools, { ...caches, leases: nodeLeases }),
    nodeIpamController(tools, caches, options.podCidrs),
    garbageCollector(tools, options.collectedResources, signal),
    serviceAccountController(tools, { ...caches, rootCas }, options.rootCertificate),
  ] as readonly unknown[] as readonly Controller<never, Action>[];
  for (const informer of [...Object.values(caches), rootCas, nodeLeases]) informer.start(signal);
  await Promise.all(
    controllers.map((controller) => runController(controller, { clock, logger, signal })),
  );
}
