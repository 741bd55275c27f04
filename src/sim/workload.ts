import { deployments } from '../api/generated/apps/v1/resources.ts';
import type { Deployment } from '../api/generated/apps/v1/types.ts';
import {
  configMaps,
  namespaces,
  nodes,
  pods,
  services,
} from '../api/generated/core/v1/resources.ts';
import type { ConfigMap, Pod, Service } from '../api/generated/core/v1/types.ts';
import { podDisruptionBudgets } from '../api/generated/policy/v1/resources.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { pick, type Random, randomInt } from '../base/random.ts';
import { controllerOf, type NewObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { startCrashed } from './disturbances.ts';
import { BROKEN } from './pod-model.ts';
import type { Steps } from './steps.ts';
import { daemonSteps } from './workload-daemons.ts';
import { scheduleSteps, suspendAll } from './workload-schedules.ts';
import { setSteps } from './workload-sets.ts';
import type { World } from './world.ts';

const APPS = ['web', 'api', 'db'];
/** Namespaces in which users work; the last one is deleted now and then. */
const NAMESPACES = ['shop', 'lab'];

/** What users do to a cluster. */
export const STEPS: Steps = [
  [6, 'create a deployment', createDeployment],
  [6, 'change an image', changeImage],
  [5, 'scale', scale],
  [2, 'pause or resume', togglePause],
  [2, 'delete a deployment', deleteDeployment],
  [3, 'create settings that a deployment owns', createSettings],
  [4, 'create a service', createService],
  [2, 'change a service', changeService],
  [1, 'delete a service', deleteService],
  [4, 'delete a pod', deletePod],
  [1, 'relabel a pod', relabelPod],
  [1, 'create a bare pod', createBarePod],
  [1, 'delete a namespace', deleteNamespace],
  [2, 'create namespaces', createNamespaces],
  [3, 'power nodes on', powerOn],
  [2, 'create a budget', createBudget],
  [1, 'delete a budget', deleteBudget],
  [5, 'evict pods', evictPods],
  [1, 'cordon or uncordon a node', toggleCordon],
  [6, 'start what has crashed', startCrashed],
  ...setSteps(NAMESPACES),
];

/** As well, in some runs: what is on every node. */
export const DAEMON_STEPS = daemonSteps(NAMESPACES);

/** As well, in some runs: what comes again and again. */
export const SCHEDULE_STEPS = scheduleSteps(NAMESPACES);

/** As well, where there isn't room for everybody: pods that drive others away. */
export const CROWDED_STEPS: Steps = [
  [6, 'create an important pod', createImportantPod],
  [3, 'delete an important pod', deleteImportantPod],
  [2, 'taint or untaint a node', toggleTaint],
];

/** Puts right what only users can: cordons, taints, pauses. Ends what would go on for ever. */
export async function putRight(world: World): Promise<void> {
  await suspendAll(world);
  const { items } = await world.client.list(nodes);
  for (const node of items) {
    if (node.spec.unschedulable) {
      const body = { spec: { unschedulable: null } };
      await world.client.patch(nodes, node.metadata, { type: 'merge', body });
    }
    await setTaint(world, node.metadata.name, false);
  }
  for (const namespace of NAMESPACES) {
    await world.client.deleteCollection(pods, { namespace, ...IMPORTANT });
  }
  for (const { metadata, spec } of (await world.client.list(deployments)).items) {
    if (!spec.paused) continue;
    await world.client.patch(deployments, metadata, {
      type: 'merge',
      body: { spec: { paused: null } },
    });
  }
}

export async function createNamespaces(world: World): Promise<void> {
  for (const name of NAMESPACES) {
    try {
      const metadata = { name };
      await world.client.create(namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata,
        spec: {},
      });
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
    }
  }
}

const anyImage = (random: Random): string =>
  random.float() < 0.2 ? `app:${BROKEN}${randomInt(random, 2)}` : `app:${randomInt(random, 4)}`;

const template = (app: string, image: string) => ({
  metadata: { labels: { app } },
  spec: {
    containers: [{ name: 'main', image, resources: { requests: { cpu: '200m' } } }],
    terminationGracePeriodSeconds: 5,
  },
});

