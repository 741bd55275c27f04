import type { Expr } from './ast.ts';
import type { Variables } from './checker.ts';
import { toValue } from './data.ts';
import { type CostRange, estimateCost } from './estimate.ts';
import { plan, Scope } from './plan.ts';
import { CostExceeded, Run, type Step } from './run.ts';
import type { StructTypes } from './structs.ts';
import type { Type } from './types.ts';
import { CelError, type Value } from './values.ts';

/** What an evaluation came to. */
export type Outcome =
  /** The value, or the error that the expression ran into. */
  | { readonly value: Value; readonly cost: number; readonly isExceeded: false }
  /** It was given up, because it cost more than it may. */
  | { readonly value: CelError; readonly cost: number; readonly isExceeded: true };

/** What a single expression may cost (`PerCallLimit`). */
const EVALUATION_COST_MAX = 1_000_000;

/** A compiled expression. It holds no state: it can be evaluated again and again. */
export class Program {
  readonly type: Type;
  readonly #expr: Expr;
  readonly #variables: Variables;
  readonly #names: readonly string[];
  readonly #used: ReadonlySet<string>;
  readonly #step: Step;
  readonly #slots: number;

  /** Takes a checked expression. Throws PlanError. */
  constructor(expr: Expr, variables: Variables, used: ReadonlySet<string>, structs?: StructTypes) {
    this.type = expr.type!;
    this.#expr = expr;
    this.#variables = variables;
    this.#names = Object.keys(variables);
    this.#used = used;
    const scope = new Scope(this.#names);
    this.#step = plan(expr, scope, structs);
    this.#slots = scope.most;
  }

  /** Whether the expression looks at the variable: rules that look at `oldSelf` are for updates. */
  uses(variable: string): boolean {
    return this.#used.has(variable);
  }

  /**
   * Evaluates the expression. `bindings` are plain data (JSON) by the names of variables; of a
   * variable with an optional type it may lack. Errors are values, also that of too high a cost.
   */
  evaluate(
    bindings: Readonly<Record<string, unknown>>,
    costMax: number = EVALUATION_COST_MAX,
  ): Outcome {
    return this.evaluateWith((name) => toValue(bindings[name], this.#variables[name]!), costMax);
  }

  /** As `evaluate`, with values that are asked for by name, once each if they are used at all. */
  evaluateWith(read: (name: string) => Value, costMax: number = EVALUATION_COST_MAX): Outcome {
    const slots = new Array<Value>(this.#slots).fill(null);
    for (const [i, name] of this.#names.entries()) {
      if (this.#used.has(name)) slots[i] = read(name);
    }
    const run = new Run(slots, costMax);
    try {
      return { value: this.#step(run), cost: run.cost, isExceeded: false };
    } catch (error) {
      if (!(error instanceof CostExceeded)) throw error;
      return { value: new CelError(error.message), cost: run.cost, isExceeded: true };
    }
  }

  /** What an evaluation can cost at least and at most, given how large the declared types get. */
  estimateCost(): CostRange {
    return estimateCost(this.#expr, this.#variables);
  }
}
