import { isPresent, qualify, qualifyOptionally } from './access.ts';
import {
  type Call,
  type Comprehension,
  children,
  type Expr,
  type Ident,
  type ListExpr,
  type MapExpr,
  type Select,
  type StructExpr,
} from './ast.ts';
import { costOfCall, LIST_COST, MAP_COST, STRUCT_COST } from './call-costs.ts';
import { keyOf, listValue, MadeMap } from './collections.ts';
import { planFold } from './fold.ts';
import { patternProblem, takesPattern } from './functions/regex.ts';
import { matchesParams } from './matching.ts';
import type { Overload } from './overload.ts';
import type { Step } from './run.ts';
import type { StructTypes } from './structs.ts';
import { isDyn } from './types.ts';
import {
  CelError,
  type CelList,
  isError,
  noSuchOverload,
  Optional,
  TypeValue,
  typeNameOf,
  type Value,
} from './values.ts';

/** A program can't be made: a constant in it makes no sense. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** How a piece is evaluated, and what that is counted as. */
interface Planned {
  readonly step: Step;
  /** The value of a piece that is the same in every run. It costs nothing. */
  readonly constant?: Value;
  /** The same without the one unit that reading a variable costs, where the piece reads one. */
  readonly inner?: Step;
}

const CONVERSIONS: ReadonlySet<string> = new Set(
  'bool bytes double duration dyn int string timestamp type uint'.split(' '),
);

/** Variables and where their values lie in a run; folds add theirs. */
export class Scope {
  readonly #slots = new Map<string, number>();
  #size = 0;
  #most = 0;

  constructor(names: readonly string[]) {
    for (const name of names) this.add(name);
  }

  /** The number of values that a run has to have room for. */
  get most(): number {
    return this.#most;
  }

  /** Where the variable lies. The checker has made sure that it is there. */
  slotOf(name: string): number {
    return this.#slots.get(name.startsWith('.') ? name.slice(1) : name)!;
  }

  add(name: string): number {
    this.#slots.set(name, this.#size++);
    this.#most = Math.max(this.#most, this.#size);
    return this.#size - 1;
  }

  /** Plans something inside of which there are more variables. */
  within<T>(names: readonly string[], plan: (slots: readonly number[]) => T): T {
    const hidden = names.map((name) => [name, this.#slots.get(name)] as const);
    const result = plan(names.map((name) => this.add(name)));
    for (const [name, slot] of hidden.reverse()) {
      if (slot === undefined) this.#slots.delete(name);
      else this.#slots.set(name, slot);
    }
    this.#size -= names.length;
    return result;
  }
}

/** Turns a checked expression into something that runs. Throws PlanError. */
export const plan = (expr: Expr, scope: Scope, structs?: StructTypes): Step =>
  new Planner(scope, structs).plan(expr).step;

const constant = (value: Value): Planned => ({ step: () => value, constant: value });

/** A step that reads something: one unit apart from what it takes to get there. */
const reading = (inner: Step): Planned => ({
  inner,
  step: (run) => {
    const value = inner(run);
    run.charge(1);
    return value;
  },
});

class Planner {
  readonly #scope: Scope;
  readonly #structs: StructTypes | undefined;

  constructor(scope: Scope, structs: StructTypes | undefined) {
    this.#scope = scope;
    this.#structs = structs;
  }

  plan(expr: Expr): Planned {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value);
      case 'ident':
        return this.#ident(expr);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return { step: this.#struct(expr) };
      case 'comprehension':
        return { step: this.#comprehension(expr) };
    }
  }

  #step(expr: Expr): Step {
    return this.plan(expr).step;
  }

