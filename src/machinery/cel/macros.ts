import { call, copy, type Expr, ident, list, literal, select } from './ast.ts';

/** The arguments of a macro don't fit. */
export interface MacroError {
  readonly error: string;
  readonly at: number;
}

/** What the variable that a fold collects in is called: no expression can name it. */
export const ACCUMULATOR = '@result';
const NO_VARIABLE = '#unused';

interface Fold {
  readonly at: number;
  readonly range: Expr;
  readonly variables: readonly string[];
}

type Pieces = Record<'init' | 'condition' | 'step' | 'result', Expr>;
type Expansion = (at: number, target: Expr, args: readonly Expr[]) => Expr | MacroError;

const fold = ({ at, range, variables }: Fold, pieces: Pieces): Expr => ({
  kind: 'comprehension',
  at,
  range,
  variable: variables[0]!,
  variable2: variables[1],
  accumulator: ACCUMULATOR,
  ...pieces,
});

const isError = (value: object): value is MacroError => 'error' in value;

/** Reads the names of the variables that a fold sets. */
function readVariables(args: readonly Expr[], problem: string): string[] | MacroError {
  const names: string[] = [];
  for (const arg of args) {
    if (arg.kind !== 'ident') return { error: problem, at: arg.at };
    if (names.includes(arg.name)) {
      return { error: `duplicate variable name: ${arg.name}`, at: arg.at };
    }
    if (arg.name === '__result__') {
      return { error: 'iteration variable overwrites accumulator variable', at: arg.at };
    }
    names.push(arg.name);
  }
  return names;
}

const NOT_SIMPLE = 'argument must be a simple name';

/** A macro over a range with `count` variables. */
const over =
  (count: number, problem: string, pieces: (at: number, args: readonly Expr[]) => Pieces) =>
  (at: number, range: Expr, args: readonly Expr[]): Expr | MacroError => {
    const variables = readVariables(args.slice(0, count), problem);
    return isError(variables)
      ? variables
      : fold({ at, range, variables }, pieces(at, args.slice(count)));
  };

const accu = (at: number): Expr => ident(at, ACCUMULATOR);

const all = (at: number, [predicate]: readonly Expr[]): Pieces => ({
  init: literal(at, true),
  condition: call(at, '@not_strictly_false', [accu(at)]),
  step: call(at, '_&&_', [accu(at), predicate!]),
  result: accu(at),
});

const exists = (at: number, [predicate]: readonly Expr[]): Pieces => ({
  init: literal(at, false),
  condition: call(at, '@not_strictly_false', [call(at, '!_', [accu(at)])]),
  step: call(at, '_||_', [accu(at), predicate!]),
  result: accu(at),
});

const existsOne = (at: number, [predicate]: readonly Expr[]): Pieces => ({
  init: literal(at, 0n),
  condition: literal(at, true),
  step: call(at, '_?_:_', [predicate!, call(at, '_+_', [accu(at), literal(at, 1n)]), accu(at)]),
  result: call(at, '_==_', [accu(at), literal(at, 1n)]),
});

/** Collects what `step` makes of each item, or of those that pass a filter before it. */
const collect =
  (init: (at: number) => Expr, step: (at: number, transform: Expr) => Expr) =>
  (at: number, args: readonly Expr[]): Pieces => {
    const filter = args.length > 1 ? args[0] : undefined;
    const added = step(at, args.at(-1)!);
    return {
      init: init(at),
      condition: literal(at, true),
      step: filter ? call(at, '_?_:_', [filter, added, accu(at)]) : added,
      result: accu(at),
    };
  };

const emptyMap = (at: number): Expr => ({ kind: 'map', at, entries: [] });
const toList = collect(
  (at) => list(at, []),
  (at, transform) => call(at, '_+_', [accu(at), list(at, [transform])]),
);
const toMap = (key: Expr) =>
  collect(emptyMap, (at, transform) =>
    call(at, 'cel.@mapInsert', [accu(at), ident(at, (key as { name: string }).name), transform]),
  );
