import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { referenceTo } from '../explain/reference.ts';
import type { BudgetOutcome } from './report.ts';

/** What becomes of a disruption budget over time. */
export class BudgetRecord {
  readonly #first: PodDisruptionBudget;
  #wanted: number;
  #lowest: number;
  #isBroken = false;
  #blockedForMs = 0;
  #blockedSinceMs: number | undefined;

  constructor(budget: PodDisruptionBudget) {
    this.#first = budget;
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status;
    this.#lowest = currentHealthy;
    this.#wanted = desiredHealthy;
  }

  take({ status }: PodDisruptionBudget, atMs: number): void {
    const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status;
    if (currentHealthy < this.#lowest) {
      this.#lowest = currentHealthy;
      this.#wanted = desiredHealthy;
    }
    if (currentHealthy < desiredHealthy) this.#isBroken = true;
    if (disruptionsAllowed === 0) this.#blockedSinceMs ??= atMs;
    else this.#unblock(atMs);
  }

  /** What became of it by now; undefined where nothing did, or it was no better off before. */
  outcome(atMs: number): BudgetOutcome | undefined {
    const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = this.#first.status;
    const wasBroken = currentHealthy < desiredHealthy;
    this.#unblock(atMs);
    const isBroken = this.#isBroken && !wasBroken;
    const isBlocked = disruptionsAllowed > 0 && this.#blockedForMs > 0;
    if (!isBroken && !isBlocked) return undefined;
    return {
      about: referenceTo(this.#first),
      wanted: this.#wanted,
      lowest: this.#lowest,
      isBroken,
      blockedForMs: this.#blockedForMs,
    };
  }

  #unblock(atMs: number): void {
    if (this.#blockedSinceMs === undefined) return;
    this.#blockedForMs += atMs - this.#blockedSinceMs;
    this.#blockedSinceMs = undefined;
  }
}
