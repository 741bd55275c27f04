import { parseTime } from '../../../base/clock.ts';
import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  OMITTED,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateNonNegative } from '../../../machinery/validation/values.ts';
import type { Job, JobStatus, UncountedTerminatedPods } from '../../generated/batch/v1/types.ts';
import {
  firstInBoth,
  type IndexRanges,
  IndexRangesError,
  parseIndexRanges,
} from './index-ranges.ts';

/** Whether a condition of the job holds. */
export const holds = ({ status }: Job, type: string): boolean =>
  status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ??
  false;

const isFinished = (job: Job): boolean => holds(job, 'Complete') || holds(job, 'Failed');

/** A status that is to be, beside the one that is. */
interface Change {
  readonly next: Job;
  readonly previous: Job;
  /** Of the status. */
  readonly path: FieldPath;
}

/**
 * A job's status may be kept by somebody else's controller, and everybody relies on it: what is
 * finished stays so. A rule looks at what has changed, so that an old fault blocks no other update.
 */
export function validateJobStatusUpdate(next: Job, previous: Job, path: FieldPath): FieldError[] {
  const change = { next, previous, path };
  return [
    ...validateNumbers(next.status, path),
    ...validateUncounted(next.status.uncountedTerminatedPods, path.at('uncountedTerminatedPods')),
    ...validateConditions(change),
    ...validateFinished(change),
    ...validateIndexes(change),
    ...validatePodCounts(change),
    ...validateSuccess(change),
    ...validateProgress(change),
  ];
}

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;

const validateNumbers = (status: JobStatus, path: FieldPath): FieldError[] =>
  COUNTS.flatMap((count) => validateNonNegative(status[count] ?? 0, path.at(count)));