const toEntries = collect(emptyMap, (at, transform) =>
  call(at, 'cel.@mapInsert', [accu(at), transform]),
);

const filterList: Expansion = (at, range, args) =>
  over(1, 'argument is not an identifier', (place, [predicate]) =>
    toList(place, [predicate!, args[0]!]),
  )(at, range, args);

const transformMap: Expansion = (at, range, args) =>
  over(2, NOT_SIMPLE, toMap(args[0]!))(at, range, args);

/** A fold over nothing: all it does is to give a value a name. */
const bound = (at: number, name: string, value: Expr, body: Expr): Expr => ({
  kind: 'comprehension',
  at,
  range: list(at, []),
  variable: NO_VARIABLE,
  variable2: undefined,
  accumulator: name,
  init: value,
  condition: literal(at, false),
  step: ident(at, name),
  result: body,
});

/** What a call of `cel` means: `cel.bind(name, value, body)` is a macro. */
export function bind(
  at: number,
  name: string,
  [variable, value, body, ...rest]: readonly Expr[],
): Expr | MacroError | undefined {
  if (name !== 'bind' || !body || rest.length > 0) return undefined;
  if (variable!.kind === 'ident') return bound(at, variable!.name, value!, body);
  return { error: 'cel.bind() variable names must be simple identifiers', at: variable!.at };
}

/** `target.hasValue() ? wrap(value of body) : optional.none()`, with the value under a name. */
const optional =
  (macro: string, wrap: (at: number, mapped: Expr) => Expr): Expansion =>
  (at, target, [variable, body]) => {
    if (variable!.kind !== 'ident') {
      return { error: `${macro}() variable name must be a simple identifier`, at: variable!.at };
    }
    const mapped = bound(at, variable!.name, call(at, 'value', [], copy(target)), body!);
    return call(at, '_?_:_', [
      call(at, 'hasValue', [], target),
      wrap(at, mapped),
      call(at, 'optional.none', []),
    ]);
  };

const METHODS: Readonly<Record<string, Expansion>> = {
  'all:2': over(1, NOT_SIMPLE, all),
  'all:3': over(2, NOT_SIMPLE, all),
  'exists:2': over(1, NOT_SIMPLE, exists),
  'exists:3': over(2, NOT_SIMPLE, exists),
  'exists_one:2': over(1, NOT_SIMPLE, existsOne),
  'exists_one:3': over(2, NOT_SIMPLE, existsOne),
  'existsOne:3': over(2, NOT_SIMPLE, existsOne),
  'map:2': over(1, 'argument is not an identifier', toList),
  'map:3': over(1, 'argument is not an identifier', toList),
  'filter:2': filterList,
  'transformList:3': over(2, NOT_SIMPLE, toList),
  'transformList:4': over(2, NOT_SIMPLE, toList),
  'transformMap:3': transformMap,
  'transformMap:4': transformMap,
  'transformMapEntry:3': over(2, NOT_SIMPLE, toEntries),
  'transformMapEntry:4': over(2, NOT_SIMPLE, toEntries),
  'optMap:2': optional('optMap', (at, mapped) => call(at, 'optional.of', [mapped])),
  'optFlatMap:2': optional('optFlatMap', (_, mapped) => mapped),
};

/** What a call means if it is of a macro: an expression, or what is wrong with its arguments. */
export function expandMacro(
  at: number,
  name: string,
  args: readonly Expr[],
  target?: Expr,
): Expr | MacroError | undefined {
  if (target !== undefined) {
    const key = `${name}:${args.length}`;
    return Object.hasOwn(METHODS, key) ? METHODS[key]!(at, target, args) : undefined;
  }
  if (name !== 'has' || args.length !== 1) return undefined;
  const [arg] = args;
  return arg!.kind === 'select'
    ? select(at, arg!.operand, arg!.field, true)
    : { error: 'invalid argument to has() macro', at: arg!.at };
}
