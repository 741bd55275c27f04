import type { Job, JobCondition } from '../../api/generated/batch/v1/types.ts';
import { toTime } from '../../base/clock.ts';

/** What is found of a job, without its times. */
export interface Finding {
  readonly type: 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Suspended';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export const finding = (type: Finding['type'], reason: string, message: string): Finding => ({
  type,
  status: 'True',
  reason,
  message,
});

/** A condition that holds, if it does. */
export const held = ({ status }: Job, type: Finding['type']): JobCondition | undefined =>
  status.conditions?.find((each) => each.type === type && each.status === 'True');

/** Whether a job has come to its end: nothing of it changes any more. */
export const isFinished = (job: Job): boolean =>
  held(job, 'Complete') !== undefined || held(job, 'Failed') !== undefined;

/** The conditions with this one. What doesn't hold, and wasn't told of before, isn't told at all. */
export function withCondition(
  conditions: readonly JobCondition[],
  next: Finding,
  now: number,
): readonly JobCondition[] {
  const before = conditions.find(({ type }) => type === next.type);
  const { type, status, reason, message } = next;
  const isSame =
    before &&
    before.status === status &&
    (before.reason ?? '') === reason &&
    (before.message ?? '') === message;
  if (isSame || (!before && status === 'False')) return conditions;
  const time = toTime(now);
  const after: JobCondition = {
    type,
    status,
    lastProbeTime: time,
    lastTransitionTime: time,
    ...(reason && { reason }),
    ...(message && { message }),
  };
  return before
    ? conditions.map((each) => (each === before ? after : each))
    : [...conditions, after];
}
