import type { StatefulSet, StatefulSetStatus } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import { availableInMs, isReady } from '../pods.ts';
import { podRevision, replicasOf } from './identity.ts';

/** The names of the revision that pods had, and of the one that they are to have. */
export interface RevisionNames {
  readonly current: string;
  readonly update: string;
}

/** Whether the server has told of its life: one that was just asked for has no phase. */
const isCreated = ({ status }: Pod): boolean => Boolean(status.phase);

export const isGoing = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

export const isRunningAndReady = (pod: Pod): boolean =>
  pod.status.phase === 'Running' && isReady(pod);

/** Whether the pod has been ready for as long as the set asks for. */
export const isAvailable = (pod: Pod, { spec }: StatefulSet, now: number): boolean =>
  availableInMs(pod, { minReadySeconds: spec.minReadySeconds, now }) === 0;

/** What is to be told of a StatefulSet with these pods; `doomed` are those that this pass deletes. */
export function statusOf(
  set: StatefulSet,
  pods: readonly Pod[],
  {
    revisions: { current, update },
    doomed,
    now,
  }: {
    readonly revisions: RevisionNames;
    readonly doomed: readonly Pod[];
    readonly now: number;
  },
): StatefulSetStatus {
  const count = (holds: (pod: Pod) => boolean) => pods.filter(holds).length;
  const ofRevision = (name: string) =>
    count((pod) => isCreated(pod) && !isGoing(pod) && podRevision(pod) === name);
  const leaving = doomed.filter((pod) => !isGoing(pod) && podRevision(pod) === current).length;
  const counts = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: count(isCreated),
    readyReplicas: count(isRunningAndReady),
    availableReplicas: count((pod) => isRunningAndReady(pod) && isAvailable(pod, set, now)),
    currentReplicas: ofRevision(current) - leaving,
    updatedReplicas: ofRevision(update),
    currentRevision: current,
    updateRevision: update,
    collisionCount: set.status.collisionCount ?? 0,
  };
  return isComplete(set, counts)
    ? { ...counts, currentReplicas: counts.updatedReplicas, currentRevision: update }
    : counts;
}

/** Whether every pod has the new revision, is ready, and none is left over. */
function isComplete(set: StatefulSet, status: StatefulSetStatus): boolean {
  const wanted = replicasOf(set);
  return (
    (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate' &&
    status.updatedReplicas === wanted &&
    status.readyReplicas === wanted &&
    status.replicas === wanted
  );
}

/** In the form in which the API stores it: most counts are left out when they are zero. */
function storedForm(status: StatefulSetStatus): StatefulSetStatus {
  const kept = Object.entries(status).filter(([key, value]) => value || ZERO_TOO.includes(key));
  return Object.fromEntries(kept) as unknown as StatefulSetStatus;
}

const ZERO_TOO = ['replicas', 'availableReplicas', 'collisionCount'];

/** Whether there is something new to tell. */
export const isNews = (set: StatefulSet, status: StatefulSetStatus): boolean => {
  const { conditions: _, ...before } = set.status;
  return !isEqual(storedForm(status), storedForm({ collisionCount: 0, ...before }));
};
