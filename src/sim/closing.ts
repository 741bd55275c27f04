import type { Clock } from '../base/clock.ts';
import { keyOf } from '../machinery/object.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

/** Nothing new comes into a namespace that is going, but for what came in the same moment. */
export class ClosingChecker {
  readonly #clock: Clock;
  readonly #violations: Violations;
  /** Since when namespaces are going, by name. */
  readonly #goingMs = new Map<string, number>();

  constructor(truth: Truth, clock: Clock, violations: Violations) {
    this.#clock = clock;
    this.#violations = violations;
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ resource, before, after }: Happened): void {
    if (resource === 'namespaces') {
      const { name, deletionTimestamp } = (after ?? before)!.metadata;
      if (!after || deletionTimestamp === undefined) this.#goingMs.delete(name);
      else if (!this.#goingMs.has(name)) this.#goingMs.set(name, this.#clock.monotonicMs());
      return;
    }
    const { namespace } = (after ?? before)!.metadata;
    if (before || !after || !namespace) return;
    const sinceMs = this.#goingMs.get(namespace);
    if (sinceMs === undefined || sinceMs === this.#clock.monotonicMs()) return;
    this.#violations.note('closing', `${resource} ${keyOf(after)} comes into what is going`);
  }
}
