import type { Pod } from '../api/generated/core/v1/types.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import { type KubeObject, keyOf } from '../machinery/object.ts';
import { isActive, isReady, isSelected } from './judgement.ts';
import { STALE_MAX_MS } from './safety.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

/** The pods that a budget is about. */
export function budgetedPods(truth: Truth, budget: PodDisruptionBudget): Pod[] {
  return truth.all('pods').filter((pod) => isBudgeted(budget, pod));
}

const isBudgeted = ({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean =>
  pod.metadata.namespace === metadata.namespace && isSelected(spec.selector, pod.metadata.labels);

const isHealthy = (pod: Pod): boolean => isActive(pod) && isReady(pod);

/** A pod that did its work and doesn't any more, for another reason than an eviction. */
interface Loss {
  readonly budget: string;
  readonly atMs: number;
}

/**
 * No eviction that is allowed leaves fewer healthy pods than the budget asks for, but for those that
 * were lost otherwise of late: whoever allows it can't know of them yet.
 */
export class BudgetChecker {
  readonly #truth: Truth;
  readonly #clock: Clock;
  readonly #violations: Violations;
  /** UIDs of pods that were allowed to go. */
  readonly #allowed = new Set<string>();
  #losses: Loss[] = [];

  constructor(truth: Truth, clock: Clock, violations: Violations) {
    this.#truth = truth;
    this.#clock = clock;
    this.#violations = violations;
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ resource, before, after }: Happened): void {
    if (resource === 'pods' && before) this.#noteLosses(before as Pod, after as Pod | undefined);
    if (resource === 'policy/poddisruptionbudgets' && after) {
      this.#checkBudget(before as PodDisruptionBudget | undefined, after as PodDisruptionBudget);
    }
  }

  #noteLosses(before: Pod, after: Pod | undefined): void {
    if (this.#allowed.has(before.metadata.uid) || !isHealthy(before)) return;
    for (const budget of this.#truth.all('policy/poddisruptionbudgets')) {
      if (!isBudgeted(budget, before)) continue;
      if (after && isBudgeted(budget, after) && isHealthy(after)) continue;
      this.#losses.push({ budget: keyOf(budget), atMs: this.#clock.monotonicMs() });
    }
  }

  #checkBudget(before: PodDisruptionBudget | undefined, after: PodDisruptionBudget): void {
    const known = before?.status?.disruptedPods ?? {};
    const fresh = Object.keys(after.status?.disruptedPods ?? {}).filter((name) => !(name in known));
    if (fresh.length === 0) return;
    const pods = budgetedPods(this.#truth, after);
    for (const pod of pods) {
      if (fresh.includes(pod.metadata.name)) this.#allowed.add(pod.metadata.uid);
    }
    const left = pods.filter((pod) => isHealthy(pod) && !this.#allowed.has(pod.metadata.uid));
    const wanted = after.status?.desiredHealthy ?? 0;
    const lost = this.#lossesOf(after);
    if (left.length + lost >= wanted) return;
    const what = `${keyOf(after)} lets ${fresh} go: ${left.length} are left of ${wanted}`;
    this.#violations.note('budget', what);
  }

  #lossesOf(budget: KubeObject): number {
    const sinceMs = this.#clock.monotonicMs() - STALE_MAX_MS;
    this.#losses = this.#losses.filter(({ atMs }) => atMs >= sinceMs);
    return this.#losses.filter((loss) => loss.budget === keyOf(budget)).length;
  }
}
