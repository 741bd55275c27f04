import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '../../api/generated/apps/v1/types.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { Generations } from './revisions.ts';
import { boundsOf } from './rollout.ts';

const NO_DEADLINE = 2_147_483_647; // The API's way to say "never".

const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (count(set) ?? 0), 0);

/** The counts of all ReplicaSets together, with the conditions that were there before. */
export function countsOf(deployment: Deployment, { current, old }: Generations): DeploymentStatus {
  const sets = current ? [...old, current] : old;
  const available = sum(sets, ({ status }) => status.availableReplicas);
  const pods = sum(sets, ({ spec }) => spec.replicas);
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(sets, ({ status }) => status.replicas),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: sum(sets, ({ status }) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, pods - available),
    collisionCount: deployment.status.collisionCount,
  };
  const given = Object.entries(counts).filter(([, value]) => value);
  return {
    ...Object.fromEntries(given),
    terminatingReplicas: sum(sets, ({ status }) => status.terminatingReplicas),
    conditions: deployment.status.conditions ?? [],
  };
}

/** The whole status after this pass. `newSet` is the name of the current ReplicaSet. */
export function statusOf(
  deployment: Deployment,
  generations: Generations,
  { now, isRolling }: { readonly now: number; readonly isRolling: boolean },
): DeploymentStatus {
  const counts = countsOf(deployment, generations);
  let conditions = withCondition(counts.conditions ?? [], availability(deployment, counts), now);
  if (isRolling) conditions = withProgress(conditions, { deployment, generations, counts, now });
  const failure = failureOf(generations);
  conditions = failure
    ? withCondition(conditions, failure, now)
    : conditions.filter(({ type }) => type !== 'ReplicaFailure');
  return { ...counts, conditions };
}

type Finding = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

function availability(deployment: Deployment, counts: DeploymentStatus): Finding {
  const wanted = (deployment.spec.replicas ?? 1) - boundsOf(deployment).maxUnavailable;
  return (counts.availableReplicas ?? 0) >= wanted
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function failureOf({ current, old }: Generations): Finding | undefined {
  const failures = [current, ...old].flatMap((set) => set?.status.conditions ?? []);
  const failure = failures.find(({ type }) => type === 'ReplicaFailure');
  return failure && pickFinding(failure);
}

const pickFinding = ({ type, status, reason, message }: Finding): Finding => ({
  type,
  status,
  ...(reason !== undefined && { reason }),
  ...(message !== undefined && { message }),
});

/** Puts a finding in place of the condition of its type; the time moves only with the status. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  finding: Finding,
  now: number,
): DeploymentCondition[] {
  const before = conditions.find(({ type }) => type === finding.type);
  if (before?.status === finding.status && before.reason === finding.reason) return [...conditions];
  const time = toTime(now);
  const isTurn = before?.status !== finding.status;
  const lastTransitionTime = isTurn ? time : (before?.lastTransitionTime ?? time);
  const condition = { ...finding, lastUpdateTime: time, lastTransitionTime };
  return [...conditions.filter((each) => each !== before), condition];
}

interface Progress {
  readonly deployment: Deployment;
  readonly generations: Generations;
  readonly counts: DeploymentStatus;
  readonly now: number;
}

function withProgress(
  conditions: readonly DeploymentCondition[],
  progress: Progress,
): DeploymentCondition[] {
  const { deployment, generations, counts, now } = progress;
  const others = conditions.filter(({ type }) => type !== 'Progressing');
  if (!hasDeadline(deployment)) return others;
  const before = conditions.find(({ type }) => type === 'Progressing');
  const isDone = counts.replicas === counts.updatedReplicas;
  if (isDone && before?.reason === 'NewReplicaSetAvailable') return [...conditions];
  const { name } = generations.current?.metadata ?? deployment.metadata;
  const subject = `${generations.current ? 'ReplicaSet' : 'Deployment'} "${name}"`;
  const finding = (status: string, reason: string, message: string): Finding => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (isComplete(deployment, counts)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, finding('True', 'NewReplicaSetAvailable', message), now);
  }
  if (hasProgressed(deployment, counts)) {
    const time = toTime(now);
    const kept = before?.status === 'True' ? before.lastTransitionTime : time;
    const found = finding('True', 'ReplicaSetUpdated', `${subject} is progressing.`);
    return [...others, { ...found, lastUpdateTime: time, lastTransitionTime: kept ?? time }];
  }
  if (isTimedOut(deployment, before, now)) {
    const message = `${subject} has timed out progressing.`;
    return withCondition(conditions, finding('False', 'ProgressDeadlineExceeded', message), now);
  }
  return [...conditions];
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
  return leftMs !== undefined && leftMs <= 0;
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
