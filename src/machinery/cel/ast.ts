import type { Overload } from './overload.ts';
import type { Type } from './types.ts';
import type { Value } from './values.ts';

interface Node {
  /** Where it stands in the source, in UTF-16 units. */
  readonly at: number;
  /** Set by the checker. */
  type?: Type;
}

/** A value written out. */
export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}

/** A name: of a variable, or after the check of a type. */
export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}

/** `operand.field`, or with `isTest` `has(operand.field)`. */
export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  readonly isTest: boolean;
  /** Set by the checker where the whole path is the name of a type. */
  qualified?: string;
  /** Set by the checker where the whole path is the name of a variable. */
  variable?: string;
}

/** A function, method or operator at work. */
export interface Call extends Node {
  readonly kind: 'call';
  /** The checker sets the full name of functions such as `sets.contains`, and drops the target. */
  name: string;
  target: Expr | undefined;
  readonly args: readonly Expr[];
  /** Set by the checker: the overloads that fit. */
  overloads?: readonly Overload[];
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly items: readonly { readonly value: Expr; readonly isOptional: boolean }[];
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly {
    readonly key: Expr;
    readonly value: Expr;
    readonly isOptional: boolean;
  }[];
}

/** `Name{field: value}`, which only the types that mutations make support. */
export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly {
    /** Where its colon stands. */
    readonly at: number;
    readonly name: string;
    readonly value: Expr;
    readonly isOptional: boolean;
  }[];
}

/** What macros become: a fold over a list or map. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly range: Expr;
  /** The item or key; with a second variable the index or key. */
  readonly variable: string;
  readonly variable2: string | undefined;
  readonly accumulator: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** A piece of an expression. */
export type Expr =
  | Literal
  | Ident
  | Select
  | Call
  | ListExpr
  | MapExpr
  | StructExpr
  | Comprehension;

export const literal = (at: number, value: Value): Literal => ({ kind: 'literal', at, value });
export const ident = (at: number, name: string): Ident => ({ kind: 'ident', at, name });
export const call = (at: number, name: string, args: readonly Expr[], target?: Expr): Call => ({
  kind: 'call',
  at,
  name,
  target,
  args,
});
export const select = (at: number, operand: Expr, field: string, isTest = false): Select => ({
  kind: 'select',
  at,
  operand,
  field,
  isTest,
});
export const list = (at: number, values: readonly Expr[]): ListExpr => ({
  kind: 'list',
  at,
  items: values.map((value) => ({ value, isOptional: false })),
});

/** The pieces that a piece is made of, in the order of evaluation. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case 'list':
      return expr.items.map((item) => item.value);
    case 'map':
      return expr.entries.flatMap((entry) => [entry.key, entry.value]);
    case 'struct':
      return expr.fields.map((field) => field.value);
    case 'comprehension':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** A copy that can be checked on its own. */
export function copy<T extends Expr>(expr: T): T {
  return structuredCopy(expr) as T;
}

function structuredCopy(expr: Expr): Expr {
  switch (expr.kind) {
    case 'select':
      return { ...expr, operand: copy(expr.operand) };
    case 'call':
      return { ...expr, target: expr.target && copy(expr.target), args: expr.args.map(copy) };
    case 'list':
      return { ...expr, items: expr.items.map((item) => ({ ...item, value: copy(item.value) })) };
    case 'map':
      return {
        ...expr,
        entries: expr.entries.map((entry) => ({
          ...entry,
          key: copy(entry.key),
          value: copy(entry.value),
        })),
      };
    case 'struct':
      return {
        ...expr,
        fields: expr.fields.map((field) => ({ ...field, value: copy(field.value) })),
      };
    case 'comprehension':
      return {
        ...expr,
        range: copy(expr.range),
        init: copy(expr.init),
        condition: copy(expr.condition),
        step: copy(expr.step),
        result: copy(expr.result),
      };
    default:
      return { ...expr };
  }
}
