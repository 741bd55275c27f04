import type { Deployment } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { type Controller, changesOf, source } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { controllerOf, keyOf, type ObjectKey } from '../../machinery/object.ts';
import { ownersOf } from '../adoption.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import type { DeploymentAction } from './actions.ts';
import { type Observed, reconcileDeployment } from './reconcile.ts';
import { RolloutWriter } from './rollout-writer.ts';

const NAME = 'deployment-controller';

type Caches = Pick<Informers, 'deployments' | 'replicaSets' | 'pods'>;

/** Rolls Deployments out through their ReplicaSets. */
export function deploymentController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, DeploymentAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const writer = new RolloutWriter(client, events, caches);

  return {
    name: NAME,
    sources: [
      source(caches.deployments, (deployment) => [keyOf(deployment)]),
      source(caches.replicaSets, (replicaSet) =>
        ownersOf(replicaSet, caches.deployments, selectorOf),
      ),
      // Recreate waits for the last old pod to go; all else is in the ReplicaSets' status.
      changesOf(caches.pods, ({ before, after }) =>
        before && hasEnded(after) ? recreatesOf(before, caches) : [],
      ),
    ],

    observe(key) {
      const deployment = caches.deployments.lister.get(key);
      if (!deployment) {
        writer.forget(key);
        return undefined;
      }
      const { uid, namespace } = deployment.metadata;
      const { lister } = caches.replicaSets;
      return {
        deployment,
        replicaSets: [
          ...lister.byIndex(BY_OWNER, uid),
          ...lister.byIndex(BY_OWNER, orphansOf(namespace)),
        ],
        podsOf: (set) => caches.pods.lister.byIndex(BY_OWNER, set.metadata.uid),
        createFailure: writer.failureOf(deployment),
        now: clock.now(),
      };
    },

    reconcile: reconcileDeployment,
    execute: (action) => writer.execute(action),
  };
}

const hasEnded = (pod: Pod | undefined): boolean =>
  !pod || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';

/** The Deployments that wait for their old pods, one of which has gone. */
function recreatesOf(pod: Pod, caches: Caches): ObjectKey[] {
  const { namespace = '' } = pod.metadata;
  const owner = caches.replicaSets.lister.get(`${namespace}/${controllerOf(pod)?.name}`);
  const isRecreate = (key: ObjectKey) =>
    caches.deployments.lister.get(key)?.spec.strategy?.type === 'Recreate';
  return owner ? ownersOf(owner, caches.deployments, selectorOf).filter(isRecreate) : [];
}

const selectorOf = ({ spec }: Deployment) => spec.selector;
