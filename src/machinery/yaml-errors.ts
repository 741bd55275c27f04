import { DecodeError } from './decode-error.ts';
import { quote } from './quote.ts';
import { numberText } from './yaml-scalars.ts';

/** A failure as yaml.v2 words it. */
export const failure = (problem: string): DecodeError => new DecodeError(`yaml: ${problem}`);

/** The number of the line in which an offset stands, from 0. */
export function lineOf(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** What our parser found, and where. */
interface Problem {
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** How libyaml would have put it. */
interface Wording {
  readonly pattern: RegExp;
  readonly when?: (text: string, offset: number) => boolean;
  readonly words: string;
  /** Where libyaml would have stopped, as the line from 0; where the problem is, unless said. */
  readonly line?: (text: string, offset: number) => number;
  /** Found by libyaml's scanner, which counts lines from 1. Its parser counts from 0. */
  readonly byScanner?: boolean;
}

/** libyaml ends every text with a line break. */
const lastLine = (text: string): number =>
  lineOf(text, text.length) + (text.endsWith('\n') ? 0 : 1);

const nextLine = (text: string, offset: number): number => lineOf(text, offset) + 1;

const lineOrLast = (text: string, offset: number): number =>
  text.slice(offset).trim() === '' ? lastLine(text) : lineOf(text, offset);

/** The line of the next colon that could end a key. */
function lineOfColon(text: string, offset: number): number {
  const found = text.slice(offset).search(/:(?:\s|$)/);
  return lineOf(text, offset + Math.max(found, 0));
}

const wantsNode = (text: string, offset: number): boolean =>
  /[[{,]\s*$/.test(text.slice(0, offset));

const isListEntry = (text: string, offset: number): boolean => text[offset] === '-';

const isAfterText = (text: string, offset: number): boolean =>
  /[^\s:-]\s*$/.test(text.slice(0, offset));

/** Whether a key has to stand here: others of the same map stand above it. */
function isBesideKeys(text: string, offset: number): boolean {
  const lines = text.slice(0, offset).split('\n');
  const before = lines.pop()!;
  if (!/^ *(?:- +)*$/.test(before)) return false;
  for (const line of lines.reverse()) {
    const [, spaces = '', dashes = ''] = /^( *)((?:- +)*)/.exec(line)!;
    if (/^\s*(?:#|$)/.test(line) || spaces.length > before.length) continue;
    return spaces.length + dashes.length === before.length;
  }
  return false;
}

const wantsValue = (text: string, offset: number): boolean =>
  /[:,[{-]\s*$/.test(text.slice(0, offset)) && !isBesideKeys(text, offset);

const startsNoToken = (text: string, offset: number): boolean =>
  '`@%'.includes(text[offset] ?? ' ');

const NO_TOKEN = 'found character that cannot start any token';

/** The first that fits counts. */
const WORDINGS: readonly Wording[] = [
  {
    pattern: /end with a [\]}]/,
    when: wantsNode,
    words: 'did not find expected node content',
    line: lineOrLast,
  },
  { pattern: /end with a ]/, words: "did not find expected ',' or ']'", line: lineOrLast },
  { pattern: /end with a }/, words: "did not find expected ',' or '}'", line: lineOrLast },
  {
    pattern: /of flow sequence pairs/,
    words: "did not find expected ',' or ']'",
    line: lineOfColon,
  },
  {
    pattern: /^Nested mappings|^Implicit keys/,
    when: isListEntry,
    words: 'did not find expected key',
  },
  {
    pattern: /^Implicit keys/,
    when: isBesideKeys,
    words: "could not find expected ':'",
    line: lineOfColon,
    byScanner: true,
  },
  {
    pattern: /^Nested mappings|^Implicit keys/,
    words: 'mapping values are not allowed in this context',
    line: lineOfColon,
    byScanner: true,
  },
  {
    pattern: /followed by map values/,
    words: "could not find expected ':'",
    line: nextLine,
    byScanner: true,
  },
  {
    pattern: /^Missing closing/,
    words: 'found unexpected end of stream',
    line: lastLine,
    byScanner: true,
  },
  {
    pattern: /^Tabs/,
    when: isAfterText,
    words: 'found a tab character that violates indentation',
    byScanner: true,
  },
  { pattern: /^Tabs|^Plain value cannot start/, words: NO_TOKEN, byScanner: true },
  { pattern: /^Invalid escape/, words: 'found unknown escape character', byScanner: true },
  { pattern: /^Unknown directive/, words: 'found unknown directive name', byScanner: true },
  {
    pattern: /^Unexpected block-seq-ind/,
    words: 'block sequence entries are not allowed in this context',
    byScanner: true,
  },
  {
    pattern: /^Block scalar header/,
    words: 'did not find expected comment or line break',
    byScanner: true,
  },
  {
    pattern: /^(?:Alias|Anchor) cannot be/,
    words: 'did not find expected alphabetic or numeric character',
    byScanner: true,
  },
  {
    pattern: /^Tags and anchors must/,
    words: 'did not find expected whitespace or line break',
    byScanner: true,
  },
  { pattern: /between flow sequence items/, words: "did not find expected ',' or ']'" },
  {
    pattern: /between flow map items|^Block collections are not/,
    words: "did not find expected ',' or '}'",
  },
  { pattern: /without - indicator/, words: "did not find expected '-' indicator" },
  {
    pattern: /same column|^Unexpected/,
    when: startsNoToken,
    words: NO_TOKEN,
    byScanner: true,
  },
  {
    pattern: /^Unexpected (?:comma|flow-(?:map|seq)-end)/,
    when: wantsValue,
    words: 'did not find expected node content',
  },
  { pattern: /same column|^Unexpected|^A block sequence/, words: 'did not find expected key' },
];

/** The error for text that isn't YAML, in the words of libyaml where they are known. */
export function syntaxError({ message, pos: [offset] }: Problem, text: string): DecodeError {
  const found = WORDINGS.find(
    ({ pattern, when }) => pattern.test(message) && (when === undefined || when(text, offset)),
  );
  if (!found) return failure(message);
  const line = (found.line ?? lineOf)(text, offset);
  if (line === 0) return failure(found.words); // It doesn't say so of the first line.
  return failure(`line ${found.byScanner ? line + 1 : line}: ${found.words}`);
}

/** A value in Go's own syntax, as `%#v` prints it. */
export function goSyntax(value: unknown): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  const entries = Object.entries(value).map(([key, part]) => `${quote(key)}:${goSyntax(part)}`);
  return `map[interface {}]interface {}{${entries.join(', ')}}`;
}