function validateUncounted(
  pods: UncountedTerminatedPods | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (pods?.[list] ?? []).flatMap((uid, i) => {
      const at = path.at(list).index(i);
      if (uid === '') return [invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

const differs = ({ next, previous }: Change, field: keyof JobStatus): boolean =>
  !isSemanticallyEqual(next.status[field], previous.status[field]);

const turned = ({ next, previous }: Change, ...types: string[]): boolean =>
  types.some((type) => holds(next, type) !== holds(previous, type));

function validateConditions(change: Change): FieldError[] {
  const { next, path } = change;
  const { startTime, completionTime } = next.status;
  const errors: FieldError[] = [];
  const isComplete = holds(next, 'Complete');
  const refuse = (detail: string) => errors.push(invalid(path.at('conditions'), OMITTED, detail));
  if (isComplete && holds(next, 'Failed') && turned(change, 'Complete', 'Failed')) {
    refuse('cannot set Complete=True and Failed=true conditions');
  }
  if (isComplete && holds(next, 'FailureTarget') && turned(change, 'Complete', 'FailureTarget')) {
    refuse('cannot set Complete=True and FailureTarget=true conditions');
  }
  const timePath = path.at('completionTime');
  if (turned(change, 'Complete') || differs(change, 'completionTime')) {
    if (completionTime && !isComplete) {
      const detail = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(invalid(timePath, completionTime, detail));
    }
    if (!completionTime && isComplete) {
      errors.push(required(timePath, 'completionTime is required for Complete jobs'));
    }
  }
  const [from, to] = [parseTime(startTime), parseTime(completionTime)];
  const timesDiffer = differs(change, 'startTime') || differs(change, 'completionTime');
  if (timesDiffer && from !== undefined && to !== undefined && to < from) {
    errors.push(invalid(timePath, completionTime, 'must be equal to or after `startTime`'));
  }
  const failsAnew = turned(change, 'Failed') || differs(change, 'failedIndexes');
  if (holds(next, 'Failed') && !holds(next, 'FailureTarget') && failsAnew) {
    refuse('cannot set Failed=True condition without the FailureTarget=true condition');
  }
  const succeedsAnew = turned(change, 'Complete', 'SuccessCriteriaMet');
  if (isComplete && !holds(next, 'SuccessCriteriaMet') && succeedsAnew) {
    refuse('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }
  return errors;
}

function validateFinished(change: Change): FieldError[] {
  const { next, previous, path } = change;
  const { active = 0, startTime, uncountedTerminatedPods: pods } = next.status;
  if (!isFinished(next)) return [];
  const isNew = !isFinished(previous);
  const errors: FieldError[] = [];
  if (active > 0 && (isNew || differs(change, 'active'))) {
    errors.push(invalid(path.at('active'), active, 'active>0 is invalid for finished job'));
  }
  // A job that waits and needs nothing is done before it has started.
  const needsStart = !(next.spec.suspend && next.spec.completions === 0);
  if (!startTime && needsStart && (isNew || differs(change, 'startTime'))) {
    errors.push(required(path.at('startTime'), 'startTime is required for finished job'));
  }
  const uncounted = (pods?.succeeded?.length ?? 0) + (pods?.failed?.length ?? 0);
  if (uncounted > 0 && (isNew || differs(change, 'uncountedTerminatedPods'))) {
    const shown = { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null };
    const detail = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(invalid(path.at('uncountedTerminatedPods'), shown, detail));
  }
  return errors;
}

/** Reads indexes, or adds what is wrong with them. */
function readIndexes(
  text: string | undefined,
  completions: number,
  refuse: (problem: string) => void,
): IndexRanges {
  try {
    return parseIndexRanges(text ?? '', completions);
  } catch (error) {
    if (!(error instanceof IndexRangesError)) throw error;
    refuse(error.message);
    return [];
  }
}

function validateIndexes(change: Change): FieldError[] {
  const { next, path } = change;
  const { completedIndexes: completed, failedIndexes: failed } = next.status;
  const { completions, backoffLimitPerIndex, completionMode } = next.spec;
  const [completedPath, failedPath] = [path.at('completedIndexes'), path.at('failedIndexes')];
  const [completedDiffer, failedDiffer] = [
    differs(change, 'completedIndexes'),
    differs(change, 'failedIndexes'),
  ];
  if (!completedDiffer && !failedDiffer) return [];
  const errors: FieldError[] = [];
  let [done, given]: IndexRanges[] = [[], []];
  if (completions !== undefined) {
    done = readIndexes(completed, completions, (problem) => {
      if (!completedDiffer) return;
      const detail = `error parsing completedIndexes: ${problem}`;
      errors.push(invalid(completedPath, completed, detail));
    });
    given = readIndexes(failed, completions, (problem) => {
      if (!failedDiffer || backoffLimitPerIndex === undefined) return;
      errors.push(invalid(failedPath, failed, `error parsing failedIndexes: ${problem}`));
    });
  }
  if (completedDiffer && completed && completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid(completedPath, completed, detail));
  }
  if (failedDiffer && failed !== undefined && backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalid(failedPath, failed, detail));
  }
  const overlap = firstInBoth(done!, given!);
  if (overlap !== undefined) {
    const detail = `failedIndexes and completedIndexes overlap at index: ${overlap}`;
    errors.push(invalid(failedPath, failed, detail));
  }
  return errors;
}

function validatePodCounts(change: Change): FieldError[] {
  const { next, previous, path } = change;
  const { terminating = 0, ready = 0, active = 0 } = next.status;
  const errors: FieldError[] = [];
  const isNew = isFinished(next) !== isFinished(previous);
  if (terminating > 0 && isFinished(next) && (isNew || differs(change, 'terminating'))) {
    const detail = 'terminating>0 is invalid for finished job';
    errors.push(invalid(path.at('terminating'), terminating, detail));
  }
  if (ready > active && (differs(change, 'ready') || differs(change, 'active'))) {
    errors.push(invalid(path.at('ready'), ready, 'cannot set more ready pods than active'));
  }
  return errors;
}

function validateSuccess({ next, path }: Change): FieldError[] {
  const isMet = holds(next, 'SuccessCriteriaMet');
  const problems: string[] = [];
  if (isMet && holds(next, 'Failed')) {
    problems.push('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  }
  if (isMet && holds(next, 'FailureTarget')) {
    problems.push('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  }
  if (!isMet && next.spec.successPolicy && holds(next, 'Complete')) {
    problems.push(
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    );
  }
  return problems.map((problem) => invalid(path.at('conditions'), OMITTED, problem));
}

/** What only goes one way. */
function validateProgress(change: Change): FieldError[] {
  const { next, previous, path } = change;
  const [now, then] = [next.status, previous.status];
  const errors: FieldError[] = [];
  const refuse = (detail: string) => errors.push(invalid(path.at('conditions'), OMITTED, detail));
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (!holds(previous, type) || holds(next, type)) continue;
    refuse(`cannot disable the terminal ${type}=True condition`);
  }
  const { completionMode, completions, parallelism } = next.spec;
  // An indexed job can be made smaller, and with it what has succeeded.
  const mayShrink = completionMode === 'Indexed' && completions === parallelism;
  if ((now.failed ?? 0) < (then.failed ?? 0)) {
    errors.push(invalid(path.at('failed'), now.failed ?? 0, 'cannot decrease the failed counter'));
  }
  if (!mayShrink && (now.succeeded ?? 0) < (then.succeeded ?? 0)) {
    const detail = 'cannot decrease the succeeded counter';
    errors.push(invalid(path.at('succeeded'), now.succeeded ?? 0, detail));
  }
  if (now.completionTime && then.completionTime && differs(change, 'completionTime')) {
    const detail = 'completionTime cannot be mutated';
    errors.push(invalid(path.at('completionTime'), now.completionTime, detail));
  }
  // A job that goes on begins anew to count its time.
  const mayRestart = next.spec.suspend || holds(previous, 'Suspended');
  if (then.startTime && differs(change, 'startTime') && !mayRestart) {
    const detail = 'startTime cannot be removed for unsuspended job';
    errors.push(required(path.at('startTime'), detail));
  }
  const [isMet, wasMet] = [
    holds(next, 'SuccessCriteriaMet'),
    holds(previous, 'SuccessCriteriaMet'),
  ];
  if (wasMet && !isMet) refuse('cannot disable the SuccessCriteriaMet=True condition');
  if (holds(previous, 'Complete') && !wasMet && isMet) {
    refuse('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
  }
  return errors;
}
