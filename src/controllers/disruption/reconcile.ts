import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Condition } from '../../api/generated/meta/v1/types.ts';
import type {
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
} from '../../api/generated/policy/v1/types.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerOf, type OwnerReference } from '../../machinery/object.ts';
import { isReady } from '../pods.ts';

/** An eviction that was allowed is taken to come about within so long. */
const DELETION_TIMEOUT_MS = 120_000;

/** A budget and the pods that it selects. */
export interface Observed {
  readonly budget: PodDisruptionBudget;
  readonly pods: readonly Pod[];
  /**
   * How many pods an owner is to have, and its UID, so that owners count once; undefined when
   * nothing is known of such an owner.
   */
  readonly scaleOf: (owner: OwnerReference, namespace: string) => Scale | NoScale | undefined;
  readonly now: number;
}

export interface Scale {
  readonly uid: string;
  readonly replicas: number;
}

/** That owners of a kind have no size, in the words of Kubernetes. */
export interface NoScale {
  readonly refusal: string;
}

export type DisruptionAction =
  | {
      readonly type: 'updateStatus';
      readonly budget: PodDisruptionBudget;
      readonly status: PodDisruptionBudgetStatus;
    }
  | {
      readonly type: 'tell';
      readonly budget: PodDisruptionBudget;
      readonly event: { readonly type: 'Normal' | 'Warning'; reason: string; message: string };
    };

/**
 * How many of a budget's pods may be evicted now (`policy/v1` PodDisruptionBudgetStatus). What was
 * evicted and isn't gone yet counts as gone.
 */
export function reconcileBudget(observed: Observed): (DisruptionAction | Wait)[] {
  const { budget, pods, now } = observed;
  const told =
    pods.length === 0 ? [tell(budget, 'Normal', 'NoPods', 'No matching pods found')] : [];
  const wanted = expectation(observed);
  if ('failure' in wanted) return [...told, ...refuseAll(observed, wanted.failure)];
  const { disrupted, recheckAt } = stillDisrupted(observed);
  const status = statusOf(observed, wanted, disrupted);
  const waits: Wait[] = recheckAt === undefined ? [] : [{ type: 'wait', forMs: recheckAt - now }];
  if (isEqual(status, budget.status)) return waits;
  return [
    ...told,
    ...unmanaged(budget, wanted),
    { type: 'updateStatus', budget, status },
    ...waits,
  ];
}

interface Expectation {
  readonly expected: number;
  readonly desired: number;
  /** Names of pods whose owner is unknown, where owners count. */
  readonly unmanaged: readonly string[];
}

function expectation(observed: Observed): Expectation | { readonly failure: string } {
  const { budget, pods } = observed;
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable === undefined && typeof minAvailable !== 'string') {
    return { expected: pods.length, desired: minAvailable ?? 0, unmanaged: [] };
  }
  const scales = new Map<string, number>();
  const unmanagedPods: string[] = [];
  for (const { metadata } of pods) {
    const owner = controllerOf({ metadata } as Pod);
    if (!owner) {
      unmanagedPods.push(metadata.name);
      continue;
    }
    const scale = observed.scaleOf(owner, metadata.namespace ?? '');
    if (!scale) return { failure: `found no controllers for pod "${metadata.name}"` };
    if ('refusal' in scale) return { failure: scale.refusal };
    scales.set(scale.uid, scale.replicas);
  }
  const expected = [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  const desired =
    maxUnavailable === undefined
      ? partOf(minAvailable as string, expected)
      : Math.max(0, expected - partOf(maxUnavailable, expected));
  return { expected, desired, unmanaged: unmanagedPods };
}

/** Percentages round up. */
const partOf = (value: number | string, of: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);

/** Pods that were evicted a moment ago and still are there, and when that will have been too long. */
function stillDisrupted({ budget, pods, now }: Observed): {
  disrupted: Readonly<Record<string, string>>;
  recheckAt: number | undefined;
} {
  const disrupted: Record<string, string> = {};
  let recheckAt: number | undefined;
  for (const { metadata } of pods) {
    const since = budget.status?.disruptedPods?.[metadata.name];
    if (metadata.deletionTimestamp !== undefined || !since) continue;
    const untilMs = (parseTime(since) ?? 0) + DELETION_TIMEOUT_MS;
    if (untilMs <= now) continue;
    disrupted[metadata.name] = since;
    recheckAt = Math.min(recheckAt ?? untilMs, untilMs);
  }
  return { disrupted, recheckAt };
}

function statusOf(
  { budget, pods, now }: Observed,
  { expected, desired }: Expectation,
  disrupted: Readonly<Record<string, string>>,
): PodDisruptionBudgetStatus {
  const isHealthy = (pod: Pod) =>
    pod.metadata.deletionTimestamp === undefined &&
    disrupted[pod.metadata.name] === undefined &&
    isReady(pod);
  const currentHealthy = pods.filter(isHealthy).length;
  const allowed = expected > 0 ? Math.max(0, currentHealthy - desired) : 0;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  } as const;
  return {
    conditions: withCondition(budget, condition, now),
    currentHealthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 0,
  } as PodDisruptionBudgetStatus;
}

type NewCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** A condition's time is that of its last turning, not of its last telling. */
function withCondition(
  { metadata, status }: PodDisruptionBudget,
  condition: NewCondition,
  now: number,
): readonly Condition[] {
  const all = status?.conditions ?? [];
  const before = all.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    before && before.status === condition.status ? before.lastTransitionTime : toTime(now);
  const observedGeneration = metadata.generation ?? 0;
  const after = { ...condition, lastTransitionTime, observedGeneration };
  return before ? all.map((each) => (each === before ? after : each)) : [...all, after];
}

/** Nobody may be evicted while it isn't known how many there should be. */
function refuseAll({ budget, now }: Observed, failure: string): DisruptionAction[] {
  const reason = 'CalculateExpectedPodCountFailed';
  const message = `Failed to calculate the number of expected pods: ${failure}`;
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'SyncFailed',
    message: failure,
  } as const;
  const status = {
    ...budget.status,
    disruptionsAllowed: 0,
    conditions: withCondition(budget, condition, now),
  } as PodDisruptionBudgetStatus;
  if (isEqual(status, budget.status)) return [];
  return [tell(budget, 'Warning', reason, message), { type: 'updateStatus', budget, status }];
}

function unmanaged(budget: PodDisruptionBudget, { unmanaged }: Expectation): DisruptionAction[] {
  if (unmanaged.length === 0) return [];
  const message =
    'Some of its pods belong to nobody, so it is not known how many there should be; give ' +
    'spec.minAvailable as a number to count them.';
  return [tell(budget, 'Warning', 'UnmanagedPods', message)];
}

const tell = (
  budget: PodDisruptionBudget,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): DisruptionAction => ({ type: 'tell', budget, event: { type, reason, message } });
