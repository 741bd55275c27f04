import { toValue } from '../cel/data.ts';
import { type AskAccess, Authorizing, ResourceCheck } from '../cel/functions/authorization.ts';
import { DYN } from '../cel/types.ts';
import { CelError, type CelMap, isError, type Value } from '../cel/values.ts';
import type { Expression } from './expressions.ts';

/** What expressions are evaluated about: plain data. What isn't there is null. */
export interface Subject {
  readonly object: unknown;
  readonly oldObject: unknown;
  /** An `admission.k8s.io/v1` AdmissionRequest without its objects. */
  readonly request: object;
  readonly namespaceObject?: unknown;
  readonly params?: unknown;
  /** Who answers questions about what is allowed; nobody unless said. */
  readonly access?: RequestAccess | undefined;
}

/** Answers about the user who makes the request, and about the resource that it is for. */
export interface RequestAccess {
  readonly ask: AskAccess;
  readonly resource: {
    readonly group: string;
    readonly plural: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  };
}

/** What the expressions of one policy may cost together (`RuntimeCELCostBudget`). */
const POLICY_COST_MAX = 10_000_000;
/** What the conditions of one policy or webhook may cost together. */
export const CONDITIONS_COST_MAX = 2_500_000;

/** Expressions have used up what they may cost together: none after it is evaluated. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';

  constructor() {
    super(
      'validation failed due to running out of cost budget, no further validation rules will be run',
    );
  }
}

/** What an expression came to. */
export type Evaluated =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string };

/**
 * Evaluates expressions about one subject, within a budget. Variables are computed when an
 * expression first reads them, and once.
 */
export class Evaluation {
  budget: number;
  readonly #subject: Subject;
  readonly #variables: Variables;

  constructor(
    subject: Subject,
    variables: ReadonlyMap<string, Expression>,
    budget: number = POLICY_COST_MAX,
  ) {
    this.budget = budget;
    this.#subject = subject;
    this.#variables = new Variables(variables, (name) => this.#read(name));
  }

  /** Throws OutOfBudget. */
  evaluate({ text, program, error }: Expression): Evaluated {
    if (error) return { error: `compilation error: ${error.detail}` };
    const { value, cost } = program.evaluateWith((name) => this.#read(name));
    this.#charge(this.#variables.takeCost());
    this.#charge(cost);
    if (!isError(value)) return { value };
    return { error: `expression '${text}' resulted in error: ${value.message}` };
  }

  #charge(cost: number): void {
    if (cost > this.budget) throw new OutOfBudget();
    this.budget -= cost;
  }

  #read(name: string): Value {
    const { object, oldObject, request, namespaceObject, params, access } = this.#subject;
    switch (name) {
      case 'object':
        return dataOf(object);
      case 'oldObject':
        return dataOf(oldObject);
      case 'request':
        return dataOf(request);
      case 'namespaceObject':
        return dataOf(namespaceObject);
      case 'params':
        return dataOf(params);
      case 'variables':
        return this.#variables;
    }
    if (access === undefined) return new CelError(`no such attribute(s): ${name}`);
    return name === 'authorizer'
      ? new Authorizing(access.ask)
      : new ResourceCheck(access.ask, access.resource);
  }
}

const dataOf = (data: unknown): Value => toValue(data ?? null, DYN);

/** `variables`: each is computed when it is first read. */
class Variables implements CelMap {
  readonly isMap = true;
  readonly #expressions: ReadonlyMap<string, Expression>;
  readonly #read: (name: string) => Value;
  readonly #values = new Map<string, Value>();
  #cost = 0;

  constructor(expressions: ReadonlyMap<string, Expression>, read: (name: string) => Value) {
    this.#expressions = expressions;
    this.#read = read;
  }

  get size(): number {
    return this.#expressions.size;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#values.get(key);
    const expression = this.#expressions.get(key);
    if (known !== undefined || expression === undefined) return known;
    const value = this.#compute(key, expression);
    this.#values.set(key, value);
    return value;
  }

  keys(): readonly Value[] {
    return [...this.#expressions.keys()];
  }

  /** What variables have cost since it was last asked. */
  takeCost(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }

  #compute(name: string, { program, error }: Expression): Value {
    const about = `composited variable "${name}"`;
    if (error) return new CelError(`${about} fails to compile: ${error.detail}`);
    const { value, cost } = program.evaluateWith(this.#read);
    this.#cost += cost;
    if (!isError(value)) return value;
    return new CelError(`${about} fails to evaluate: ${value.message}`);
  }
}

/** Whether all conditions hold, or why that can't be told. One that doesn't hold decides. */
export function allHold(
  conditions: readonly Expression[],
  evaluation: Evaluation,
): boolean | { readonly error: string } {
  const errors: string[] = [];
  try {
    for (const each of conditions.map((condition) => evaluation.evaluate(condition))) {
      if (each.value === false) return false;
      if (each.error !== undefined) errors.push(each.error);
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return { error: error.message };
  }
  const [first, ...others] = new Set(errors);
  if (first === undefined) return true;
  return { error: others.length === 0 ? first : `[${[first, ...others].join(', ')}]` };
}