  #ident({ name, type }: Ident): Planned {
    const slot = this.#scope.slotOf(name);
    if (slot === undefined) return constant(new TypeValue(type!.params[0]!.name));
    return reading((run) => run.slots[slot]!);
  }

  #struct({ type, fields }: StructExpr): Step {
    const structs = this.#structs!;
    const make = (values: readonly Value[]): Value => {
      const given = new Map<string, Value>();
      for (const [i, { name, isOptional }] of fields.entries()) {
        const value = values[i]!;
        if (!isOptional) given.set(name, value);
        else if (!(value instanceof Optional)) {
          return new CelError(
            `cannot initialize optional entry '${name}' from non-optional value ${String(value)}`,
          );
        } else if (value.value !== undefined) given.set(name, value.value);
      }
      return structs.make(type!, given);
    };
    const steps = fields.map(({ value }) => this.#step(value));
    return constructing(steps, make, STRUCT_COST);
  }

  /** What a field or item is taken of: a variable's path goes on, other values are read first. */
  #target(expr: Expr): { step: Step; isPath: boolean } {
    const planned = this.plan(expr);
    const isConditional = expr.kind === 'call' && expr.name === '_?_:_';
    if (planned.inner && !isConditional) return { step: planned.inner, isPath: true };
    return { step: planned.step, isPath: isConditional };
  }

  /** Something read from a target by a key that costs one more unit. */
  #path(expr: Expr, read: (target: Step) => Step): Planned {
    const isConditional = expr.kind === 'call' && expr.name === '_?_:_';
    const inner = read(this.#target(expr).step);
    return isConditional ? { step: inner, inner } : reading(inner);
  }

  #select(expr: Select): Planned {
    if (expr.qualified !== undefined) return constant(new TypeValue(expr.qualified));
    if (expr.variable !== undefined) {
      const slot = this.#scope.slotOf(expr.variable)!;
      return reading((run) => run.slots[slot]!);
    }
    const { operand, field } = expr;
    if (expr.isTest) return { step: testing(this.#target(operand).step, field) };
    return this.#path(operand, (target) => (run) => {
      const value = target(run);
      if (isError(value)) return value;
      const found = qualify(value, field);
      if (!(value instanceof Optional) || isThere(found)) run.charge(1);
      return found;
    });
  }

  #index({ args }: Call, isOptional: boolean): Planned {
    const key = this.plan(args[1]!);
    const keyStep = key.inner ?? key.step;
    return this.#path(args[0]!, (target) => (run) => {
      const value = target(run);
      if (isError(value)) return value;
      const index = keyStep(run);
      if (isError(index)) {
        run.charge(1);
        return index;
      }
      const found = isOptional ? qualifyOptionally(value, index) : qualify(value, index);
      if (!(isOptional || value instanceof Optional) || isThere(found)) run.charge(1);
      return found;
    });
  }

  #call(expr: Call): Planned {
    switch (expr.name) {
      case '_&&_':
        return { step: this.#logical(expr, false) };
      case '_||_':
        return { step: this.#logical(expr, true) };
      case '_?_:_':
        return this.#conditional(expr);
      case '_[_]':
        return this.#index(expr, false);
      case '_[?_]':
      case '_?._':
        return this.#index(expr, true);
      case '@not_strictly_false':
        return { step: notStrictlyFalse(this.#step(expr.args[0]!)) };
      case 'or':
      case 'orValue':
        return { step: this.#alternative(expr) };
      default:
        return this.#function(expr);
    }
  }

  /** `decisive` is the value that decides the whole whatever the other side is. */
  #logical({ args }: Call, decisive: boolean): Step {
    const [left, right] = [this.#step(args[0]!), this.#step(args[1]!)];
    return (run) => {
      const first = left(run);
      if (first === decisive) return decisive;
      const second = right(run);
      if (second === decisive) return decisive;
      if (typeof first !== 'boolean') return isError(first) ? first : noSuchOverload();
      if (typeof second !== 'boolean') return isError(second) ? second : noSuchOverload();
      return !decisive;
    };
  }

  #conditional({ args }: Call): Planned {
    const condition = this.#step(args[0]!);
    const [yes, no] = [this.plan(args[1]!), this.plan(args[2]!)];
    const [yesStep, noStep] = [yes.inner ?? yes.step, no.inner ?? no.step];
    const step: Step = (run) => {
      const value = condition(run);
      if (value === true) return yesStep(run);
      if (value === false) return noStep(run);
      return isError(value) ? value : noSuchOverload();
    };
    return { step, inner: step };
  }

  /** `optional.or(other)`: the other is looked at only if it is needed. */
  #alternative({ name, target, args }: Call): Step {
    const [first, second] = [this.#step(target!), this.#step(args[0]!)];
    return (run) => {
      const value = first(run);
      if (isError(value)) return value;
      if (!(value instanceof Optional)) return noSuchOverload();
      if (value.value === undefined) return second(run);
      return name === 'or' ? value : value.value;
    };
  }

  #function(expr: Call): Planned {
    const { name, target, overloads } = expr;
    const args = target ? [target, ...expr.args] : expr.args;
    const planned = args.map((arg) => this.plan(arg));
    const id = overloads!.length === 1 ? overloads![0]!.id : '';
    if (name === '@in' && id === 'in_list' && planned[1]!.constant !== undefined) {
      const list = planned[1]!.constant as CelList;
      if (list.length === 0) return constant(false);
      return { step: constantMembership(planned[0]!.step, list) };
    }
    const apply = dispatch(expr, args, overloads!);
    if (CONVERSIONS.has(name) && planned.every((each) => each.constant !== undefined)) {
      return folded(apply(planned.map((each) => each.constant!)));
    }
    const problem = patternProblem(name, planned[1]?.constant);
    if (problem !== undefined) throw new PlanError(problem);
    const steps = planned.map((each) => each.step);
    const cost = costOfCall(name, id);
    return { step: calling(steps, apply, { cost, isPrepaid: takesPattern(name) }) };
  }

  #list({ items }: ListExpr): Planned {
    const planned = items.map((item) => this.plan(item.value));
    const make = (values: readonly Value[]): Value => makeList(items, values);
    if (planned.every((each) => each.constant !== undefined)) {
      return folded(make(planned.map((each) => each.constant!)));
    }
    return {
      step: constructing(
        planned.map((each) => each.step),
        make,
        LIST_COST,
      ),
    };
  }

  #map({ entries }: MapExpr): Planned {
    const planned = entries.flatMap(({ key, value }) => [this.plan(key), this.plan(value)]);
    const make = (values: readonly Value[]): Value => makeMap(entries, values);
    if (planned.every((each) => each.constant !== undefined)) {
      return folded(make(planned.map((each) => each.constant!)));
    }
    return {
      step: constructing(
        planned.map((each) => each.step),
        make,
        MAP_COST,
      ),
    };
  }

  #comprehension(expr: Comprehension): Step {
    // A name that is given to a value and then not used: the value isn't computed.
    if (isBinding(expr) && !mentions(expr.result, expr.accumulator)) {
      return this.#scope.within([expr.accumulator], () => this.#step(expr.result));
    }
    const init = this.#step(expr.init);
    const range = this.#step(expr.range);
    const variables = [expr.variable, expr.variable2 ?? ''];
    return this.#scope.within([expr.accumulator], ([accumulator]) => {
      const inner = this.#scope.within(variables, ([first, second]) => ({
        ...{ first: first!, second: expr.variable2 === undefined ? undefined : second! },
        condition: this.plan(expr.condition),
        step: this.#step(expr.step),
      }));
      return planFold({
        ...{ init, range, accumulator: accumulator!, first: inner.first, second: inner.second },
        condition: inner.condition.step,
        isEmptyLoop: isBinding(expr),
        step: inner.step,
        result: this.#step(expr.result),
      });
    });
  }
}

