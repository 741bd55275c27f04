import { CharacterSet, perlRanges, posixRanges, unicodeClass } from './character-set.ts';

/** The pattern isn't one of RE2. The message is that of Go's `regexp`. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

/** A condition on a place between two characters. */
export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'word' | 'notWord';

/** A piece of a pattern. */
export type Node =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | {
      readonly kind: 'repeat';
      readonly body: Node;
      readonly min: number;
      readonly max: number;
      readonly isGreedy: boolean;
    };

const REPEAT_MAX = 1000;
const DEPTH_MAX = 1000;
const NEWLINE = 0x0a;

const fail = (problem: string, text: string): never => {
  throw new RegexError(`error parsing regexp: ${problem}: \`${text}\``);
};

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

/** Reads a pattern in the syntax of RE2, as Go does. Throws RegexError. */
export const parsePattern = (pattern: string): Node => new PatternParser(pattern).parse();

class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) fail('unexpected )', this.#text);
    return node;
  }

  #is(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #skip(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at += found[0].length;
    return found ?? undefined;
  }

  /** Takes the next code point. */
  #take(): number {
    const code = this.#text.codePointAt(this.#at)!;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #choice(): Node {
    const flags = this.#flags;
    const parts = [this.#sequence()];
    while (this.#skip('|')) parts.push(this.#sequence());
    this.#flags = flags;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !this.#is('|') && !this.#is(')')) {
      const start = this.#at;
      const repeat = this.#repetition();
      if (repeat)
        fail('missing argument to repetition operator', this.#text.slice(start, this.#at));
      const atom = this.#atom();
      if (atom) parts.push(this.#repeated(atom));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #repeated(body: Node): Node {
    const start = this.#at;
    const first = this.#repetition();
    if (!first) return body;
    const end = this.#at;
    const again = this.#repetition();
    if (again) fail('invalid nested repetition operator', this.#text.slice(start, this.#at));
    const node: Node = { kind: 'repeat', body, ...first };
    if (repetitionsIn(node) > REPEAT_MAX)
      fail('invalid repeat count', this.#text.slice(start, end));
    return node;
  }

  /** `*`, `+?`, `{2,3}`: how often what stands before may come. */
  #repetition(): { min: number; max: number; isGreedy: boolean } | undefined {
    const start = this.#at;
    const found = this.#match(/[*+?]|\{(\d+)(?:(,)(\d*))?\}/y);
    if (!found) return undefined;
    const [sign, low, comma, high] = found;
    let [min, max] = [sign === '+' ? 1 : 0, sign === '?' ? 1 : Number.POSITIVE_INFINITY];
    if (low !== undefined) {
      min = Number(low);
      max = comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high);
      const most = Number.isFinite(max) ? max : min;
      if (most > REPEAT_MAX || min > max)
        fail('invalid repeat count', this.#text.slice(start, this.#at));
    }
    const isLazy = this.#skip('?');
    return { min, max, isGreedy: isLazy === this.#flags.U };
  }

  #atom(): Node | undefined {
    if (this.#is('(')) return this.#group();
    if (this.#is('[')) return this.#class();
    if (this.#skip('^')) return assert(this.#flags.m ? 'lineStart' : 'textStart');
    if (this.#skip('$')) return assert(this.#flags.m ? 'lineEnd' : 'textEnd');
    if (this.#skip('.')) {
      const ranges = this.#flags.s ? [] : [NEWLINE, NEWLINE];
      return { kind: 'set', set: new CharacterSet(ranges, { isNegated: true }) };
    }
    return this.#is('\\') ? this.#escape() : this.#character(this.#take());
  }

  #character(code: number): Node {
    return this.#set([code, code]);
  }

  #set(ranges: readonly number[], classes: readonly RegExp[] = [], isNegated = false): Node {
    const options = { classes, isNegated, foldsCase: this.#flags.i };
    return { kind: 'set', set: new CharacterSet(ranges, options) };
  }

  #group(): Node | undefined {
    if (++this.#depth > DEPTH_MAX) fail('expression nests too deeply', this.#text);
    const before = this.#flags;
    if (this.#is('(?')) {
      const body = this.#flagGroup();
      if (!body) return undefined;
      this.#flags = before;
      this.#depth--;
      return body;
    }
    this.#at++;
    return this.#closed(before);
  }

  #closed(flags: Flags): Node {
    const body = this.#choice();
    if (!this.#skip(')')) fail('missing closing )', this.#text);
    this.#flags = flags;
    this.#depth--;
    return body;
  }

  /** `(?P<name>…)`, `(?:…)`, `(?i-s:…)`; `(?i)` holds up to the end of the group around it. */
  #flagGroup(): Node | undefined {
    const start = this.#at;
    if (this.#match(/\(\?P?<([^>]*)>/y)) {
      const [, name] = /<([^>]*)>$/.exec(this.#text.slice(start, this.#at))!;
      if (!/^\w+$/.test(name!)) fail('invalid named capture', this.#text.slice(start, this.#at));
      return this.#closed(this.#flags);
    }
    if (/^\(\?P?</.test(this.#text.slice(start))) {
      fail('invalid named capture', this.#text.slice(start));
    }
    const found = this.#match(/\(\?([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (!found) return this.#badFlags(start);
    const [, on, off = '', end] = found;
    const flags: Flags = { ...this.#flags, ...flagsOf(on!, true), ...flagsOf(off, false) };
    this.#flags = flags;
    if (end === ')') {
      this.#depth--;
      return undefined;
    }
    return this.#closed(flags);
  }

  #badFlags(start: number): never {
    const [all] = /^\(\?-?[imsU]*-?[imsU]*[\s\S]?/u.exec(this.#text.slice(start))!;
    return fail('invalid or unsupported Perl syntax', all);
  }

  #escape(): Node {
    const start = this.#at;
    const quoted = this.#match(/\\Q([\s\S]*?)(?:\\E|$)/y);
    if (quoted) {
      const parts = [...quoted[1]!].map((each) => this.#character(each.codePointAt(0)!));
      return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
    }
    const assertion = ASSERTIONS[this.#text.slice(start, start + 2)];
    if (assertion) {
      this.#at += 2;
      return assert(assertion);
    }
    const ranges = perlRanges(this.#text[start + 1] ?? '');
    if (ranges) {
      this.#at += 2;
      return this.#set(ranges);
    }
    const unicode = this.#unicodeClass();
    return unicode ? this.#set([], [unicode]) : this.#character(this.#escapedCode());
  }

  #unicodeClass(): RegExp | undefined {
    const start = this.#at;
    const found = this.#match(/\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))/uy);
    if (!found) {
      if (this.#match(/\\[pP]/y)) fail('invalid character class range', this.#text.slice(start));
      return undefined;
    }
    const [, letter, caret, long, short] = found;
    const isNegated = (letter === 'P') !== (caret === '^');
    const set = unicodeClass(long ?? short!, isNegated);
    return set ?? fail('invalid character class range', this.#text.slice(start, this.#at));
  }

  /** The character that an escape stands for. */
  #escapedCode(): number {
    const start = this.#at;
    this.#at++;
    if (this.#at >= this.#text.length) fail('trailing backslash at end of expression', '');
    const number = this.#match(
      /x\{([\da-fA-F]+)\}|x([\da-fA-F]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2})/y,
    );
    if (number) {
      const [, long, short, octal] = number;
      const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(long ?? short!, 16);
      if (code <= 0x10ffff) return code;
    } else {
      const letter = this.#text[this.#at]!;
      const control = 'afnrtv'.indexOf(letter);
      if (control >= 0) {
        this.#at++;
        return [7, 12, 10, 13, 9, 11][control]!;
      }
      if (/[!-/:-@[-`{-~]/.test(letter)) return this.#take();
      this.#take();
    }
    return fail('invalid escape sequence', this.#text.slice(start, this.#at));
  }

  #class(): Node {
    const start = this.#at;
    this.#at++;
    const isNegated = this.#skip('^');
    const ranges: number[] = [];
    const classes: RegExp[] = [];
    for (let isFirst = true; isFirst || !this.#is(']'); isFirst = false) {
      if (this.#at >= this.#text.length) fail('missing closing ]', this.#text.slice(start));
      this.#classItem(ranges, classes, start);
    }
    this.#at++;
    return this.#set(ranges, classes, isNegated);
  }

  #classItem(ranges: number[], classes: RegExp[], start: number): void {
    const posix = this.#match(/\[:(\^?\w+):\]/y);
    if (posix) {
      const known = posixRanges(posix[1]!);
      ranges.push(...(known ?? fail('invalid character class range', posix[0])));
      return;
    }
    const perl = this.#is('\\') ? perlRanges(this.#text[this.#at + 1] ?? '') : undefined;
    if (perl) {
      this.#at += 2;
      ranges.push(...perl);
      return;
    }
    const unicode = this.#is('\\') ? this.#unicodeClass() : undefined;
    if (unicode) classes.push(unicode);
    else this.#range(ranges, start);
  }

  #range(ranges: number[], classStart: number): void {
    const start = this.#at;
    const low = this.#classCode(classStart);
    let high = low;
    if (this.#is('-') && this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== ']') {
      this.#at++;
      high = this.#classCode(classStart);
      if (high < low) fail('invalid character class range', this.#text.slice(start, this.#at));
    }
    ranges.push(low, high);
  }

  #classCode(classStart: number): number {
    if (this.#at >= this.#text.length) fail('missing closing ]', this.#text.slice(classStart));
    return this.#is('\\') ? this.#escapedCode() : this.#take();
  }
}

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  '\\A': 'textStart',
  '\\z': 'textEnd',
  '\\b': 'word',
  '\\B': 'notWord',
};

const assert = (assertion: Assertion): Node => ({ kind: 'assertion', assertion });
const flagsOf = (letters: string, value: boolean): Partial<Flags> =>
  Object.fromEntries([...letters].map((letter) => [letter, value]));

/** How often the innermost piece can come by counted repetitions. */
function repetitionsIn(node: Node): number {
  switch (node.kind) {
    case 'repeat': {
      const times = Number.isFinite(node.max) ? node.max : node.min;
      return Math.max(1, times) * repetitionsIn(node.body);
    }
    case 'sequence':
    case 'choice':
      return node.parts.reduce((most, part) => Math.max(most, repetitionsIn(part)), 1);
    default:
      return 1;
  }
}
