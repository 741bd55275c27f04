import type { ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { replicationControllers } from '../../api/generated/core/v1/resources.ts';
import type { ReplicationController } from '../../api/generated/core/v1/types.ts';
import type { Controller } from '../../client/controller.ts';
import type { Informers } from '../informers.ts';
import { replicatingController } from '../replica-set/controller.ts';
import type { Observed, ReplicaSetAction } from '../replica-set/reconcile.ts';
import type { ControllerTools } from '../tools.ts';

/** Keeps as many pods as each ReplicationController asks for, as it is done for ReplicaSets. */
export const replicationControllerController = (
  tools: ControllerTools,
  { replicationControllers: informer, pods }: Pick<Informers, 'pods' | 'replicationControllers'>,
): Controller<Observed, ReplicaSetAction> =>
  replicatingController(tools, {
    name: 'replication-controller',
    resource: replicationControllers,
    informer,
    pods,
    asReplicaSet,
    siblingsOf: (replicaSet) => [replicaSet],
    tellsTerminating: false,
  });

const seen = new WeakMap<ReplicationController, ReplicaSet>();

/** With the selector in the form that ReplicaSets have. It keeps its own kind: pods name it. */
function asReplicaSet(controller: ReplicationController): ReplicaSet {
  const found = seen.get(controller);
  if (found) return found;
  const { selector, ...spec } = controller.spec;
  const converted = {
    ...controller,
    spec: { ...spec, selector: { matchLabels: selector ?? {} } },
  } as unknown as ReplicaSet;
  seen.set(controller, converted);
  return converted;
}