const isBinding = ({ condition }: Comprehension): boolean =>
  condition.kind === 'literal' && condition.value === false;

const mentions = (expr: Expr, name: string): boolean =>
  (expr.kind === 'ident' && expr.name === name) ||
  children(expr).some((child) => mentions(child, name));

const isThere = (value: Value): boolean =>
  isError(value) || (value instanceof Optional && value.value !== undefined);

const testing =
  (target: Step, field: string): Step =>
  (run) => {
    const value = target(run);
    if (isError(value)) return value;
    run.charge(1);
    return isPresent(value, field);
  };

const notStrictlyFalse =
  (operand: Step): Step =>
  (run) => {
    const value = operand(run);
    run.charge(1);
    return value !== false;
  };

function folded(value: Value): Planned {
  if (isError(value)) throw new PlanError(value.message);
  return constant(value);
}

/** Membership in a list of constants is free of charge. */
function constantMembership(item: Step, list: CelList): Step {
  const keys = new Set<string | undefined>();
  for (let i = 0; i < list.length; i++) keys.add(keyOf(list.at(i)));
  return (run) => {
    const value = item(run);
    return isError(value) ? value : keys.has(keyOf(value) ?? '');
  };
}

type Apply = (args: readonly Value[]) => Value;

/** Picks the overload: now if the types are known, else by the values of each run. */
function dispatch(expr: Call, args: readonly Expr[], overloads: readonly Overload[]): Apply {
  const first = overloads[0]!;
  if (expr.name === '_==_' || expr.name === '_!=_') return (values) => first.apply(values);
  const byValues: Apply = (values) => {
    const found = overloads.find((each) => matchesParams(values, each.params));
    return found ? found.apply(values) : noOverload(expr.name, values);
  };
  const isKnown = overloads.length === 1 && !args.some((arg) => mayVary(arg, expr.name));
  if (!isKnown) return byValues;
  // Whatever the type, data may be null.
  return (values) => (values.includes(null) ? byValues(values) : first.apply(values));
}

