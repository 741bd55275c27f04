import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '../../api/generated/apps/v1/types.ts';
import { conditionOf, type Finding, withCondition, withoutCondition } from './conditions.ts';
import { hasDeadline, withProgress } from './progress.ts';
import type { Generations } from './revisions.ts';
import { rollbackFinding } from './rollback.ts';
import { boundsOf } from './rollout.ts';

const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (count(set) ?? 0), 0);

/** The counts of all ReplicaSets together, with the conditions that were there before. */
function countsOf(deployment: Deployment, { current, old }: Generations): DeploymentStatus {
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

/** The whole status after this pass; with `isRolling`, the progress of the rollout is judged. */
export function statusOf(
  deployment: Deployment,
  generations: Generations,
  { now, isRolling }: { readonly now: number; readonly isRolling: boolean },
): DeploymentStatus {
  const counts = countsOf(deployment, generations);
  let conditions = withCondition(counts.conditions ?? [], availability(deployment, counts), now);
  if (!hasDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing');
  else if (isRolling) {
    conditions = withProgress(conditions, { deployment, generations, counts, now });
  }
  const findings: Readonly<Record<string, Finding | undefined>> = {
    ReplicaFailure: failureOf(generations),
    RolledBack: rollbackFinding(deployment, generations),
  };
  for (const [type, finding] of Object.entries(findings)) {
    conditions = finding
      ? withCondition(conditions, finding, now)
      : withoutCondition(conditions, type);
  }
  return { ...counts, conditions };
}

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

/** Tells in the Progressing condition that the Deployment is paused, or is no longer. */
export function pauseNoted(deployment: Deployment, now: number): readonly DeploymentCondition[] {
  const conditions = deployment.status.conditions ?? [];
  if (!hasDeadline(deployment)) return conditions;
  const before = conditionOf(conditions, 'Progressing')?.reason;
  if (before === 'ProgressDeadlineExceeded') return conditions; // That is to stay in sight.
  const isNoted = before === 'DeploymentPaused';
  if (isNoted === (deployment.spec.paused ?? false)) return conditions;
  const [reason, message] = isNoted
    ? ['DeploymentResumed', 'Deployment is resumed']
    : ['DeploymentPaused', 'Deployment is paused'];
  return withCondition(
    conditions,
    { type: 'Progressing', status: 'Unknown', reason, message },
    now,
  );
}
