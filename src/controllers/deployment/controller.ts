import { deployments, replicaSets } from '../../api/generated/apps/v1/resources.ts';
import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { type Controller, deleted, source, type Written, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import {
  controllerOf,
  controllerReference,
  keyOf,
  type ObjectKey,
} from '../../machinery/object.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type DeploymentAction, type Observed, reconcileDeployment } from './reconcile.ts';
import { isSameTemplate, REVISION } from './revisions.ts';

const NAME = 'deployment-controller';

type Caches = Pick<Informers, 'deployments' | 'replicaSets' | 'pods'>;
type ActionOf<T extends DeploymentAction['type']> = Extract<DeploymentAction, { type: T }>;

/** Rolls Deployments out through their ReplicaSets. */
export function deploymentController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, DeploymentAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);

  const tellScaled = (owner: Deployment, name: string, from: number, to: number) => {
    if (from === to) return;
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
    events.record(owner, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  };

  async function createReplicaSet(action: ActionOf<'createReplicaSet'>): Promise<Written> {
    const { owner, replicaSet } = action;
    try {
      const created = await client.create(replicaSets, replicaSet);
      tellScaled(owner, created.metadata.name, 0, created.spec.replicas ?? 1);
      return wrote(caches.replicaSets, created);
    } catch (error) {
      if (isStatusError(error, 'AlreadyExists')) return meetNamesake(action);
      const message = `Failed to create new replica set "${replicaSet.metadata.name}": ${(error as Error).message}`;
      events.record(owner, { type: 'Warning', reason: 'ReplicaSetCreateError', message });
      throw error;
    }
  }

  /** The name is taken: by our own write whose answer was lost, or by another template. */
  async function meetNamesake({ owner, replicaSet }: ActionOf<'createReplicaSet'>) {
    const { namespace, name = '' } = replicaSet.metadata;
    const existing = await client.get(replicaSets, { namespace, name });
    const isOurs =
      controllerOf(existing)?.uid === owner.metadata.uid &&
      isSameTemplate(existing.spec.template, owner.spec.template);
    if (isOurs) return wrote(caches.replicaSets, existing);
    const collisionCount = (owner.status.collisionCount ?? 0) + 1;
    const status = { ...owner.status, collisionCount };
    return updateStatus({ type: 'updateStatus', deployment: owner, status });
  }

  async function updateReplicaSet(action: ActionOf<'updateReplicaSet'>): Promise<Written> {
    const { owner, replicaSet, replicas, annotations } = action;
    const { minReadySeconds } = owner.spec;
    const { minReadySeconds: _, ...spec } = replicaSet.spec;
    const updated = {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...spec, replicas, ...(minReadySeconds && { minReadySeconds }) },
    };
    const written = await client.update(replicaSets, updated);
    tellScaled(owner, replicaSet.metadata.name, replicaSet.spec.replicas ?? 1, replicas);
    return wrote(caches.replicaSets, written);
  }

  async function deleteReplicaSet({ replicaSet }: ActionOf<'deleteReplicaSet'>) {
    const { uid, resourceVersion } = replicaSet.metadata;
    try {
      const preconditions = { uid, resourceVersion };
      await client.delete(replicaSets, replicaSet.metadata, { preconditions });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // Done already.
    }
    return deleted(caches.replicaSets, keyOf(replicaSet), replicaSet);
  }

  async function setOwner(replicaSet: ReplicaSet, ownerReferences: unknown): Promise<Written> {
    const { uid, resourceVersion } = replicaSet.metadata;
    const body = { metadata: { uid, resourceVersion, ownerReferences } };
    const patch = { type: 'merge', body } as const;
    return wrote(caches.replicaSets, await client.patch(replicaSets, replicaSet.metadata, patch));
  }

  async function setRevision({ deployment, revision }: ActionOf<'setRevision'>): Promise<Written> {
    const { uid } = deployment.metadata;
    const body = { metadata: { uid, annotations: { [REVISION]: String(revision) } } };
    const patch = { type: 'merge', body } as const;
    return wrote(caches.deployments, await client.patch(deployments, deployment.metadata, patch));
  }

  async function updateStatus({ deployment, status }: ActionOf<'updateStatus'>): Promise<Written> {
    const updated = { ...deployment, status };
    const written = await client.update(deployments, updated, { subresource: 'status' });
    return wrote(caches.deployments, written);
  }

  return {
    name: NAME,
    sources: [
      source(caches.deployments, (deployment) => [keyOf(deployment)]),
      source(caches.replicaSets, (replicaSet) => ownersOf(replicaSet, caches)),
      // Recreate waits for the last old pod to go.
      source(caches.pods, (pod) => {
        const { namespace = '' } = pod.metadata;
        const owner = caches.replicaSets.lister.get(`${namespace}/${controllerOf(pod)?.name}`);
        return owner ? ownersOf(owner, caches).filter((key) => isRecreate(key, caches)) : [];
      }),
    ],

    observe(key) {
      const deployment = caches.deployments.lister.get(key);
      if (!deployment) return undefined;
      const { uid, namespace } = deployment.metadata;
      const { lister } = caches.replicaSets;
      return {
        deployment,
        replicaSets: [
          ...lister.byIndex(BY_OWNER, uid),
          ...lister.byIndex(BY_OWNER, orphansOf(namespace)),
        ],
        podsOf: (set) => caches.pods.lister.byIndex(BY_OWNER, set.metadata.uid),
        now: clock.now(),
      };
    },

    reconcile: reconcileDeployment,

    async execute(action) {
      switch (action.type) {
        case 'createReplicaSet':
          return createReplicaSet(action);
        case 'updateReplicaSet':
          return updateReplicaSet(action);
        case 'deleteReplicaSet':
          return deleteReplicaSet(action);
        case 'setRevision':
          return setRevision(action);
        case 'updateStatus':
          return updateStatus(action);
        case 'adoptReplicaSet': {
          const others = action.replicaSet.metadata.ownerReferences ?? [];
          return setOwner(action.replicaSet, [...others, controllerReference(action.owner)]);
        }
        case 'releaseReplicaSet': {
          const { uid } = action.owner.metadata;
          const references = action.replicaSet.metadata.ownerReferences ?? [];
          return setOwner(
            action.replicaSet,
            references.filter((reference) => reference.uid !== uid),
          );
        }
      }
    },
  };
}

const isRecreate = (key: ObjectKey, { deployments: all }: Caches): boolean =>
  all.lister.get(key)?.spec.strategy?.type === 'Recreate';

/** The Deployments that a ReplicaSet's change concerns: its owner, or all that could adopt it. */
function ownersOf(replicaSet: ReplicaSet, { deployments: all }: Caches): ObjectKey[] {
  const owner = controllerOf(replicaSet);
  const { namespace = '', labels } = replicaSet.metadata;
  if (owner) return owner.kind === 'Deployment' ? [`${namespace}/${owner.name}`] : [];
  return all.lister
    .inNamespace(namespace)
    .filter(({ spec }) => LabelSelector.from(spec.selector).matches(labels))
    .map(keyOf);
}
