import type { DeploymentCondition } from '../../api/generated/apps/v1/types.ts';
import { toTime } from '../../base/clock.ts';

/** A condition without its times. */
export type Finding = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

export const conditionOf = (
  conditions: readonly DeploymentCondition[] | undefined,
  type: string,
): DeploymentCondition | undefined => conditions?.find((each) => each.type === type);

export const withoutCondition = (
  conditions: readonly DeploymentCondition[],
  type: string,
): DeploymentCondition[] => conditions.filter((each) => each.type !== type);

/**
 * Puts a finding in place of the condition of its type. One of the same status and reason stays as
 * it was; the time of transition moves only with the status.
 */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  finding: Finding,
  now: number,
): DeploymentCondition[] {
  const before = conditionOf(conditions, finding.type);
  if (before?.status === finding.status && before.reason === finding.reason) return [...conditions];
  return renewed(conditions, finding, now);
}

/** As `withCondition`, but what is found again is noted with the time. */
export function renewed(
  conditions: readonly DeploymentCondition[],
  finding: Finding,
  now: number,
): DeploymentCondition[] {
  const before = conditionOf(conditions, finding.type);
  const time = toTime(now);
  const isTurn = before?.status !== finding.status;
  const lastTransitionTime = isTurn ? time : (before?.lastTransitionTime ?? time);
  const condition = { ...finding, lastUpdateTime: time, lastTransitionTime };
  return [...withoutCondition(conditions, finding.type), condition];
}
