import type { Value } from './values.ts';

/** Thrown through the evaluation, which nothing may absorb: it cost more than it may. */
export class CostExceeded extends Error {
  override readonly name = 'CostExceeded';

  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** One evaluation: the values of its variables, and what it has cost so far. */
export class Run {
  readonly slots: Value[];
  readonly #limit: number;
  cost = 0;

  constructor(slots: Value[], limit: number) {
    this.slots = slots;
    this.#limit = limit;
  }

  /** Throws CostExceeded. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw new CostExceeded();
  }
}

/** A piece of a program, ready to run. */
export type Step = (run: Run) => Value;
