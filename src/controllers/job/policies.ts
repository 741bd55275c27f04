import { countIndexes, type IndexRanges } from '../../api/batch-v1/job/index-ranges.ts';
import type {
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicy,
  SuccessPolicyRule,
} from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { countCommon, readIndexes } from './index-set.ts';

// What failures of pods, and successes of indexes, mean for a job (KEP-3329, KEP-3998).

/** What the first rule that a failed pod meets asks for. */
export interface FailureVerdict {
  readonly action: PodFailurePolicyRule['action'] | undefined;
  /** Whether the failure counts towards the limits. */
  readonly isCounted: boolean;
  /** Why the whole job fails, when it does. */
  readonly failJobMessage?: string;
}

/** Judges a failed pod by the policy; without one every failure counts. */
export function judgeFailure(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const what = matchOf(rule, pod);
    if (what === undefined) continue;
    const { action } = rule;
    if (action === 'Ignore') return { action, isCounted: false };
    if (action !== 'FailJob') return { action, isCounted: true };
    const failJobMessage = `${what} matching ${action} rule at index ${index}`;
    return { action, isCounted: true, failJobMessage };
  }
  return { action: undefined, isCounted: true };
}

/** What of a pod a rule is met by, in words; undefined when it isn't. */
function matchOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod) {
  const { namespace, name } = pod.metadata;
  if (onExitCodes) {
    const found = failedContainer(onExitCodes, pod);
    return (
      found &&
      `Container ${found.name} for pod ${namespace}/${name} failed with exit code ${found.exitCode}`
    );
  }
  const condition = (onPodConditions ?? [])
    .map((pattern) =>
      pod.status.conditions?.find(
        ({ type, status }) => type === pattern.type && status === pattern.status,
      ),
    )
    .find((each) => each !== undefined);
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

function failedContainer(rule: PodFailurePolicyOnExitCodesRequirement, { status }: Pod) {
  const { containerName, operator, values } = rule;
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return all
    .filter(({ name }) => containerName === undefined || containerName === name)
    .map(({ name, state }) => ({ name, exitCode: state?.terminated?.exitCode ?? 0 }))
    .find(({ exitCode }) => exitCode !== 0 && values.includes(exitCode) === (operator === 'In'));
}

/** Why a job is taken to have succeeded before all indexes have, if it is. */
export function judgeSuccess(
  policy: SuccessPolicy | undefined,
  completions: number,
  succeeded: IndexRanges,
): string | undefined {
  if (!policy || succeeded.length === 0) return undefined;
  const at = policy.rules.findIndex((rule) => isMet(rule, completions, succeeded));
  return at < 0 ? undefined : `Matched rules at index ${at}`;
}

function isMet(
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  completions: number,
  succeeded: IndexRanges,
): boolean {
  if (succeededIndexes === undefined) {
    return succeededCount !== undefined && countIndexes(succeeded) >= succeededCount;
  }
  const required = readIndexes(succeededIndexes, completions);
  return countCommon(required, succeeded) >= (succeededCount ?? countIndexes(required));
}
