import { type Call, children, type Expr, type ListExpr, type MapExpr } from './ast.ts';
import { clauseProblem, FormatError, parseFormat, surplus } from './functions/formatting.ts';
import { compiled } from './functions/regex.ts';
import { checkedTimestamp, parseDuration, parseTimestamp } from './functions/time.ts';
import type { Issue, Source } from './issues.ts';
import { isSameType, type Kind, printType, type Type, unwrapped } from './types.ts';
import { isError } from './values.ts';

/** Finds constants that functions can't make sense of, which the types alone don't show. */
export function checkLiterals(expr: Expr, source: Source): readonly Issue[] {
  const issues: Issue[] = [];
  const visit = (each: Expr, isMixed: boolean): void => {
    for (const { message, at } of problemsOf(each, isMixed)) issues.push(source.issue(message, at));
    const mayMix = isMixed || (each.kind === 'call' && each.name === 'format');
    for (const child of children(each)) visit(child, mayMix);
  };
  visit(expr, false);
  return issues;
}

function problemsOf(expr: Expr, isMixed: boolean): readonly Problem[] {
  if (expr.kind === 'call') return [callProblem(expr)].filter((found) => found !== undefined);
  if (isMixed) return [];
  if (expr.kind === 'list') return mixedItems(expr).slice(0, 1);
  return expr.kind === 'map' ? mixedEntries(expr) : [];
}

/** What stands in a list or map must be of one type: that of the first. */
function mixed(first: Type, expr: Expr, type: Type): Problem[] {
  if (isSameType(first, type)) return [];
  const message = `expected type '${printType(first)}' but found '${printType(type)}'`;
  return [{ message, at: expr.at }];
}

const typeOf = ({ value, isOptional }: { value: Expr; isOptional: boolean }): Type =>
  isOptional ? unwrapped(value.type!) : value.type!;

const mixedItems = ({ items }: ListExpr): Problem[] =>
  items.flatMap((item) => mixed(typeOf(items[0]!), item.value, typeOf(item)));

const mixedEntries = ({ entries }: MapExpr): Problem[] =>
  entries.flatMap((entry) => [
    ...mixed(entries[0]!.key.type!, entry.key, entry.key.type!),
    ...mixed(typeOf(entries[0]!), entry.value, typeOf(entry)),
  ]);

interface Problem {
  readonly message: string;
  readonly at: number;
}

function callProblem(call: Call): Problem | undefined {
  const first = call.args[0];
  if (call.name === 'format') return formatProblem(call);
  if (call.name === 'matches') return patternProblem(call.args.at(-1)!);
  if (first?.kind !== 'literal') return undefined;
  const message = `invalid ${call.name} argument`;
  if (call.name === 'duration' && typeof first.value === 'string') {
    return parseDuration(first.value) ? undefined : { message, at: first.at };
  }
  if (call.name !== 'timestamp') return undefined;
  const isGood =
    typeof first.value === 'bigint'
      ? !isError(checkedTimestamp(first.value * 1_000_000_000n))
      : typeof first.value !== 'string' || parseTimestamp(first.value) !== undefined;
  return isGood ? undefined : { message, at: first.at };
}

function patternProblem(pattern: Expr): Problem | undefined {
  if (pattern.kind !== 'literal' || typeof pattern.value !== 'string') return undefined;
  const isBad = isError(compiled(pattern.value) as never);
  return isBad ? { message: 'invalid matches argument', at: pattern.at } : undefined;
}

const INTEGERS: readonly Kind[] = ['int', 'uint'];
const FITTING: Readonly<Record<string, readonly Kind[]>> = {
  b: [...INTEGERS, 'bool'],
  d: INTEGERS,
  e: ['double', 'string'],
  f: ['double', 'string'],
  o: INTEGERS,
  s: [
    ...(['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp'] as const),
    ...(['bytes', 'duration', 'type', 'null'] as const),
  ],
  X: [...INTEGERS, 'string', 'bytes'],
  x: [...INTEGERS, 'string', 'bytes'],
};

const fits = (type: Type, letter: string): boolean =>
  type.kind === 'dyn' || FITTING[letter]!.includes(type.kind);

/** The first part of a value, however deep in lists and maps, that a clause can't print. */
function misfit(expr: Expr, letter: string): Expr | undefined {
  if (!fits(expr.type!, letter)) return expr;
  if (letter !== 's' || (expr.kind !== 'list' && expr.kind !== 'map')) return undefined;
  for (const child of children(expr)) {
    const found = misfit(child, letter);
    if (found) return found;
  }
  return undefined;
}

function formatProblem({ target, args, at }: Call): Problem | undefined {
  const [values] = args;
  if (target?.kind !== 'literal' || typeof target.value !== 'string') return undefined;
  if (values?.kind !== 'list') return undefined;
  try {
    const clauses = parseFormat(target.value).filter((piece) => typeof piece !== 'string');
    for (const [i, { letter }] of clauses.entries()) {
      const value = values.items[i]?.value;
      if (value === undefined) return { message: `index ${i} out of range`, at };
      const bad = misfit(value, letter);
      if (bad) return { message: clauseProblem(letter, bad.type!.name), at: bad.at };
    }
    const given = values.items.length;
    return given > clauses.length ? { message: surplus(clauses.length, given), at } : undefined;
  } catch (error) {
    if (error instanceof FormatError) return { message: error.message, at };
    throw error;
  }
}
