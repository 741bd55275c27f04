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
import { type Issue, NOWHERE, type Source } from './issues.ts';
import { overloadsOf } from './library.ts';
import type { Overload } from './overload.ts';
import type { Extras } from './structs.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  INT,
  isDyn,
  isDynOrError,
  isOptional,
  isSameType,
  isSealed,
  listOf,
  mapOf,
  NAMED_TYPES,
  NULL,
  optionalOf,
  printType,
  STRING,
  type Type,
  typeOf,
  UINT,
  unwrapped,
} from './types.ts';
import { mostGeneral, substitute, Unifier } from './unify.ts';
import { Uint, type Value } from './values.ts';

/** The names that an expression can use, and their types. */
export type Variables = Readonly<Record<string, Type>>;

/** Types all pieces of an expression and finds the overloads of its calls; returns what is wrong. */
export function check(
  expr: Expr,
  source: Source,
  variables: Variables,
  extras: Extras = {},
): readonly Issue[] {
  const checker = new Checker(source, variables, extras);
  checker.check(expr);
  checker.settle(expr);
  return checker.issues;
}

function typeOfLiteral(value: Value): Type {
  if (value === null) return NULL;
  if (value instanceof Uint) return UINT;
  if (value instanceof Uint8Array) return BYTES;
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    default:
      return STRING;
  }
}

/** `a.b.c` as a text, if the whole of it could be a name. */
function dottedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.isTest) return undefined;
  const start = dottedName(expr.operand);
  return start === undefined ? undefined : `${start}.${expr.field}`;
}

class Checker {
  readonly issues: Issue[] = [];
  readonly #source: Source;
  readonly #variables: Variables;
  readonly #extras: Extras;
  readonly #unifier = new Unifier();
  /** The variables of folds, the innermost last. */
  readonly #locals: { readonly name: string; readonly type: Type }[] = [];

  constructor(source: Source, variables: Variables, extras: Extras) {
    this.#source = source;
    this.#variables = variables;
    this.#extras = extras;
  }

  #report(expr: { at: number } | undefined, message: string): void {
    this.issues.push(this.#source.issue(message, expr?.at ?? NOWHERE));
  }

  /** Gives every piece its final type: what stayed open is dyn. */
  settle(expr: Expr): void {
    if (expr.type) expr.type = this.#unifier.settle(expr.type);
    for (const child of children(expr)) this.settle(child);
  }

  check(expr: Expr): Type {
    const type = this.#check(expr);
    expr.type = type;
    return type;
  }