function createDeployment(world: World, random: Random) {
  const app = pick(random, APPS);
  const isRecreate = random.float() < 0.2;
  const rollingUpdate = {
    maxSurge: pick(random, [1, '25%', 2]),
    maxUnavailable: pick(random, [0, '25%', 1]),
  };
  const annotations = { 'tutti.dev/auto-rollback': 'true' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: app,
      namespace: pick(random, NAMESPACES),
      ...(random.float() < 0.5 && { annotations }),
    },
    spec: {
      replicas: randomInt(random, 5),
      minReadySeconds: pick(random, [0, 0, 5]),
      progressDeadlineSeconds: 40,
      revisionHistoryLimit: 2,
      selector: { matchLabels: { app } },
      strategy: isRecreate ? { type: 'Recreate' } : { type: 'RollingUpdate', rollingUpdate },
      template: template(app, anyImage(random)),
    },
  } as unknown as NewObject<Deployment>;
  return world.client.create(deployments, deployment);
}

async function anyDeployment({ client }: World, random: Random): Promise<Deployment | undefined> {
  const { items } = await client.list(deployments);
  return items.length > 0 ? pick(random, items) : undefined;
}

async function patchDeployment(world: World, random: Random, spec: object): Promise<void> {
  const found = await anyDeployment(world, random);
  if (!found) return;
  await world.client.patch(deployments, found.metadata, { type: 'strategic', body: { spec } });
}

function changeImage(world: World, random: Random) {
  const containers = [{ name: 'main', image: anyImage(random) }];
  return patchDeployment(world, random, { template: { spec: { containers } } });
}

function scale(world: World, random: Random) {
  return patchDeployment(world, random, { replicas: randomInt(random, 6) });
}

function togglePause(world: World, random: Random) {
  return patchDeployment(world, random, { paused: random.float() < 0.4 });
}

async function deleteDeployment(world: World, random: Random): Promise<void> {
  const found = await anyDeployment(world, random);
  // Who deletes again may say that it isn't to wait for its dependents after all.
  if (!found || found.metadata.deletionTimestamp !== undefined) return;
  const propagationPolicy = pick(random, ['Background', 'Foreground', 'Orphan'] as const);
  await world.client.delete(deployments, found.metadata, { propagationPolicy });
}

/** Of one that is made at the same time, so that whoever follows both may see its settings first. */
async function createSettings(world: World, random: Random): Promise<void> {
  const { apiVersion, kind, metadata } = await createDeployment(world, random);
  const { name, namespace, uid } = metadata;
  await world.client.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `${name}-settings`,
      namespace,
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
  } as NewObject<ConfigMap>);
}

