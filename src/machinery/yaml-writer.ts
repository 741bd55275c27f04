import { isPlainText, numberText } from './yaml-scalars.ts';

/**
 * YAML in the form of Go's yaml.v2: keys in natural order, two spaces a level, lists not indented
 * below their key, text plain where it can be, long lines folded after 80 columns.
 */
export function toYaml(value: unknown): string {
  const writer = new YamlWriter();
  writer.root(value);
  return writer.text;
}

const WIDTH = 80;
const INDENT = 2;
const KEY_LENGTH_MAX = 128;

class YamlWriter {
  text = '';
  #column = 0;
  /** The line has just a `-` or `:` so far, after which an entry may begin. */
  #isOpen = false;

  root(value: unknown): void {
    if (isFilled(value)) this.#collection(value, 0);
    else this.#scalar(value, INDENT);
    if (this.#column > 0) this.#break();
  }

  /** A list or map whose entries begin in column `indent`, the first one right here if it can. */
  #collection(value: object, indent: number): void {
    if (Array.isArray(value)) this.#list(value, indent);
    else this.#map(value as Readonly<Record<string, unknown>>, indent);
  }

  #list(list: readonly unknown[], indent: number): void {
    for (const element of list) {
      this.#startLine(indent);
      this.#put('-');
      this.#inline(element, indent + INDENT);
    }
  }

  #map(map: Readonly<Record<string, unknown>>, indent: number): void {
    for (const key of Object.keys(map).sort(compareNaturally)) {
      this.#startLine(indent);
      const isComplex = isMultiline(key) || Buffer.byteLength(key) > KEY_LENGTH_MAX;
      if (isComplex) this.#complexEntry(key, map[key], indent);
      else this.#entry(key, map[key], indent);
    }
  }

  #entry(key: string, value: unknown, indent: number): void {
    this.#styled(key, styleOf(key, true), { indent, folds: false });
    this.#put(':');
    if (isFilled(value)) {
      // A list begins in the column of its key.
      this.#collection(value, Array.isArray(value) ? indent : indent + INDENT);
      return;
    }
    this.#put(' ');
    this.#scalar(value, indent + INDENT);
  }

  /** A key that is long or has several lines. */
  #complexEntry(key: string, value: unknown, indent: number): void {
    this.#put('? ');
    this.#scalar(key, indent + INDENT);
    this.#startLine(indent);
    this.#put(':');
    this.#inline(value, indent + INDENT);
  }

  /** A value after a `-` or `:` that stands alone. */
  #inline(value: unknown, indent: number): void {
    if (isFilled(value)) {
      this.#isOpen = true;
      this.#collection(value, indent);
      return;
    }
    this.#put(' ');
    this.#scalar(value, indent);
  }

  /** A value on the line that has begun. Where it needs more lines, they begin at `indent`. */
  #scalar(value: unknown, indent: number): void {
    if (typeof value === 'string') {
      return this.#styled(value, styleOf(value, false), { indent, folds: true });
    }
    if (typeof value === 'number') return this.#put(numberText(value));
    if (typeof value === 'object' && value !== null) {
      return this.#put(Array.isArray(value) ? '[]' : '{}');
    }
    this.#put(String(value ?? null));
  }

  #styled(text: string, style: Style, layout: { indent: number; folds: boolean }): void {
    if (style === 'literal') return this.#literal(text, layout.indent);
    const quote = { plain: '', single: "'", double: '"' }[style];
    this.#put(quote);
    const escaped = ESCAPES[style];
    this.#flow(text, escaped, style, layout);
    this.#put(quote);
  }

  /** Writes text character by character, and breaks lines at single spaces beyond the width. */
  #flow(
    text: string,
    escaped: (character: string) => string,
    style: Style,
    { indent, folds }: { indent: number; folds: boolean },
  ): void {
    const characters = [...text];
    let afterSpace = false;
    characters.forEach((character, index) => {
      const isSpace = character === ' ';
      const next = characters[index + 1];
      const isInside = index > 0 && next !== undefined;
      if (isSpace && folds && !afterSpace && this.#column > WIDTH && isInside) {
        if (style === 'double' || next !== ' ') {
          this.#startLine(indent);
          if (next === ' ') this.#put('\\');
          afterSpace = true;
          return;
        }
      }
      this.#put(escaped(character));
      afterSpace = isSpace;
    });
  }

  #literal(text: string, indent: number): void {
    const startsBlank = /^[ \n\u0085\u2028\u2029]/.test(text);
    const ending = /\n*$/.exec(text)![0].length;
    const chomping = ending === 0 ? '-' : ending > 1 || text.length === 1 ? '+' : '';
    this.#put(`|${startsBlank ? INDENT : ''}${chomping}`);
    this.#break();
    const lines = text.split('\n');
    if (ending > 0) lines.pop();
    lines.forEach((line, index) => {
      if (line !== '') this.#put(' '.repeat(indent) + line);
      if (index < lines.length - 1 || ending > 0) this.#break();
    });
  }

  #startLine(indent: number): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#put(' '.repeat(indent - this.#column));
      return;
    }
    if (this.#column > 0) this.#break();
    this.#put(' '.repeat(indent));
  }

  #put(text: string): void {
    this.text += text;
    this.#column += text.length;
  }

  #break(): void {
    this.text += '\n';
    this.#column = 0;
  }
}

