import { replicaSets } from '../../api/generated/apps/v1/resources.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { type Controller, source, type Written, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerOf, type KubeObject, keyOf } from '../../machinery/object.ts';
import type { Resource } from '../../machinery/resource.ts';
import { adopt, ownersOf, release } from '../adoption.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import { PodMaker } from '../pod-maker.ts';
import { podFrom } from '../pod-template.ts';
import { restAfter } from '../pods.ts';
import type { ControllerTools } from '../tools.ts';
import { type Observed, type ReplicaSetAction, reconcileReplicaSet } from './reconcile.ts';

/** A kind of which each object keeps so many equal pods, seen as ReplicaSets. */
export interface ReplicatedKind<T extends KubeObject> {
  /** Of the controller, as its events name it. */
  readonly name: string;
  readonly resource: Resource<KubeObject>;
  readonly informer: Informer<T>;
  readonly pods: Informer<Pod>;
  /** The object as if it were a ReplicaSet: always the same for the same object. */
  readonly asReplicaSet: (object: T) => ReplicaSet;
  /** Of all objects with the same owner, itself included. */
  readonly siblingsOf: (replicaSet: ReplicaSet) => readonly ReplicaSet[];
  /** Whether its status tells how many pods are going. */
  readonly tellsTerminating: boolean;
}

/** Keeps as many pods as each ReplicaSet asks for. */
export function replicaSetController(
  tools: ControllerTools,
  { replicaSets: informer, pods }: Pick<Informers, 'pods' | 'replicaSets'>,
): Controller<Observed, ReplicaSetAction> {
  return replicatingController(tools, {
    name: 'replicaset-controller',
    resource: replicaSets,
    informer,
    pods,
    asReplicaSet: (object) => object,
    siblingsOf(replicaSet) {
      const owner = controllerOf(replicaSet);
      return owner ? informer.lister.byIndex(BY_OWNER, owner.uid) : [replicaSet];
    },
    tellsTerminating: true,
  });
}

/** Keeps as many pods as each object of a kind asks for. */
export function replicatingController<T extends KubeObject>(
  tools: ControllerTools,
  kind: ReplicatedKind<T>,
): Controller<Observed, ReplicaSetAction> {
  const { clock, random } = tools;
  const { name, informer, pods, asReplicaSet, tellsTerminating } = kind;
  const client = tools.clientFor(name);
  const events = createEventRecorder({ ...tools, client }, name);
  const maker = new PodMaker(client, events, pods);
  const adoption = { client, owners: kind.resource, informer: pods };

  const writeStatus = async (of: ReplicaSet, status: ReplicaSetStatus): Promise<Written> => {
    // The spec that is sent along isn't looked at, but has to be one of this kind.
    const object = informer.lister.get(keyOf(of)) ?? of;
    const updated = { ...object, metadata: of.metadata, status } as KubeObject as T;
    return wrote(informer, await client.update(informer.resource, updated, STATUS));
  };

  return {
    name,
    sources: [
      source(informer, (object) => [keyOf(object)]),
      source(pods, (pod) => ownersOf(pod, informer, (each) => asReplicaSet(each).spec.selector)),
    ],

    observe(key) {
      const object = informer.lister.get(key);
      if (!object) {
        maker.forget(key);
        return undefined;
      }
      const { uid, namespace } = object.metadata;
      const replicaSet = asReplicaSet(object);
      const owned = (owner: string) => pods.lister.byIndex(BY_OWNER, owner);
      return {
        replicaSet,
        pods: [...owned(uid), ...owned(orphansOf(namespace))],
        related: () => kind.siblingsOf(replicaSet).flatMap(({ metadata }) => owned(metadata.uid)),
        failure: maker.failureOf(object),
        tellsTerminating,
        now: clock.now(),
      };
    },

    reconcile: reconcileReplicaSet,
    restMs: (observed) => restAfter(observed.pods),

    async execute(action) {
      switch (action.type) {
        case 'createPod':
          return maker.create(action, () =>
            podFrom(action.owner.spec.template, action.owner, random),
          );
        case 'deletePod':
          return maker.remove(action.owner, action.pod);
        case 'adoptPod':
          return adopt(adoption, action.owner, action.pod);
        case 'releasePod':
          return release(adoption, action.owner, action.pod);
        case 'updateStatus':
          return writeStatus(action.replicaSet, action.status);
      }
    },
  };
}

const STATUS = { subresource: 'status' } as const;
