/** A set of code points: ranges and Unicode classes, or all others. */
export class CharacterSet {
  /** Pairs of the first and the last code point. */
  readonly #ranges: readonly number[];
  readonly #classes: readonly RegExp[];
  readonly #isNegated: boolean;
  readonly #foldsCase: boolean;
  /** For each ASCII character 1 if it is in the set. */
  readonly ascii: Uint8Array = new Uint8Array(128);

  constructor(
    ranges: readonly number[],
    { classes = [], isNegated = false, foldsCase = false }: CharacterSetOptions = {},
  ) {
    this.#ranges = ranges;
    this.#classes = classes;
    this.#isNegated = isNegated;
    this.#foldsCase = foldsCase;
    for (let code = 0; code < 128; code++) this.ascii[code] = this.#decide(code) ? 1 : 0;
  }

  has(code: number): boolean {
    return code < 128 ? this.ascii[code] === 1 : this.#decide(code);
  }

  #decide(code: number): boolean {
    const isIn = this.#foldsCase
      ? casesOf(code).some((each) => this.#lists(each))
      : this.#lists(code);
    return isIn !== this.#isNegated;
  }

  #lists(code: number): boolean {
    for (let i = 0; i < this.#ranges.length; i += 2) {
      if (code >= this.#ranges[i]! && code <= this.#ranges[i + 1]!) return true;
    }
    return this.#classes.some((each) => each.test(String.fromCodePoint(code)));
  }
}

/** What a set has beside its ranges. A class is a pattern that one character matches. */
export interface CharacterSetOptions {
  readonly classes?: readonly RegExp[];
  readonly isNegated?: boolean;
  readonly foldsCase?: boolean;
}

const KELVIN = 0x212a;
const LONG_S = 0x17f;

/** A code point and those that differ from it only in case. */
function casesOf(code: number): readonly number[] {
  const text = String.fromCodePoint(code);
  const all = [code];
  for (const other of [text.toLowerCase(), text.toUpperCase()]) {
    const first = other.codePointAt(0)!;
    if (first !== code && String.fromCodePoint(first) === other) all.push(first);
  }
  if (code === 0x4b || code === 0x6b) all.push(KELVIN);
  if (code === 0x53 || code === 0x73) all.push(LONG_S);
  return all;
}

const PERL: Readonly<Record<string, readonly number[]>> = {
  d: [0x30, 0x39],
  s: [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20],
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
};
const POSIX: Readonly<Record<string, readonly number[]>> = {
  alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
  alpha: [0x41, 0x5a, 0x61, 0x7a],
  ascii: [0, 0x7f],
  blank: [0x09, 0x09, 0x20, 0x20],
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: [0x30, 0x39],
  graph: [0x21, 0x7e],
  lower: [0x61, 0x7a],
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [0x09, 0x0d, 0x20, 0x20],
  upper: [0x41, 0x5a],
  word: PERL.w!,
  xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
};
const CODE_MAX = 0x10ffff;

/** All code points that the ranges, which are in order, leave out. */
function others(ranges: readonly number[]): number[] {
  const result: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i]! > next) result.push(next, ranges[i]! - 1);
    next = ranges[i + 1]! + 1;
  }
  result.push(next, CODE_MAX);
  return result;
}

/** The ranges of `\d`, `\S`, …, or undefined for another letter. */
export function perlRanges(letter: string): readonly number[] | undefined {
  const ranges = PERL[letter.toLowerCase()];
  return ranges && (letter === letter.toLowerCase() ? ranges : others(ranges));
}

/** The ranges of `[:alpha:]`, `[:^alpha:]`, …, or undefined for another name. */
export function posixRanges(name: string): readonly number[] | undefined {
  const ranges = Object.hasOwn(POSIX, name.replace('^', ''))
    ? POSIX[name.replace('^', '')]
    : undefined;
  return ranges && (name.startsWith('^') ? others(ranges) : ranges);
}

const CATEGORY = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

/** What one character of a Unicode class matches: a category, a script, or `Any`. */
export function unicodeClass(name: string, isNegated: boolean): RegExp | undefined {
  const letter = isNegated ? 'P' : 'p';
  if (name === 'Any') return isNegated ? /(?!)/ : /^/;
  try {
    if (CATEGORY.test(name)) return new RegExp(`^\\${letter}{${name}}$`, 'u');
    return new RegExp(`^\\${letter}{Script=${name}}$`, 'u');
  } catch {
    return undefined;
  }
}
