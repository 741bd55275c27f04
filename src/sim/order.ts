import type { StatefulSet } from '../api/generated/apps/v1/types.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import { controllerOf, keyOf } from '../machinery/object.ts';
import { isActive, isReady } from './judgement.ts';
import { STALE_MAX_MS } from './safety.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

/**
 * A pod of a StatefulSet is made when all those before it are ready, or were of late: whoever makes
 * it may not know yet that one of them has gone.
 */
export class OrderChecker {
  readonly #truth: Truth;
  readonly #clock: Clock;
  readonly #violations: Violations;
  /** When pods were ready last, by their owner's UID and their name. */
  readonly #readyAtMs = new Map<string, number>();

  constructor(truth: Truth, clock: Clock, violations: Violations) {
    this.#truth = truth;
    this.#clock = clock;
    this.#violations = violations;
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ resource, before, after }: Happened): void {
    if (resource !== 'pods') return;
    const pod = (after ?? before) as Pod;
    const owner = controllerOf(pod);
    if (owner?.kind !== 'StatefulSet') return;
    const wasReady = before && isActive(before as Pod) && isReady(before as Pod);
    if (wasReady || (after && isReady(after as Pod))) {
      this.#readyAtMs.set(`${owner.uid} ${pod.metadata.name}`, this.#clock.monotonicMs());
    }
    const set = this.#truth
      .all('apps/statefulsets')
      .find((each) => each.metadata.uid === owner.uid);
    if (!before && set) this.#checkMade(pod, set);
  }

  #checkMade(pod: Pod, set: StatefulSet): void {
    const { name, uid } = set.metadata;
    const ordinal = Number(pod.metadata.name.slice(name.length + 1));
    const sinceMs = this.#clock.monotonicMs() - STALE_MAX_MS;
    for (let before = 0; before < ordinal; before++) {
      const readyAtMs = this.#readyAtMs.get(`${uid} ${name}-${before}`);
      if (readyAtMs !== undefined && readyAtMs >= sinceMs) continue;
      if (this.#isReady(set, `${name}-${before}`)) continue;
      const what = `${keyOf(pod)} is made before ${name}-${before} was ready`;
      this.#violations.note('order', what);
    }
  }

  #isReady({ metadata }: StatefulSet, name: string): boolean {
    return this.#truth
      .all('pods')
      .some(
        (pod) =>
          controllerOf(pod)?.uid === metadata.uid && pod.metadata.name === name && isReady(pod),
      );
  }
}
