import { call, children, type Expr, ident, literal, type StructExpr, select } from './ast.ts';
import { type Issue, NOWHERE, type Source } from './issues.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';
import { bind, expandMacro } from './macros.ts';
import { EscapeError, unescapeBytes, unescapeString } from './unescape.ts';
import { Uint } from './values.ts';

const CODE_POINTS_MAX = 100_000;
const DEPTH_MAX = 250;
const ISSUES_MAX = 100;
// Macros that copy what stands before them double an expression each time one follows another.
const NODES_MAX = 100_000;
const MACRO_NODES = 10;
const COPYING: ReadonlySet<string> = new Set(['optMap', 'optFlatMap']);
const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

const RESERVED: ReadonlySet<string> = new Set(
  (
    'as break const continue else false for function if import in let loop package namespace ' +
    'null return true var void while'
  ).split(' '),
);

/** What an expression can begin with, in the order in which errors list it. */
const BEGINNINGS: readonly TokenKind[] = [
  ...(["'['", "'{'", "'('", "'.'", "'-'", "'!'", "'true'", "'false'", "'null'"] as const),
  ...(['NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER'] as const),
];
const isBeginning = new Set<TokenKind>(BEGINNINGS);
const ORDER: readonly TokenKind[] = [
  ...(["'['", "']'", "'{'", "'}'", "'('", "')'", "'.'", "','", "'-'", "'!'", "'?'"] as const),
  ...(["':'", "'true'", "'false'", "'null'", 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT'] as const),
  ...(['STRING', 'BYTES', 'IDENTIFIER', 'ESC_IDENTIFIER'] as const),
];
const inOrder = (kinds: readonly TokenKind[]): readonly TokenKind[] =>
  ORDER.filter((kind) => kinds.includes(kind));

/** From the loosest to the tightest; `&&` and `||` are apart, because they are balanced. */
const RELATIONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
const SUMS: ReadonlySet<string> = new Set(['+', '-']);
const PRODUCTS: ReadonlySet<string> = new Set(['*', '/', '%']);
/** What can follow something complete, be it more of it or its end. */
const FOLLOWERS: ReadonlySet<string> = new Set([
  ...[...RELATIONS, ...SUMS, ...PRODUCTS],
  ...['&&', '||', '?', ':', ',', ')', ']', '}', '.', '[', '<EOF>'],
]);

/** The rest can't be made sense of. */
class Abandon extends Error {}

/** A parsed expression, or what is wrong with it. */
export type Parsed =
  | { readonly expr: Expr; readonly issues?: undefined }
  | { readonly expr?: undefined; readonly issues: readonly Issue[] };

/** Reads an expression into its tree, macros expanded; `cel.bind` is one only where it is asked for. */
export function parse(source: Source, bindings = false): Parsed {
  const parser = new Parser(source, bindings);
  const expr = parser.parse();
  return expr ? { expr } : { issues: parser.issues };
}

/**
 * A recursive descent through CEL's grammar. What it says of wrong input is what a parser made by
 * ANTLR says, up to the first error that can't be mended by leaving out or adding one word.
 */
class Parser {
  readonly issues: Issue[] = [];
  readonly #source: Source;
  readonly #bindings: boolean;
  #tokens: readonly Token[] = [];
  #next = 0;
  #depth = 0;
  #nodes = 0;

  constructor(source: Source, bindings: boolean) {
    this.#source = source;
    this.#bindings = bindings;
  }

  parse(): Expr | undefined {
    const { text } = this.#source;
    const size = text.length > CODE_POINTS_MAX ? [...text].length : 0;
    if (size > CODE_POINTS_MAX) {
      const limits = `size: ${size}, limit ${CODE_POINTS_MAX}`;
      this.#report(`expression code point size exceeds limit: ${limits}`, NOWHERE);
      return undefined;
    }
    const { tokens, errors } = tokenize(text);
    this.#tokens = tokens;
    for (const error of errors) {
      this.#report(`Syntax error: token recognition error at: '${shown(error.text)}'`, error.at);
    }
    const expr = this.#parseAll();
    this.issues.sort((a, b) => a.line - b.line || a.column - b.column);
    return this.issues.length === 0 ? expr : undefined;
  }

  #parseAll(): Expr | undefined {
    try {
      const expr = this.#expression();
      this.#expect(['<EOF>']);
      if (isTooDeep(expr)) this.#tooLong();
      return expr;
    } catch (error) {
      if (error instanceof Abandon) return undefined;
      throw error;
    }
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #report(message: string, at: number): void {
    if (this.issues.length < ISSUES_MAX) this.issues.push(this.#source.issue(message, at));
  }

  #abandon(message: string): never {
    this.#report(`Syntax error: ${message}`, this.#token.at);
    throw new Abandon();
  }

  #is(text: string): boolean {
    return this.#token.kind === `'${text}'`;
  }

  #take(): Token {
    return this.#tokens[this.#next++]!;
  }

  #skip(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }

  /** Makes sure that one of these comes next: leaves out one word if that helps, or gives up. */
  #require(kinds: readonly TokenKind[]): void {
    const { kind, text } = this.#token;
    if (kinds.includes(kind)) return;
    const after = this.#tokens[this.#next + 1];
    if (after === undefined || !kinds.includes(after.kind)) {
      this.#abandon(`mismatched input '${shown(text)}' expecting ${alternatives(kinds)}`);
    }
    const message = `extraneous input '${shown(text)}' expecting ${alternatives(kinds)}`;
    this.#report(`Syntax error: ${message}`, this.#token.at);
    this.#next++;
  }

  /** Takes the one word that has to come; goes on without it if the rest goes on that way. */
  #expect(kinds: readonly TokenKind[], goesOn: ReadonlySet<string> = FOLLOWERS): void {
    const { kind, text } = this.#token;
    const after = this.#tokens[this.#next + 1]?.kind;
    const isMissing = !kinds.includes(kind) && !(after !== undefined && kinds.includes(after));
    if (isMissing && kinds.length === 1 && kinds[0] !== '<EOF>' && goesOn.has(bare(kind))) {
      this.#report(`Syntax error: missing ${kinds[0]} at '${shown(text)}'`, this.#token.at);
      return;
    }
    this.#require(kinds);
    if (kind !== '<EOF>') this.#next++;
  }

  #expression(): Expr {
    return this.#deeper(() => {
      const condition = this.#logical('||', () =>
        this.#logical('&&', () => this.#binary(RELATIONS, () => this.#sum())),
      );
      if (!this.#is('?')) return condition;
      const { at } = this.#take();
      const yes = this.#logical('||', () =>
        this.#logical('&&', () => this.#binary(RELATIONS, () => this.#sum())),
      );
      this.#expect(["':'"], COLON_GOES_ON);
      return this.#call(at, '_?_:_', [condition, yes, this.#expression()]);
    });
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > DEPTH_MAX) this.#tooDeep();
    const result = read();
    this.#depth--;
    return result;
  }

  #tooDeep(): never {
    this.#report(`expression recursion limit exceeded: ${DEPTH_MAX}`, NOWHERE);
    throw new Abandon();
  }

  #tooLong(): never {
    this.#report('max recursion depth exceeded', NOWHERE);
    throw new Abandon();
  }

  /** `a && b && c` as a balanced tree: its depth grows with the logarithm of the terms. */
  #logical(operator: '&&' | '||', term: () => Expr): Expr {
    const terms = [term()];
    const places: number[] = [];
    while (this.#is(operator)) {
      places.push(this.#take().at);
      terms.push(term());
    }
    const balance = (low: number, high: number): Expr => {
      const middle = (low + high + 1) >> 1;
      const left = middle === low ? terms[middle]! : balance(low, middle - 1);
      const right = middle === high ? terms[middle + 1]! : balance(middle + 1, high);
      return call(places[middle]!, `_${operator}_`, [left, right]);
    };
    return terms.length === 1 ? terms[0]! : balance(0, places.length - 1);
  }

  #sum(): Expr {
    return this.#binary(SUMS, () => this.#binary(PRODUCTS, () => this.#unary()));
  }

  #binary(operators: ReadonlySet<string>, operand: () => Expr): Expr {
    let left = operand();
    for (let length = 1; operators.has(this.#operator()); length++) {
      if (length > DEPTH_MAX) this.#tooLong();
      const { at, text } = this.#take();
      const right = operand();
      left = this.#call(at, text === 'in' ? '@in' : `_${text}_`, [left, right]);
    }
    return left;
  }

  /** The next word if it is a sign or `in`; a string that reads the same is none. */
  #operator(): string {
    return this.#token.kind.startsWith("'") ? this.#token.text : '';
  }

  #unary(): Expr {
    this.#require(BEGINNINGS);
    if (this.#is('!')) return this.#repeated('!', '!_');
    // A minus right before a number belongs to it.
    const after = this.#tokens[this.#next + 1]?.kind;
    const isSign = this.#is('-') && (after === 'NUM_INT' || after === 'NUM_FLOAT');
    return this.#is('-') && !isSign ? this.#repeated('-', '-_') : this.#member();
  }

  #repeated(sign: '!' | '-', operator: string): Expr {
    const { at } = this.#token;
    let count = 0;
    while (this.#is(sign)) {
      const after = this.#tokens[this.#next + 1]?.kind;
      if (sign === '-' && count > 0 && (after === 'NUM_INT' || after === 'NUM_FLOAT')) break;
      this.#next++;
      count++;
    }
    this.#require(BEGINNINGS);
    const operand = this.#member();
    return count % 2 === 0 ? operand : this.#call(at, operator, [operand]);
  }

  #member(): Expr {
    let expr = this.#primary();
    for (let length = 1; this.#is('.') || this.#is('['); length++) {
      if (length > DEPTH_MAX) this.#tooLong();
      expr = this.#is('.') ? this.#selection(expr) : this.#index(expr);
    }
    return expr;
  }

  #selection(operand: Expr): Expr {
    const { at } = this.#take();
    const isOptional = this.#skip('?');
    const { kind, text, at: nameAt } = this.#token;
    if (kind === "'true'" || kind === "'false'" || kind === "'null'") {
      this.#abandon(`mismatched input ${kind} expecting IDENTIFIER`);
    }
    if (kind !== 'IDENTIFIER' && kind !== 'ESC_IDENTIFIER') {
      const end = kind === '<EOF>' ? at + (isOptional ? 2 : 1) : nameAt + text.length;
      const input = this.#source.text.slice(at, end); // With the spaces in between.
      this.#abandon(`no viable alternative at input '${shown(input)}'`);
    }
    this.#next++;
    const name = kind === 'IDENTIFIER' ? text : text.slice(1, -1);
    if (isOptional) return call(at, '_?._', [operand, literal(nameAt, name)]);
    if (!this.#is('(') || kind === 'ESC_IDENTIFIER') return select(at, operand, name);
    const open = this.#take().at;
    return this.#call(open, name, this.#arguments(), operand);
  }

  #index(operand: Expr): Expr {
    const { at } = this.#take();
    if (this.#token.kind === '<EOF>') this.#require(inOrder([...BEGINNINGS, "'?'"]));
    const name = this.#skip('?') ? '_[?_]' : '_[_]';
    const index = this.#expression();
    this.#expect(["']'"]);
    return this.#call(at, name, [operand, index]);
  }

  /** Arguments up to the closing parenthesis; the opening one is behind us. */
  #arguments(): Expr[] {
    const args: Expr[] = [];
    if (this.#skip(')')) return args;
    this.#require(inOrder([...BEGINNINGS, "')'"]));
    do args.push(this.#expression());
    while (this.#skip(','));
    this.#expect(["')'"]);
    return args;
  }

  #call(at: number, name: string, args: readonly Expr[], target?: Expr): Expr {
    if (target && COPYING.has(name) && args.length === 2) {
      this.#nodes += countNodes(target) + MACRO_NODES;
      if (this.#nodes > NODES_MAX) {
        const limit = `expression count exceeds limit of ${NODES_MAX}`;
        this.#report(`${limit} while expanding macro '${name}'`, at);
        return literal(at, null);
      }
    }
    const isBinding = this.#bindings && target?.kind === 'ident' && target.name === 'cel';
    const expanded = isBinding ? bind(at, name, args) : expandMacro(at, name, args, target);
    if (expanded === undefined) return call(at, name, args, target);
    if (!('error' in expanded)) return expanded;
    this.#report(expanded.error, expanded.at);
    return literal(at, null);
  }

  #primary(): Expr {
    const token = this.#token;
    switch (token.kind) {
      case "'('": {
        this.#next++;
        const inner = this.#expression();
        this.#expect(["')'"]);
        return inner;
      }
      case "'['":
        return this.#list();
      case "'{'":
        return this.#map();
      case "'.'":
      case 'IDENTIFIER':
        return this.#name();
      default:
        return this.#literal();
    }
  }

  #list(): Expr {
    const { at } = this.#take();
    const items: { value: Expr; isOptional: boolean }[] = [];
    const isEnd = (): boolean => this.#is(']') || (this.#is(',') && items.length === 0);
    while (!isEnd()) {
      const isOptional = this.#skip('?');
      items.push({ value: this.#expression(), isOptional });
      if (!this.#is(',')) this.#requireUnlessEnd(["']'", "','"], ']');
      if (!this.#skip(',')) break;
      if (!this.#is(']') && !this.#is('?') && !isBeginning.has(this.#token.kind)) break;
    }
    if (items.length === 0) this.#skip(',');
    this.#expect(["']'"]);
    return { kind: 'list', at, items };
  }

  #requireUnlessEnd(kinds: readonly TokenKind[], end: string): void {
    if (!this.#is(end)) this.#require(kinds);
  }

  #map(): Expr {
    const { at } = this.#take();
    const entries: { key: Expr; value: Expr; isOptional: boolean }[] = [];
    if (!this.#is('}') && !this.#is(',') && !this.#is('?')) {
      this.#require(inOrder([...BEGINNINGS, "'}'", "','", "'?'"]));
    }
    while (!this.#is('}') && !this.#is(',')) {
      const isOptional = this.#skip('?');
      const key = this.#expression();
      this.#expect(["':'"], COLON_GOES_ON);
      entries.push({ key, value: this.#expression(), isOptional });
      this.#requireUnlessEnd(["'}'", "','"], '}');
      if (!this.#skip(',')) break;
    }
    if (entries.length === 0) this.#skip(',');
    this.#expect(["'}'"]);
    return { kind: 'map', at, entries };
  }

  /** A variable, a call, or an object with fields: `Name{field: value}`. */
  #name(): Expr {
    const start = this.#token.at;
    const dot = this.#skip('.') ? '.' : '';
    this.#require(['IDENTIFIER']);
    const first = this.#take();
    if (this.#isObject()) return this.#object(`${dot}${first.text}`);
    if (RESERVED.has(first.text)) {
      this.#report(`reserved identifier: ${first.text}`, start);
      if (this.#skip('(')) this.#arguments();
      return literal(first.at, null);
    }
    if (!this.#is('(')) return ident(first.at, `${dot}${first.text}`);
    const open = this.#take().at;
    return this.#call(open, `${dot}${first.text}`, this.#arguments());
  }

  /** Whether a dotted name goes on to an opening brace. */
  #isObject(): boolean {
    let i = this.#next;
    while (this.#tokens[i]!.kind === "'.'" && this.#tokens[i + 1]!.kind === 'IDENTIFIER') i += 2;
    return this.#tokens[i]!.kind === "'{'";
  }

  #object(start: string): Expr {
    let name = start;
    while (this.#skip('.')) name += `.${this.#take().text}`;
    const { at } = this.#take();
    const fields: StructExpr['fields'][number][] = [];
    while (!this.#is('}') && !this.#is(',')) {
      const isOptional = this.#skip('?');
      this.#require(["'}'", "','", "'?'", 'IDENTIFIER', 'ESC_IDENTIFIER']);
      const field = this.#take().text.replace(/^`|`$/g, '');
      const colon = this.#token.at;
      this.#expect(["':'"], COLON_GOES_ON);
      fields.push({ at: colon, name: field, value: this.#expression(), isOptional });
      this.#requireUnlessEnd(["'}'", "','"], '}');
      if (!this.#skip(',')) break;
    }
    if (fields.length === 0) this.#skip(',');
    this.#expect(["'}'"]);
    return { kind: 'struct', at, name, fields };
  }

  #literal(): Expr {
    const start = this.#token.at;
    const isNegative = this.#skip('-');
    const { kind, text } = this.#take();
    const signed = isNegative ? `-${text}` : text;
    switch (kind) {
      case 'NUM_INT':
        return this.#integer(start, text, isNegative);
      case 'NUM_UINT':
        return this.#unsigned(start, text.slice(0, -1));
      case 'NUM_FLOAT': {
        if (!Number.isFinite(Number(text))) this.#report('invalid double literal', start);
        return literal(start, Number(signed));
      }
      case 'STRING':
        return literal(start, this.#unescaped(start, () => unescapeString(text)) ?? '');
      case 'BYTES':
        return literal(start, this.#unescaped(start, () => unescapeBytes(text.slice(1))) ?? null);
      default:
        return literal(start, kind === "'null'" ? null : kind === "'true'");
    }
  }

  #integer(at: number, text: string, isNegative: boolean): Expr {
    const value = isNegative ? -BigInt(text) : BigInt(text);
    if (value < INT_MIN || value > INT_MAX) this.#report('invalid int literal', at);
    return literal(at, value);
  }

  #unsigned(at: number, text: string): Expr {
    const value = BigInt(text);
    if (value > UINT_MAX) this.#report('invalid uint literal', at);
    return literal(at, new Uint(value));
  }

  #unescaped<T>(at: number, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof EscapeError)) throw error;
      this.#report(error.message, at);
      return undefined;
    }
  }
}

/**
 * Whether chains of operators and members stand in one another so deep that the steps to come, which
 * are recursive, might not get to the bottom.
 */
function isTooDeep(root: Expr): boolean {
  const open: (readonly [Expr, number])[] = [[root, 0]];
  while (open.length > 0) {
    const [expr, depth] = open.pop()!;
    if (depth > 2 * DEPTH_MAX) return true;
    const isLink =
      expr.kind === 'select' ||
      expr.kind === 'comprehension' ||
      (expr.kind === 'call' && (expr.target !== undefined || CHAINED.test(expr.name)));
    for (const child of children(expr)) open.push([child, isLink ? depth + 1 : depth]);
  }
  return false;
}

function countNodes(root: Expr): number {
  const open = [root];
  let count = 0;
  for (; open.length > 0; count++) open.push(...children(open.pop()!));
  return count;
}

const CHAINED = /^(?:_(?:[-+*/%]|[<>=!]=?|\?\.|\?_:|\[\??_\])_|_\[\??_\]|@in)$/;
const COLON_GOES_ON: ReadonlySet<string> = new Set(BEGINNINGS.map(bare));

function bare(kind: string): string {
  return kind.startsWith("'") ? kind.slice(1, -1) : kind;
}

/** Text as syntax errors quote it. */
const shown = (text: string): string =>
  text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');

const alternatives = (kinds: readonly TokenKind[]): string =>
  kinds.length === 1 ? kinds[0]! : `{${kinds.join(', ')}}`;
