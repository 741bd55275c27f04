import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Expr } from './ast.ts';
import { compile } from './compile.ts';
import { Source } from './issues.ts';
import { parse } from './parser.ts';
import { OLD_SELF, RULES, SCHEMA, SELF } from './rules.table.ts';
import { declareSchema } from './schema.ts';
import { isError, Uint } from './values.ts';

// Goal: whatever the text, something sensible comes of it in bounded time; integers are exact; costs
// are what was estimated.

const SEED = 20_361;
function check<T>(property: fc.IProperty<T>, runs: number): void {
  fc.assert(property, { seed: SEED, numRuns: runs });
}

const INT_MAX = 2n ** 63n - 1n;
const int64 = fc.oneof(
  fc.bigInt({ min: -INT_MAX, max: INT_MAX }),
  fc.bigInt({ min: -10n, max: 10n }),
);
const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

test('arithmetic of 64-bit integers is that of whole numbers, or an overflow', () => {
  const operator = fc.constantFrom(...Object.keys(OPERATIONS));
  const property = fc.property(int64, int64, operator, (a, b, sign) => {
    const { program } = compile(`(${a}) ${sign} (${b})`, {});
    const { value } = program!.evaluate({});
    if (b === 0n && '/%'.includes(sign)) return assert.ok(isError(value));
    const want = OPERATIONS[sign]!(a, b);
    if (want === BigInt.asIntN(64, want)) assert.equal(value, want);
    else assert.ok(isError(value) && value.message === 'integer overflow');
  });
  check(property, 400);
});

test('unsigned integers neither go below zero nor wrap', () => {
  const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const property = fc.property(uint64, uint64, fc.constantFrom('+', '-', '*'), (a, b, sign) => {
    const { value } = compile(`${a}u ${sign} ${b}u`, {}).program!.evaluate({});
    const want = OPERATIONS[sign]!(a, b);
    if (want === BigInt.asUintN(64, want)) assert.equal((value as Uint).value, want);
    else assert.ok(isError(value) && value.message === 'unsigned integer overflow');
  });
  check(property, 300);
});

/** An expression written out again, with more parentheses than it takes. */
function write(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return writeLiteral(expr.value);
    case 'ident':
      return expr.name;
    case 'select':
      return expr.isTest
        ? `has(${write(expr.operand)}.${expr.field})`
        : `(${write(expr.operand)}).${expr.field}`;
    case 'list':
      return `[${expr.items.map(({ value }) => write(value)).join(', ')}]`;
    case 'map':
      return `{${expr.entries.map(({ key, value }) => `${write(key)}: ${write(value)}`).join(', ')}}`;
    case 'call':
      return writeCall(expr.name, expr.args.map(write), expr.target && write(expr.target));
    default:
      throw new Error(`no text for ${expr.kind}`);
  }
}

function writeLiteral(value: unknown): string {
  if (value instanceof Uint) return `${value.value}u`;
  if (typeof value === 'number') return value.toExponential();
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function writeCall(name: string, args: readonly string[], target: string | undefined): string {
  const [a, b, c] = args;
  if (target !== undefined) return `(${target}).${name}(${args.join(', ')})`;
  if (name === '_[_]') return `(${a})[${b}]`;
  if (name === '_?_:_') return `((${a}) ? (${b}) : (${c}))`;
  if (name === '!_' || name === '-_') return `(${name[0]}(${a}))`;
  if (name === '@in') return `((${a}) in (${b}))`;
  return name.startsWith('_')
    ? `((${a}) ${name.slice(1, -1)} (${b}))`
    : `${name}(${args.join(', ')})`;
}

const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom('1', '-2', '3u', '1.5', "'a'", 'x', 'x.y', 'true', 'null', '[]', '{}'),
    fc
      .tuple(tie('text'), fc.constantFrom('+', '<', '&&', '||', 'in', '=='), tie('text'))
      .map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `[${a}, ${b}][0].f(${b})`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `{${a}: ${b}}.y ? !(${a}) : g(${b})`),
    tie('text').map((a) => `-(${a}).z`),
  ),
}));

/** The tree without the places in the text. */
const treeOf = (source: string): unknown =>
  JSON.parse(
    JSON.stringify(parse(new Source(source)).expr, (key, value) =>
      key === 'at' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
    ),
  );

test('an expression that is written out reads as the same expression', () => {
  const property = fc.property(text, (source) => {
    const { expr } = parse(new Source(source));
    assert.deepEqual(treeOf(write(expr!)), treeOf(source));
  });
  check(property, 300);
});