function createService(world: World, random: Random) {
  const app = pick(random, APPS);
  const isHeadless = random.float() < 0.3;
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${app}-service`, namespace: pick(random, NAMESPACES) },
    spec: {
      selector: { app },
      ports: [{ port: 80, targetPort: 8080 }],
      ...(isHeadless && { clusterIP: 'None' }),
    },
  } as unknown as NewObject<Service>;
  return world.client.create(services, service);
}

async function changeService({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(services);
  const own = items.filter(({ spec }) => spec.selector !== undefined);
  if (own.length === 0) return;
  const { metadata } = pick(random, own);
  const change = pick(random, [
    { ports: [{ port: 80, protocol: 'TCP', targetPort: 8000 + randomInt(random, 3) }] },
    { selector: { app: pick(random, APPS) } },
  ]);
  await client.patch(services, metadata, { type: 'merge', body: { spec: change } });
}

async function deleteService({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(services);
  if (items.length > 0) await client.delete(services, pick(random, items).metadata);
}

async function anyPod({ client }: World, random: Random): Promise<Pod | undefined> {
  const { items } = await client.list(pods);
  return items.length > 0 ? pick(random, items) : undefined;
}

async function deletePod(world: World, random: Random): Promise<void> {
  const pod = await anyPod(world, random);
  if (pod) await world.client.delete(pods, pod.metadata);
}

async function relabelPod(world: World, random: Random): Promise<void> {
  const pod = await anyPod(world, random);
  // A set's pod that is none of its own any more keeps its place, for as long as it likes.
  if (!pod || controllerOf(pod)?.kind === 'StatefulSet') return;
  const body = { metadata: { labels: { app: 'debug' } } };
  await world.client.patch(pods, pod.metadata, { type: 'merge', body });
}

function createBarePod(world: World, random: Random) {
  const app = pick(random, APPS);
  const { metadata, spec } = template(app, anyImage(random));
  const namespace = pick(random, NAMESPACES);
  const name = `bare-${randomInt(random, 3)}`;
  return world.client.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, namespace },
    spec: spec as unknown as Pod['spec'],
  });
}

const IMPORTANT = { labelSelector: 'app=important' };

/** Takes a whole node, whoever is there. */
function createImportantPod(world: World, random: Random) {
  const namespace = pick(random, NAMESPACES);
  const resources = { requests: { cpu: '1' } };
  return world.client.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `important-${randomInt(random, 3)}`,
      namespace,
      labels: { app: 'important' },
    },
    spec: {
      priorityClassName: pick(random, ['system-cluster-critical', 'system-node-critical']),
      containers: [{ name: 'main', image: 'app:0', resources }],
    } as unknown as Pod['spec'],
  });
}

async function deleteImportantPod({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(pods, IMPORTANT);
  if (items.length > 0) await client.delete(pods, pick(random, items).metadata);
}

const TAINT = 'example.com/leave';

async function toggleTaint(world: World, random: Random): Promise<void> {
  const { items } = await world.client.list(nodes);
  if (items.length > 0)
    await setTaint(world, pick(random, items).metadata.name, random.float() < 0.5);
}

/**
 * Sets a taint that drives pods away, or takes it from the node; with the taints that it has at the
 * moment of the write, whoever else writes.
 */
export async function setTaint(world: World, name: string, isOn: boolean): Promise<void> {
  const { metadata, spec } = await world.client.get(nodes, { name });
  const others = (spec.taints ?? []).filter(({ key }) => key !== TAINT);
  const taints = isOn ? [...others, { key: TAINT, effect: 'NoExecute' }] : others;
  const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { taints } };
  try {
    await world.client.patch(nodes, { name }, { type: 'merge', body });
  } catch (error) {
    if (!isStatusError(error, 'Conflict')) throw error;
    await setTaint(world, name, isOn);
  }
}

function deleteNamespace({ client }: World) {
  return client.delete(namespaces, { name: NAMESPACES.at(-1) ?? '' });
}

function powerOn(world: World): void {
  for (const name of world.nodeNames) world.powerOn(name);
}

async function toggleCordon({ client, nodeNames }: World, random: Random): Promise<void> {
  const body = { spec: { unschedulable: random.float() < 0.4 ? true : null } };
  await client.patch(nodes, { name: pick(random, nodeNames) }, { type: 'merge', body });
}

function createBudget(world: World, random: Random) {
  const app = pick(random, APPS);
  const bound = pick(random, [{ minAvailable: 1 }, { minAvailable: '50%' }, { maxUnavailable: 1 }]);
  return world.client.create(podDisruptionBudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: `${app}-budget`, namespace: pick(random, NAMESPACES) },
    spec: { selector: { matchLabels: { app } }, ...bound },
  } as unknown as NewObject<PodDisruptionBudget>);
}

async function deleteBudget({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(podDisruptionBudgets);
  if (items.length > 0) await client.delete(podDisruptionBudgets, pick(random, items).metadata);
}

/** As `kubectl drain` does: all pods of one app at once, as far as budgets allow. */
async function evictPods({ client }: World, random: Random): Promise<void> {
  const labelSelector = `app=${pick(random, APPS)}`;
  const { items } = await client.list(pods, { namespace: pick(random, NAMESPACES), labelSelector });
  for (const { metadata } of items) {
    const { name, namespace } = metadata;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    try {
      await client.createSubresource(pods, metadata, 'eviction', eviction);
    } catch (error) {
      if (!isStatusError(error, 'TooManyRequests', 'NotFound')) throw error;
    }
  }
}