const mayVary = ({ type }: Expr, name: string): boolean =>
  isDyn(type!) || (name !== 'format' && type!.params.some(isDyn)) || type!.kind === 'null';

// What these say of arguments that don't fit says nothing of the arguments.
const TERSE: ReadonlySet<string> = new Set([
  ...['contains', 'startsWith', 'endsWith', 'matches', 'find', 'findAll', '!_', '-_', '@in'],
  ...['_+_', '_-_', '_*_', '_/_', '_%_', '_<_', '_<=_', '_>_', '_>=_', '_==_', '_!=_'],
]);

// Which types an operator is defined for at all: on others the error names the operator.
const ARITHMETIC = 'int uint double';
const TIMES = 'google.protobuf.Duration google.protobuf.Timestamp';
const ORDERED = `bool bytes string ${ARITHMETIC} ${TIMES}`;
const OPERANDS: ReadonlyMap<string, string> = new Map([
  ...[['_+_', `bytes string list ${ARITHMETIC} ${TIMES}`] as const],
  ...[['_-_', `${ARITHMETIC} ${TIMES}`] as const],
  ...(['_*_', '_/_'] as const).map((name) => [name, ARITHMETIC] as const),
  ...[['_%_', 'int uint'] as const],
  ...(['_<_', '_<=_', '_>_', '_>=_'] as const).map((name) => [name, ORDERED] as const),
]);

function noOverload(name: string, values: readonly Value[]): CelError {
  const operands = OPERANDS.get(name);
  if (operands && !operands.split(' ').includes(typeNameOf(values[0]!))) {
    return new CelError(`no such overload: ${name}`);
  }
  if (TERSE.has(name)) return noSuchOverload();
  if (name === 'size') return new CelError('no such overload: size');
  return new CelError(`no such overload: ${name}(${values.map(typeNameOf).join(', ')})`);
}

/** With `isPrepaid` the call is charged before its work is done, which may be long. */
function calling(
  steps: readonly Step[],
  apply: Apply,
  { cost, isPrepaid }: { cost: ReturnType<typeof costOfCall>; isPrepaid: boolean },
): Step {
  return (run) => {
    const args = new Array<Value>(steps.length);
    for (let i = 0; i < steps.length; i++) {
      const value = steps[i]!(run);
      args[i] = value;
      if (!isError(value)) continue;
      // All arguments were evaluated: the call counts, though it doesn't take place.
      if (i === steps.length - 1) run.charge(cost(args, value));
      return value;
    }
    if (isPrepaid) run.charge(cost(args, null));
    const result = apply(args);
    if (!isPrepaid) run.charge(cost(args, result));
    return result;
  };
}

function constructing(
  steps: readonly Step[],
  make: (values: readonly Value[]) => Value,
  cost: number,
): Step {
  return (run) => {
    const values: Value[] = [];
    for (const step of steps) {
      const value = step(run);
      values.push(value);
      if (isError(value)) break;
    }
    run.charge(cost);
    const last = values.at(-1);
    return last !== undefined && isError(last) ? last : make(values);
  };
}

function makeList(items: ListExpr['items'], values: readonly Value[]): Value {
  if (!items.some((item) => item.isOptional)) return listValue(values);
  const kept: Value[] = [];
  for (const [i, value] of values.entries()) {
    if (!items[i]!.isOptional) kept.push(value);
    else if (!(value instanceof Optional)) {
      return new CelError(
        `cannot initialize optional list element from non-optional value ${String(value)}`,
      );
    } else if (value.value !== undefined) kept.push(value.value);
  }
  return listValue(kept);
}

function makeMap(entries: MapExpr['entries'], values: readonly Value[]): Value {
  const map = new Map<string, readonly [Value, Value]>();
  for (const [i, { isOptional }] of entries.entries()) {
    const key = values[2 * i]!;
    const known = keyOf(key) ?? `?${i}`;
    const value = values[2 * i + 1]!;
    if (!isOptional) map.set(known, [key, value]);
    else if (!(value instanceof Optional)) {
      return new CelError(
        `cannot initialize optional entry '${String(key)}' from non-optional value ${String(value)}`,
      );
    } else if (value.value === undefined) map.delete(known);
    else map.set(known, [key, value.value]);
  }
  return new MadeMap(map);
}
