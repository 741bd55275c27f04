import type { Pod } from '../../api/generated/core/v1/types.ts';
import { podDisruptionBudgets } from '../../api/generated/policy/v1/resources.ts';
import { type Controller, changesOf, source, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import {
  controllerOf,
  type KubeObject,
  keyOf,
  type OwnerReference,
} from '../../machinery/object.ts';
import type { Informers } from '../informers.ts';
import { restAfter } from '../pods.ts';
import { selectorFrom } from '../selectors.ts';
import type { ControllerTools } from '../tools.ts';
import {
  type DisruptionAction,
  type NoScale,
  type Observed,
  reconcileBudget,
  type Scale,
} from './reconcile.ts';

const NAME = 'disruption-controller';

type Caches = Pick<
  Informers,
  'budgets' | 'pods' | 'replicaSets' | 'deployments' | 'statefulSets' | 'replicationControllers'
>;

/** Says of each PodDisruptionBudget how many of its pods may be evicted now. */
export function disruptionController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, DisruptionAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const beside = ({ metadata }: KubeObject) =>
    caches.budgets.lister.inNamespace(metadata.namespace ?? '').map(keyOf);
  return {
    name: NAME,
    sources: [
      source(caches.budgets, (budget) => [keyOf(budget)]),
      changesOf(caches.pods, (change) => budgetsOf(change, caches)),
      source(caches.replicaSets, beside),
      source(caches.deployments, beside),
      source(caches.statefulSets, beside),
      source(caches.replicationControllers, beside),
    ],

    observe(key) {
      const budget = caches.budgets.lister.get(key);
      if (!budget) return undefined;
      const selector = selectorFrom(budget.spec.selector);
      const all = caches.pods.lister.inNamespace(budget.metadata.namespace ?? '');
      const pods = all.filter(({ metadata }) => selector.matches(metadata.labels));
      const scaleOf = (owner: OwnerReference, namespace: string) =>
        scaleIn(caches, owner, namespace);
      return { budget, pods, scaleOf, now: clock.now() };
    },

    reconcile: reconcileBudget,
    restMs: ({ pods }) => restAfter(pods),

    async execute(action) {
      const { budget } = action;
      if (action.type === 'tell') {
        events.record(budget, action.event);
        return undefined;
      }
      const updated = { ...budget, status: action.status };
      const written = await client.update(podDisruptionBudgets, updated, { subresource: 'status' });
      return wrote(caches.budgets, written);
    },
  };
}

/** The budgets that select a pod, as it was or as it is. */
function budgetsOf({ before, after }: Change<Pod>, { budgets }: Caches): readonly string[] {
  const { namespace = '' } = (after ?? (before as Pod)).metadata;
  return budgets.lister
    .inNamespace(namespace)
    .filter(({ spec }) => {
      const selector = selectorFrom(spec.selector);
      return [before, after].some((pod) => pod && selector.matches(pod.metadata.labels));
    })
    .map(keyOf);
}

/** Kinds that own pods and aren't told how many. */
const SIZELESS: Readonly<Record<string, string>> = { Job: 'jobs', DaemonSet: 'daemonsets' };

/** How many pods the workload of an owner is to have: a ReplicaSet's Deployment speaks for it. */
function scaleIn(
  caches: Caches,
  owner: OwnerReference,
  namespace: string,
): Scale | NoScale | undefined {
  const plural = SIZELESS[owner.kind];
  if (plural !== undefined) {
    const resource = `${owner.apiVersion}, Resource=${plural}`;
    return { refusal: `${resource} does not implement the scale subresource` };
  }
  const key = `${namespace}/${owner.name}`;
  const found = {
    ReplicaSet: () => caches.replicaSets.lister.get(key),
    StatefulSet: () => caches.statefulSets.lister.get(key),
    ReplicationController: () => caches.replicationControllers.lister.get(key),
  }[owner.kind as 'ReplicaSet']?.();
  if (found?.metadata.uid !== owner.uid) return undefined;
  const above = controllerOf(found);
  const deployment =
    above?.kind === 'Deployment'
      ? caches.deployments.lister.get(`${namespace}/${above.name}`)
      : undefined;
  const workload = deployment ?? found;
  return { uid: workload.metadata.uid, replicas: workload.spec.replicas ?? 1 };
}
