import type { Call, Comprehension, Expr, Ident, ListExpr, MapExpr, Select } from './ast.ts';
import { LIST_COST, MAP_COST } from './call-costs.ts';
import {
  add,
  exactly,
  multiply,
  type Range,
  UNBOUNDED,
  UNKNOWN,
  union,
  ZERO,
} from './cost-range.ts';
import { estimateCall, type Sized, sizeOfType } from './estimate-calls.ts';
import { ACCUMULATOR } from './macros.ts';
import { isOptional, type Type } from './types.ts';
import { codePoints, type Value } from './values.ts';

/** The least and the most that an evaluation can cost. */
export type CostRange = Range;

/** What is known of a variable inside of a fold. */
interface Local {
  readonly path: Declared | undefined;
  readonly size: Range | undefined;
  readonly items: ItemSizes | undefined;
}

/** The sizes of a list's indices and items, or a map's keys and values. */
interface ItemSizes {
  readonly isList: boolean;
  readonly key: Range;
  readonly value: Range;
}

/** Where in the declared data a piece leads. Beyond what is declared it goes on without a type. */
interface Declared {
  readonly type: Type | undefined;
}

const ONE = exactly(1);

/** Estimates what evaluating a checked expression costs, as upstream does before it runs any. */
export const estimateCost = (expr: Expr, variables: Readonly<Record<string, Type>>): CostRange =>
  new Estimator(variables.self).cost(expr);

function sizeOfLiteral(value: Value): Range {
  if (typeof value === 'string') return exactly(codePoints(value));
  return exactly(value instanceof Uint8Array ? value.length : 1);
}

class Estimator {
  /** Upstream looks names up in the type of `self`, be they others' or even of types. */
  readonly #root: Type | undefined;
  readonly #paths = new Map<Expr, Declared>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #items = new Map<Expr, ItemSizes>();
  readonly #locals = new Map<string, Local[]>();

  constructor(root: Type | undefined) {
    this.#root = root;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
      case 'struct':
        return ZERO;
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
      case 'comprehension':
        return isBinding(expr) ? this.#binding(expr) : this.#fold(expr);
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #ident(expr: Ident): Range {
    const path = this.#pathOf(expr);
    if (path) this.#paths.set(expr, path);
    return ONE;
  }

  #pathOf(expr: Expr): Declared | undefined {
    if (expr.kind !== 'ident') return this.#paths.get(expr);
    const local = this.#local(expr.name);
    if (local) return local.path;
    return { type: this.#root };
  }

  /** What is below something without a path is taken for `self` itself, as upstream does. */
  #below(path: Declared | undefined, type: Type | undefined): Declared {
    return { type: path ? type : this.#root };
  }