const isFilled = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0);

type Style = 'plain' | 'single' | 'double' | 'literal';

const BREAKS = /[\r\n\u0085\u2028\u2029]/;
const isMultiline = (text: string): boolean => BREAKS.test(text);

/** The plainest style that keeps the text as it is. */
function styleOf(text: string, isKey: boolean): Style {
  if (text === '') return 'double';
  const special = UNPRINTABLE.test(text) || / [\n\u0085\u2028\u2029]/.test(text);
  if (text.includes('\n')) {
    return isKey || special || text.endsWith(' ') ? 'double' : 'literal';
  }
  if (!isPlainText(text) || special) return 'double';
  if (isMultiline(text)) return /[\u0085\u2028\u2029] /.test(text) ? 'double' : 'single';
  return NOT_PLAIN.test(text) ? 'single' : 'plain';
}

// All that is beyond the basic plane counts as unprintable, and so do tabs.
const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
// Leading and trailing spaces, indicators at the start, `: ` and ` #` within, document marks.
const NOT_PLAIN = /^ | $|^[#,[\]{}&*!|>'"%@`]|^[?:-](?: |$)|:(?: |$)| #|^---|^\.\.\./;

const ESCAPES: Readonly<Record<Style, (character: string) => string>> = {
  plain: (character) => character,
  literal: (character) => character,
  single: (character) => (character === "'" ? "''" : character),
  double: escapeDouble,
};

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function escapeDouble(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  if (!UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0)!;
  const hex = (digits: number): string => code.toString(16).toUpperCase().padStart(digits, '0');
  if (code <= 0xff) return `\\x${hex(2)}`;
  return code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

/** Orders keys as yaml.v2 does: numbers in them by value, letters after everything else. */
function compareNaturally(a: string, b: string): number {
  const [as, bs] = [[...a], [...b]];
  const length = Math.min(as.length, bs.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [as[i]!, bs[i]!];
    if (x === y) continue;
    const [isLetterX, isLetterY] = [LETTER.test(x), LETTER.test(y)];
    if (isLetterX && isLetterY) return x.codePointAt(0)! - y.codePointAt(0)!;
    if (isLetterX || isLetterY) return isLetterY ? -1 : 1;
    return compareNumbers(as, bs, i) || x.codePointAt(0)! - y.codePointAt(0)!;
  }
  return as.length - bs.length;
}

function compareNumbers(a: readonly string[], b: readonly string[], from: number): number {
  // A digit after others is part of their number, so that leading zeros count for what they are.
  let isWithinNumber = false;
  if (a[from] === '0' || b[from] === '0') {
    for (let i = from - 1; i >= 0 && DIGIT.test(a[i]!); i--) {
      if (a[i] !== '0') {
        isWithinNumber = true;
        break;
      }
    }
  }
  const x = readDigits(a, from, isWithinNumber);
  const y = readDigits(b, from, isWithinNumber);
  if (x.value !== y.value) return x.value < y.value ? -1 : 1;
  return x.end - y.end;
}

function readDigits(
  characters: readonly string[],
  from: number,
  isWithinNumber: boolean,
): { value: bigint; end: number } {
  let end = from;
  while (end < characters.length && DIGIT.test(characters[end]!)) end++;
  const digits = characters
    .slice(from, end)
    .map((digit) => (digit >= '0' && digit <= '9' ? digit : '0'));
  return { value: BigInt((isWithinNumber ? '1' : '') + digits.join('') || '0'), end };
}