  #check(expr: Expr): Type {
    switch (expr.kind) {
      case 'literal':
        return typeOfLiteral(expr.value);
      case 'ident':
        return this.#checkIdent(expr);
      case 'select':
        return this.#checkSelect(expr);
      case 'call':
        return this.#checkCall(expr);
      case 'list':
        return this.#checkList(expr);
      case 'map':
        return this.#checkMap(expr);
      case 'struct':
        return this.#checkStruct(expr);
      case 'comprehension':
        return this.#checkComprehension(expr);
    }
  }

  #lookUp(name: string): Type | undefined {
    const local = this.#locals.findLast((each) => each.name === name);
    if (local) return local.type;
    const global = name.startsWith('.') ? name.slice(1) : name;
    if (Object.hasOwn(this.#variables, global)) return this.#variables[global];
    const named = this.#namedType(global);
    return named && typeOf(substitute(new Map(), named, DYN));
  }

  #checkIdent(expr: Ident): Type {
    const type = this.#lookUp(expr.name);
    if (type !== undefined) return type;
    this.#report(expr, undeclared(expr.name));
    return ERROR;
  }

  #checkSelect(expr: Select): Type {
    const name = dottedName(expr);
    if (name !== undefined && !this.#isShadowed(name)) {
      if (Object.hasOwn(this.#variables, name)) {
        expr.variable = name;
        return this.#variables[name]!;
      }
      const named = this.#namedType(name);
      if (named) {
        expr.qualified = name;
        return typeOf(named);
      }
    }
    const type = this.#checkField(expr, expr.operand, expr.field, false);
    return expr.isTest ? BOOL : this.#unifier.resolve(type);
  }

  #namedType(name: string): Type | undefined {
    return NAMED_TYPES.get(name) ?? this.#extras.structs?.find(name);
  }

  #checkStruct(expr: StructExpr): Type {
    const { structs } = this.#extras;
    const type = structs?.find(expr.name.replace(/^\./, ''));
    if (structs === undefined || type === undefined) {
      this.#report(expr, undeclared(expr.name));
      for (const { value } of expr.fields) this.check(value);
      return ERROR;
    }
    for (const field of expr.fields) {
      const value = this.#item(field.value, field.isOptional);
      const wanted = structs.fieldOf(type, field.name);
      if (wanted === undefined) this.#report(field, `undefined field '${field.name}'`);
      else if (!this.#unifier.assign([wanted], [value])) {
        const [expected, given] = [wanted, value].map((each) => printType(each));
        const what = `expected type of field '${field.name}' is '${expected}'`;
        this.#report(field, `${what} but provided type is '${given}'`);
      }
    }
    return type;
  }

  #isShadowed(name: string): boolean {
    const [first] = name.split('.');
    return this.#locals.some((each) => each.name === first);
  }

  #checkField(expr: Expr, operand: Expr, field: string, isOptionalSelect: boolean): Type {
    const operandType = this.#unifier.resolve(this.check(operand));
    const type = this.#fieldOf(expr, unwrapped(operandType), field);
    return isOptionalSelect || isOptional(operandType) ? optionalOf(type) : type;
  }

  #fieldOf(expr: Expr, target: Type, field: string): Type {
    switch (target.kind) {
      case 'map':
        return target.params[1]!;
      case 'object': {
        const found = target.fields?.get(field) ?? target.fields?.get(`__${field}__`);
        if (found) return found.type;
        const made = target.fields ? undefined : this.#extras.structs?.fieldOf(target, field);
        if (made) return made;
        this.#report(
          expr,
          isSealed(target)
            ? `unexpected failed resolution of '${target.name}'`
            : `undefined field '${field}'`,
        );
        return ERROR;
      }
      case 'parameter':
        this.#unifier.assign([DYN], [target]);
        return DYN;
      default:
        if (!isDynOrError(target)) {
          this.#report(expr, `type '${printType(target)}' does not support field selection`);
        }
        return DYN;
    }
  }

  #checkCall(expr: Call): Type {
    if (expr.name === '_?._') return this.#checkOptionalSelect(expr);
    for (const arg of expr.args) this.check(arg);
    const { target } = expr;
    if (target === undefined) return this.#resolveFunction(expr);
    const prefix = dottedName(target);
    const qualified =
      prefix === undefined ? undefined : this.#overloadsOf(`${prefix}.${expr.name}`);
    if (qualified) {
      expr.name = `${prefix}.${expr.name}`;
      expr.target = undefined;
      return this.#resolve(expr, qualified, expr.args, false);
    }
    this.check(target);
    const overloads = this.#overloadsOf(expr.name);
    if (overloads) return this.#resolve(expr, overloads, [target, ...expr.args], true);
    this.#report(expr, undeclared(expr.name));
    return ERROR;
  }

  #overloadsOf(name: string): readonly Overload[] | undefined {
    return overloadsOf(name) ?? this.#extras.functions?.get(name);
  }

  #resolveFunction(expr: Call): Type {
    const name = expr.name.startsWith('.') ? expr.name.slice(1) : expr.name;
    const overloads = this.#overloadsOf(name);
    if (overloads === undefined) {
      this.#report(expr, undeclared(expr.name));
      return ERROR;
    }
    expr.name = name;
    return this.#resolve(expr, overloads, expr.args, false);
  }

  #checkOptionalSelect(expr: Call): Type {
    const [operand, field] = expr.args;
    field!.type = STRING;
    const name = (field as { value?: unknown }).value as string;
    expr.overloads = overloadsOf('_?._')!;
    return this.#unifier.resolve(this.#checkField(expr, operand!, name, true));
  }

  #resolve(
    expr: Call,
    candidates: readonly Overload[],
    args: readonly Expr[],
    isMethod: boolean,
  ): Type {
    const types = args.map((arg) => arg.type!);
    if (expr.name === '_&&_' || expr.name === '_||_') {
      return this.#resolveLogical(expr, candidates);
    }
    const fitting: Overload[] = [];
    let result: Type | undefined;
    for (const candidate of candidates) {
      if (candidate.isMethod !== isMethod) continue;
      const fresh = new Map<string, Type>();
      const params = candidate.params.map((param) => this.#instantiate(param, fresh));
      if (!this.#unifier.assign(types, params)) continue;
      const found = this.#unifier.resolve(this.#instantiate(candidate.result, fresh));
      fitting.push(candidate);
      if (result === undefined) result = found;
      else if (!isDyn(result) && !isSameType(result, found)) result = DYN;
    }
    if (result === undefined) {
      this.#report(expr, this.#noMatch(expr.name, types, isMethod));
      return ERROR;
    }
    expr.overloads = fitting;
    return result;
  }

  /** Replaces the type parameters of a signature by new ones. */
  #instantiate(type: Type, fresh: Map<string, Type>): Type {
    if (type.kind === 'parameter') {
      if (!fresh.has(type.name)) fresh.set(type.name, this.#unifier.create());
      return fresh.get(type.name)!;
    }
    for (const param of type.params) this.#instantiate(param, fresh);
    return substitute(fresh, type);
  }

  #resolveLogical(expr: Call, candidates: readonly Overload[]): Type {
    expr.overloads = candidates;
    const bad = expr.args.filter((arg) => !this.#assertType(arg, BOOL));
    return bad.length === 0 ? BOOL : ERROR;
  }

  #noMatch(name: string, types: readonly Type[], isMethod: boolean): string {
    const names = types.map((type) => printType(this.#unifier.settle(type)));
    const target = isMethod ? `${names.shift()}.` : '';
    const applied = `'${target}(${names.join(', ')})'`;
    return `found no matching overload for '${name}' applied to ${applied}`;
  }

  #assertType(expr: Expr, wanted: Type): boolean {
    if (this.#unifier.assign([wanted], [expr.type!])) return true;
    this.#mismatch(expr, wanted, expr.type!);
    return false;
  }

  #mismatch(expr: Expr, wanted: Type, found: Type): void {
    this.#report(expr, `expected type '${printType(wanted)}' but found '${printType(found)}'`);
  }

  /** The type of both; where they differ it is dyn, which later checks may refuse. */
  #join(previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current;
    if (this.#unifier.assign([previous], [current])) return mostGeneral(previous, current);
    return DYN;
  }

  /** The type of a value in a literal; behind a `?` it must be an optional. */
  #item(expr: Expr, isOptionalItem: boolean): Type {
    const type = this.check(expr);
    if (!isOptionalItem) return type;
    if (!isOptional(type) && !isDyn(type)) this.#mismatch(expr, optionalOf(type), type);
    return unwrapped(type);
  }

  #checkList(expr: ListExpr): Type {
    let type: Type | undefined;
    for (const item of expr.items) {
      const itemType = this.#item(item.value, item.isOptional);
      type = this.#join(type, itemType);
    }
    return listOf(type ?? this.#unifier.create());
  }

  #checkMap(expr: MapExpr): Type {
    let key: Type | undefined;
    let value: Type | undefined;
    for (const entry of expr.entries) {
      key = this.#join(key, this.check(entry.key));
      const valueType = this.#item(entry.value, entry.isOptional);
      value = this.#join(value, valueType);
    }
    return mapOf(key ?? this.#unifier.create(), value ?? this.#unifier.create());
  }

  #checkComprehension(expr: Comprehension): Type {
    const range = this.#unifier.resolve(this.check(expr.range));
    const accumulator = this.check(expr.init);
    this.#locals.push({ name: expr.accumulator, type: accumulator });
    const [first, second] = this.#variableTypes(expr, range);
    this.#locals.push({ name: expr.variable, type: first });
    if (expr.variable2 !== undefined) this.#locals.push({ name: expr.variable2, type: second });
    this.check(expr.condition);
    this.#assertType(expr.condition, BOOL);
    this.check(expr.step);
    this.#assertType(expr.step, accumulator);
    this.#locals.length -= expr.variable2 === undefined ? 1 : 2;
    const result = this.check(expr.result);
    this.#locals.pop();
    return this.#unifier.resolve(result);
  }

  #variableTypes(expr: Comprehension, range: Type): readonly [Type, Type] {
    const [first, second] = range.params;
    switch (range.kind) {
      case 'list':
        return expr.variable2 === undefined ? [first!, DYN] : [INT, first!];
      case 'map':
        return [first!, second!];
      case 'dyn':
      case 'error':
      case 'parameter':
        this.#unifier.assign([DYN], [range]);
        return [DYN, DYN];
      default: {
        const problem = 'cannot be range of a comprehension (must be list, map, or dynamic)';
        this.#report(expr.range, `expression of type '${printType(range)}' ${problem}`);
        return [ERROR, ERROR];
      }
    }
  }
}

const undeclared = (name: string): string => `undeclared reference to '${name}' (in container '')`;