const WORDS =
  "self . a l ( ) [ ] { } , : ? ! - + * / % == != < <= && || in has all map filter x 1 2u 1.5 'a' " +
  "b'c' r'\\d' true null size matches optMap .? [? type dyn quantity ' \" \\ $ ` @ 😀 \u0000 \n //";
const soup = fc.array(fc.constantFrom(...WORDS.split(' ')), { maxLength: 40 });
const self = declareSchema(SCHEMA, false)!;
const variables = { self, oldSelf: self };
const data = { self: SELF, oldSelf: OLD_SELF };

test('no soup of words does harm', () => {
  const property = fc.property(soup, fc.constantFrom('', ' '), (words, space) => {
    const { program, failure } = compile(words.join(space), variables);
    if (failure) return assert.notEqual(failure.message, '');
    const { cost } = program.evaluate(data, 10_000);
    assert.ok(Number.isFinite(cost));
  });
  check(property, 1500);
});

const rules = RULES.split('\n').filter((line) => /^\S/.test(line));
const word = fc.string({ maxLength: 5 });
const someData = fc.record(
  {
    ...{ a: fc.string({ maxLength: 40 }), b: word, c: fc.integer(), d: fc.double({ noNaN: true }) },
    ...{ e: fc.boolean(), l: fc.array(word), lm: fc.array(word, { maxLength: 10 }) },
    li: fc.array(fc.integer()),
    m: fc.dictionary(word, fc.integer()),
    o: fc.record({ x: fc.integer(), y: fc.constantFrom('one', 'three') }, { requiredKeys: [] }),
    los: fc.array(
      fc.record(
        { name: fc.string({ maxLength: 63 }), ports: fc.array(fc.nat(), { maxLength: 5 }) },
        { requiredKeys: ['name'] },
      ),
      { maxLength: 20 },
    ),
  },
  { requiredKeys: [] },
);

// Upstream takes declared scalars and objects for empty when they are compared, and pieces without a
// place in the data for `self`.
const UNDERESTIMATED = /^self(?:\.o)? ==|self\.[de] ==|dyn\(|\{'a': self/;

test('no evaluation costs more than was estimated', () => {
  const programs = rules
    .filter((rule) => !UNDERESTIMATED.test(rule))
    .map((rule) => compile(rule, variables).program)
    .filter((program) => program !== undefined);
  const property = fc.property(someData, fc.constantFrom(...programs), (object, program) => {
    const { value, cost } = program.evaluate({ self: object, oldSelf: object });
    const { max } = program.estimateCost();
    assert.ok(cost <= max, `${cost} > ${max}`);
    assert.ok(isError(value) || cost >= 0);
  });
  check(property, 1000);
});

test('the worst of long texts is compiled at once', () => {
  const texts = [
    ...[`[${'x,'.repeat(40_000)}]`, `[\n${'x,\n'.repeat(30_000)}]`, ')'.repeat(99_000)],
    ...['$'.repeat(99_000), `${'('.repeat(50_000)}`, `1${'+1'.repeat(49_000)}`],
    ...[`true${' && true'.repeat(12_000)}`, `optional.of(1)${'.optMap(x, x)'.repeat(7_000)}`],
    ...[`'${'\\'.repeat(99_000)}`, `${'['.repeat(200)}${'1+'.repeat(240)}1`],
  ];
  for (const text of texts) {
    const { failure } = compile(text, {});
    assert.ok(failure === undefined || failure.message.length < 2_000_000);
  }
});

test('data that is anything but what was declared is an error, never a crash', () => {
  const programs = rules.map((rule) => compile(rule, variables).program).filter((each) => each);
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...Object.keys(SELF)), fc.jsonValue()),
  );
  const property = fc.property(anything, anything, (object, before) => {
    for (const program of programs) program!.evaluate({ self: object, oldSelf: before });
  });
  check(property, 60);
});

test('a fold over more items costs more', () => {
  const { program } = compile('self.l.map(x, x + x).filter(x, x.size() > 1).size()', variables);
  const property = fc.property(fc.array(word), word, (l, more) => {
    const [less, greater] = [{ l }, { l: [...l, more] }].map(
      (object) => program!.evaluate({ self: object }).cost,
    );
    assert.ok(less! < greater!);
  });
  check(property, 200);
});

test('an evaluation ends when it has cost what it may', () => {
  const { program } = compile(
    'self.li.all(a, self.li.all(b, self.li.all(c, a + b + c > 0)))',
    variables,
  );
  const li = Array.from({ length: 200 }, () => 1);
  const outcome = program!.evaluate({ self: { li } });
  assert.deepEqual(
    [outcome.isExceeded, isError(outcome.value) && outcome.value.message],
    [true, 'operation cancelled: actual cost limit exceeded'],
  );
});