  #select(expr: Select): Range {
    if (expr.qualified !== undefined) {
      this.#paths.set(expr, { type: this.#root });
      return ONE;
    }
    const cost = this.cost(expr.operand);
    if (expr.isTest) return cost;
    const path = this.#pathOf(expr.operand);
    this.#paths.set(expr, this.#below(path, fieldOf(path?.type, expr.field)));
    const { kind } = expr.operand.type!;
    return kind === 'map' || kind === 'object' ? add(cost, ONE) : cost;
  }

  #call(expr: Call): Range {
    if (expr.name === 'dyn') return this.#dyn(expr);
    const costs = expr.args.map((arg) => this.cost(arg));
    const args = expr.args.map((arg) => this.#sized(arg));
    const targetCost = expr.target ? this.cost(expr.target) : ZERO;
    const target = expr.target && this.#sized(expr.target);
    let cost: Range = { min: UNBOUNDED, max: 0 };
    let size: Range | undefined;
    for (const { id } of expr.overloads!) {
      const estimate = this.#overload(expr, id, { target, args, costs });
      cost = union(cost, estimate.cost);
      if (estimate.size) size = size ? union(size, estimate.size) : estimate.size;
      if (id === 'index_list' || id === 'index_map') size = this.#indexed(expr, size);
      size ??= this.#sizeOf(expr);
    }
    if (size) this.#sizes.set(expr, size);
    return add(targetCost, cost);
  }

  /** An item or value: its size is that of its declaration, or of the largest in a literal. */
  #indexed(expr: Call, size: Range | undefined): Range | undefined {
    const [list] = expr.args;
    const path = this.#pathOf(list!);
    this.#paths.set(expr, this.#below(path, path?.type?.params.at(-1)));
    return this.#itemsOf(list!)?.value ?? size;
  }

  #dyn(expr: Call): Range {
    const [arg] = expr.args;
    const cost = this.cost(arg!);
    const size = this.#sizeOf(arg!);
    const items = this.#itemsOf(arg!);
    if (size) this.#sizes.set(expr, size);
    if (items) this.#items.set(expr, items);
    return add(ONE, cost);
  }

  #overload(
    expr: Call,
    id: string,
    { target, args, costs }: { target: Sized | undefined; args: Sized[]; costs: Range[] },
  ): { cost: Range; size?: Range | undefined } {
    if (id === 'logical_and' || id === 'logical_or') {
      return { cost: { min: costs[0]!.min, max: add(costs[0]!, costs[1]!).max } };
    }
    if (id === 'conditional') return this.#conditional(expr, args, costs);
    if (id.startsWith('add_')) this.#joinItems(expr, expr.args[0]!, expr.args[1]!);
    const { cost, size } = estimateCall({ name: expr.name, id, target, args });
    return { cost: costs.reduce(add, cost), size };
  }

  #conditional(expr: Call, args: Sized[], costs: Range[]): { cost: Range; size: Range } {
    const [, yes, no] = args;
    this.#joinItems(expr, expr.args[1]!, expr.args[2]!);
    return {
      cost: add(costs[0]!, union(costs[1]!, costs[2]!)),
      size: union(yes!.size ?? UNKNOWN, no!.size ?? UNKNOWN),
    };
  }

  #joinItems(expr: Expr, a: Expr, b: Expr): void {
    const [first, second] = [this.#itemsOf(a), this.#itemsOf(b)];
    if (!first || !second) return;
    this.#items.set(expr, {
      isList: first.isList,
      key: union(first.key, second.key),
      value: union(first.value, second.value),
    });
  }

  #sized(expr: Expr): Sized {
    const item = this.#pathOf(expr)?.type?.params[0];
    const isDeclared = expr.type!.kind === 'list' && item !== undefined;
    return {
      ...{ expr, type: expr.type!, size: this.#sizeOf(expr) },
      itemSize: isDeclared ? declaredSize(item) : undefined,
    };
  }

  #sizeOf(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr);
    if (known) return known;
    if (expr.kind === 'literal') return sizeOfLiteral(expr.value);
    if (expr.kind === 'list') return exactly(expr.items.length);
    if (expr.kind === 'map') return exactly(expr.entries.length);
    const declared = this.#pathOf(expr)?.type;
    if (declared) return declaredSize(declared);
    const ofType = sizeOfType(expr.type!);
    return ofType ?? (expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined);
  }

  #itemsOf(expr: Expr): ItemSizes | undefined {
    const known = this.#items.get(expr);
    return known ?? (expr.kind === 'ident' ? this.#local(expr.name)?.items : undefined);
  }

  #list(expr: ListExpr): Range {
    let value: Range = { min: expr.items.length === 0 ? 0 : UNBOUNDED, max: 0 };
    let cost: Range = ZERO;
    for (const item of expr.items) {
      cost = add(cost, this.cost(item.value));
      value = union(value, this.#sizeOf(item.value) ?? UNKNOWN);
    }
    this.#items.set(expr, { isList: true, key: ONE, value });
    return add(cost, exactly(LIST_COST));
  }

  #map(expr: MapExpr): Range {
    const start: Range = { min: expr.entries.length === 0 ? 0 : UNBOUNDED, max: 0 };
    let [key, value, cost] = [start, start, ZERO];
    for (const entry of expr.entries) {
      cost = add(cost, add(this.cost(entry.key), this.cost(entry.value)));
      key = union(key, this.#sizeOf(entry.key) ?? UNKNOWN);
      value = union(value, this.#sizeOf(entry.value) ?? UNKNOWN);
    }
    this.#items.set(expr, { isList: false, key, value });
    return add(cost, exactly(MAP_COST));
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name);
    if (stack) stack.push(local);
    else this.#locals.set(name, [local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)!.pop();
  }

  #pushAccumulator(expr: Comprehension): void {
    const { init, accumulator } = expr;
    const isHidden = accumulator === ACCUMULATOR;
    const path = isHidden ? undefined : this.#pathOf(init);
    this.#push(accumulator, { path, size: this.#sizeOf(init), items: this.#itemsOf(init) });
  }

  #pushVariables(expr: Comprehension): void {
    const { range, variable, variable2 } = expr;
    const items = this.#itemsOf(range);
    const isList = items ? items.isList : range.type!.kind === 'list';
    const path = this.#pathOf(range);
    const declared = path?.type?.params;
    const keyPath = this.#below(path, isList ? undefined : declared?.[0]);
    const key: Local = { path: keyPath, size: items?.key, items: undefined };
    const valuePath = this.#below(path, declared?.at(-1));
    const value: Local = { path: valuePath, size: items?.value, items: undefined };
    if (variable2 === undefined) this.#push(variable, isList ? value : key);
    else {
      this.#push(variable, key);
      this.#push(variable2, value);
    }
  }

  #fold(expr: Comprehension): Range {
    let cost = add(this.cost(expr.range), this.cost(expr.init));
    this.#pushAccumulator(expr);
    this.#pushVariables(expr);
    const condition = this.cost(expr.condition);
    const step = this.cost(expr.step);
    this.#pop(expr.variable);
    if (expr.variable2 !== undefined) this.#pop(expr.variable2);
    cost = add(cost, this.cost(expr.result));
    this.#pop(expr.accumulator);
    const count = this.#sizeOf(expr.range) ?? UNKNOWN;
    if (expr.init.kind === 'literal') {
      const size = this.#sizeOf(expr.init);
      if (size) this.#sizes.set(expr, size);
    } else if (expr.init.kind === 'list' || expr.init.kind === 'map') {
      this.#sizes.set(expr, count);
      const items = this.#itemsOf(expr.step);
      if (items) this.#items.set(expr, items);
    }
    return add(cost, multiply(count, add(step, condition)));
  }

  /** A fold that is there only to give a value a name. */
  #binding(expr: Comprehension): Range {
    const cost = add(this.cost(expr.range), this.cost(expr.init));
    this.#pushAccumulator(expr);
    const result = this.cost(expr.result);
    this.#pop(expr.accumulator);
    const size = this.#sizeOf(expr.result);
    const items = this.#itemsOf(expr.result);
    if (size) this.#sizes.set(expr, size);
    if (items) this.#items.set(expr, items);
    return add(cost, result);
  }
}

const isBinding = ({ accumulator, condition, range }: Comprehension): boolean =>
  accumulator !== ACCUMULATOR &&
  range.kind === 'list' &&
  condition.kind === 'literal' &&
  condition.value === false;

function fieldOf(type: Type | undefined, field: string): Type | undefined {
  const target = type && isOptional(type) ? type.params[0] : type;
  return target?.fields?.get(field)?.type;
}

const declaredSize = (type: Type): Range => ({ min: 0, max: type.maxElements ?? UNBOUNDED });
