import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
} from '../../api/generated/apps/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import { conditionOf, renewed, withCondition } from './conditions.ts';
import { type Generations, nextRevision, REVISION } from './revisions.ts';

const NO_DEADLINE = 2_147_483_647; // The API's way to say "never".

export interface Progress {
  readonly deployment: Deployment;
  readonly generations: Generations;
  /** What this pass found. */
  readonly counts: DeploymentStatus;
  readonly now: number;
}

/** Judges how the rollout goes on, in the Progressing condition. */
export function withProgress(
  conditions: readonly DeploymentCondition[],
  progress: Progress,
): DeploymentCondition[] {
  const { deployment, generations, counts, now } = progress;
  const before = conditionOf(conditions, 'Progressing');
  const isDone = counts.replicas === counts.updatedReplicas;
  const { name } = generations.current?.metadata ?? deployment.metadata;
  const subject = `${generations.current ? 'ReplicaSet' : 'Deployment'} "${name}"`;
  const finding = (status: string, reason: string, message: string) => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (isDone && before?.reason === 'NewReplicaSetAvailable') return [...conditions];
  if (isComplete(deployment, counts)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, finding('True', 'NewReplicaSetAvailable', message), now);
  }
  if (isBegun(progress, before)) {
    const message = `Found new replica set "${name}"`;
    return renewed(conditions, finding('True', 'FoundNewReplicaSet', message), now);
  }
  if (hasProgressed(deployment, counts)) {
    const message = `${subject} is progressing.`;
    return renewed(conditions, finding('True', 'ReplicaSetUpdated', message), now);
  }
  if (isTimedOut(deployment, before, now)) {
    const message = `${subject} has timed out progressing.`;
    return withCondition(conditions, finding('False', 'ProgressDeadlineExceeded', message), now);
  }
  return [...conditions];
}

/**
 * Whether this is the first pass of a rollout to a ReplicaSet that was there before. What was said
 * of the rollout before this one, that it has timed out or is done, says nothing of this one.
 */
function isBegun(
  { deployment, generations }: Progress,
  before: DeploymentCondition | undefined,
): boolean {
  if (!generations.current) return false;
  if (!before) return true;
  const known = deployment.metadata.annotations?.[REVISION];
  return known !== undefined && known !== String(nextRevision(generations));
}

export const hasDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;

/** Everything updated, everything available, nothing old left. */
export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
  const wanted = spec.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

/** Whether this pass is ahead of the one before: more new, fewer old, more ready or available. */
function hasProgressed({ status: before }: Deployment, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function isTimedOut(
  deployment: Deployment,
  before: DeploymentCondition | undefined,
  now: number,
): boolean {
  if (before?.reason === 'ProgressDeadlineExceeded') return true;
  const leftMs = deadlineInMs(deployment, before, now);
  return leftMs !== undefined && leftMs < 0;
}

/** Reasons of the Progressing condition under which no deadline runs. */
const AT_REST = ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'DeploymentPaused'];

/** Milliseconds until the rollout counts as stuck; undefined when it isn't under way. */
export function deadlineInMs(
  { spec }: Deployment,
  progressing: DeploymentCondition | undefined,
  now: number,
): number | undefined {
  if (!progressing || AT_REST.includes(progressing.reason ?? '')) return undefined;
  const since = parseTime(progressing.lastUpdateTime ?? undefined) ?? now;
  return since + (spec.progressDeadlineSeconds ?? 600) * 1000 - now;
}
