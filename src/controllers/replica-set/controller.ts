import { replicaSets } from '../../api/generated/apps/v1/resources.ts';
import type { ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { controllerOf, keyOf, type ObjectKey } from '../../machinery/object.ts';
import { adopt, release } from '../adoption.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import { PodMaker } from '../pod-maker.ts';
import { podFrom } from '../pod-template.ts';
import { restAfter } from '../pods.ts';
import { selectorFrom } from '../selectors.ts';
import type { ControllerTools } from '../tools.ts';
import { type Observed, type ReplicaSetAction, reconcileReplicaSet } from './reconcile.ts';

const NAME = 'replicaset-controller';

type Caches = Pick<Informers, 'pods' | 'replicaSets'>;

/** Keeps as many pods as each ReplicaSet asks for. */
export function replicaSetController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, ReplicaSetAction> {
  const { clock, random } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const maker = new PodMaker(client, events, caches.pods);

  const adoption = { client, owners: replicaSets, informer: caches.pods };

  return {
    name: NAME,
    sources: [
      source(caches.replicaSets, (replicaSet) => [keyOf(replicaSet)]),
      source(caches.pods, (pod) => ownersOf(pod, caches)),
    ],

    observe(key) {
      const replicaSet = caches.replicaSets.lister.get(key);
      if (!replicaSet) {
        maker.forget(key);
        return undefined;
      }
      const { lister } = caches.pods;
      const { uid, namespace } = replicaSet.metadata;
      return {
        replicaSet,
        pods: [...lister.byIndex(BY_OWNER, uid), ...lister.byIndex(BY_OWNER, orphansOf(namespace))],
        related: () => podsOfSiblings(replicaSet, caches),
        failure: maker.failureOf(replicaSet),
        now: clock.now(),
      };
    },

    reconcile: reconcileReplicaSet,
    restMs: ({ pods }) => restAfter(pods),

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
        case 'updateStatus': {
          const updated = { ...action.replicaSet, status: action.status };
          const written = await client.update(replicaSets, updated, { subresource: 'status' });
          return wrote(caches.replicaSets, written);
        }
      }
    },
  };
}

/** The ReplicaSets that a pod's change concerns: its owner, or all that could adopt it. */
function ownersOf(pod: Pod, { replicaSets: sets }: Caches): ObjectKey[] {
  const owner = controllerOf(pod);
  const { namespace = '', labels } = pod.metadata;
  if (owner) return owner.kind === 'ReplicaSet' ? [`${namespace}/${owner.name}`] : [];
  return sets.lister
    .inNamespace(namespace)
    .filter(({ spec }) => selectorFrom(spec.selector).matches(labels))
    .map(keyOf);
}

/** The pods of all ReplicaSets of the same Deployment, or just of this one. */
function podsOfSiblings(replicaSet: ReplicaSet, { replicaSets: sets, pods: all }: Caches): Pod[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner ? sets.lister.byIndex(BY_OWNER, owner.uid) : [replicaSet];
  return siblings.flatMap(({ metadata }) => all.lister.byIndex(BY_OWNER, metadata.uid));
}
