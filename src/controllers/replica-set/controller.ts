import { replicaSets } from '../../api/generated/apps/v1/resources.ts';
import type { ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { pods } from '../../api/generated/core/v1/resources.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
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
import { podFrom } from '../pod-template.ts';
import type { ControllerTools } from '../tools.ts';
import { type Observed, type ReplicaSetAction, reconcileReplicaSet } from './reconcile.ts';

const NAME = 'replicaset-controller';

type Caches = Pick<Informers, 'pods' | 'replicaSets'>;

/** Keeps as many pods as each ReplicaSet asks for. */
export function replicaSetController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, ReplicaSetAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  /** By ReplicaSet UID: why the last pod could not be made. */
  const createFailures = new Map<string, string>();

  async function createPod({ owner }: ActionOf<'createPod'>): Promise<Written | undefined> {
    const { uid } = owner.metadata;
    try {
      const pod = await client.create(pods, podFrom(owner.spec.template, owner));
      createFailures.delete(uid);
      const message = `Created pod: ${pod.metadata.name}`;
      events.record(owner, { type: 'Normal', reason: 'SuccessfulCreate', message });
      return wrote(caches.pods, pod);
    } catch (error) {
      if (isStatusError(error, 'Forbidden') && isTerminatingNamespace(error)) return undefined;
      const message = `Error creating: ${(error as Error).message}`;
      createFailures.set(uid, (error as Error).message);
      events.record(owner, { type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
  }

  async function deletePod({ owner, pod }: ActionOf<'deletePod'>): Promise<Written | undefined> {
    const { uid, name } = pod.metadata;
    try {
      await client.delete(pods, pod.metadata, { preconditions: { uid } });
      const message = `Deleted pod: ${name}`;
      events.record(owner, { type: 'Normal', reason: 'SuccessfulDelete', message });
      return deleted(caches.pods, keyOf(pod), pod);
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined; // Done already.
      const message = `Error deleting: ${(error as Error).message}`;
      events.record(owner, { type: 'Warning', reason: 'FailedDelete', message });
      throw error;
    }
  }

  /** Sets the managing owner of this very pod; the UID in the patch is the precondition. */
  async function setOwner(pod: Pod, ownerReferences: unknown): Promise<Written> {
    const { uid, resourceVersion } = pod.metadata;
    const body = { metadata: { uid, resourceVersion, ownerReferences } };
    return wrote(caches.pods, await client.patch(pods, pod.metadata, { type: 'merge', body }));
  }

  return {
    name: NAME,
    sources: [
      source(caches.replicaSets, (replicaSet) => [keyOf(replicaSet)]),
      source(caches.pods, (pod) => ownersOf(pod, caches)),
    ],

    observe(key) {
      const replicaSet = caches.replicaSets.lister.get(key);
      if (!replicaSet) return undefined;
      const { lister } = caches.pods;
      const { uid, namespace } = replicaSet.metadata;
      const own = lister.byIndex(BY_OWNER, uid);
      const candidates = [...own, ...lister.byIndex(BY_OWNER, orphansOf(namespace))];
      const related = siblingsOf(replicaSet, caches).flatMap((sibling) =>
        lister.byIndex(BY_OWNER, sibling.metadata.uid),
      );
      const createFailure = createFailures.get(uid);
      return { replicaSet, pods: candidates, related, createFailure, now: clock.now() };
    },

    reconcile: reconcileReplicaSet,

    async execute(action) {
      switch (action.type) {
        case 'createPod':
          return createPod(action);
        case 'deletePod':
          return deletePod(action);
        case 'adoptPod': {
          const others = action.pod.metadata.ownerReferences ?? [];
          return setOwner(action.pod, [...others, controllerReference(action.owner)]);
        }
        case 'releasePod': {
          const { uid } = action.owner.metadata;
          const others = action.pod.metadata.ownerReferences ?? [];
          return setOwner(
            action.pod,
            others.filter((reference) => reference.uid !== uid),
          );
        }
        case 'updateStatus': {
          const updated = { ...action.replicaSet, status: action.status };
          const written = await client.update(replicaSets, updated, { subresource: 'status' });
          return wrote(caches.replicaSets, written);
        }
      }
    },
  };
}

type ActionOf<T extends ReplicaSetAction['type']> = Extract<ReplicaSetAction, { type: T }>;

/** The ReplicaSets that a pod's change concerns: its owner, or all that could adopt it. */
function ownersOf(pod: Pod, { replicaSets: sets }: Caches): ObjectKey[] {
  const owner = controllerOf(pod);
  const { namespace = '', labels } = pod.metadata;
  if (owner) return owner.kind === 'ReplicaSet' ? [`${namespace}/${owner.name}`] : [];
  return sets.lister
    .inNamespace(namespace)
    .filter(({ spec }) => LabelSelector.from(spec.selector).matches(labels))
    .map(keyOf);
}

/** The ReplicaSets of the same Deployment, or just this one. */
function siblingsOf(replicaSet: ReplicaSet, { replicaSets: sets }: Caches): ReplicaSet[] {
  const owner = controllerOf(replicaSet);
  return owner ? sets.lister.byIndex(BY_OWNER, owner.uid) : [replicaSet];
}

const isTerminatingNamespace = (error: {
  details: { causes?: readonly { reason?: string }[] } | undefined;
}) => error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
