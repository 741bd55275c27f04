import { itemsOf, listValue } from '../collections.ts';
import { type Overload, overload } from '../overload.ts';
import { CostExceeded } from '../run.ts';
import { CelError, type CelList, codePoints, noSuchOverload, type Value } from '../values.ts';
import { formatText } from './formatting.ts';

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`);

/** A text as its code points, of which indices count; most texts are just their UTF-16 units. */
const characters = (text: string): readonly string[] => [...text];
const hasSurrogates = (text: string): boolean => codePoints(text) !== text.length;

function charAt(text: string, index: bigint): Value {
  const all = hasSurrogates(text) ? characters(text) : text;
  if (index < 0n || index > BigInt(all.length)) return outOfRange(index);
  return all[Number(index)] ?? '';
}

/** Turns an offset in UTF-16 units into one in code points. */
const toIndex = (text: string, offset: number): bigint =>
  BigInt(offset <= 0 || !hasSurrogates(text) ? offset : characters(text.slice(0, offset)).length);
const toOffset = (text: string, index: bigint): number =>
  hasSurrogates(text)
    ? characters(text).slice(0, Number(index)).join('').length
    : Math.min(Number(index), text.length);

function indexOf(text: string, part: string, from = 0n): Value {
  if (part === '' && from === 0n) return 0n;
  if (from < 0n) return outOfRange(from);
  if (from > BigInt(text.length)) return -1n;
  return toIndex(text, text.indexOf(part, toOffset(text, from)));
}

function lastIndexOf(text: string, part: string, from?: bigint): Value {
  if (from === undefined) return toIndex(text, text.lastIndexOf(part));
  if (from < 0n) return outOfRange(from);
  if (from > BigInt(text.length)) return -1n;
  return toIndex(text, text.lastIndexOf(part, toOffset(text, from)));
}

function substring(text: string, start: bigint, end?: bigint): Value {
  const all = hasSurrogates(text) ? characters(text) : undefined;
  const length = BigInt(all?.length ?? text.length);
  const stop = end ?? length;
  if (end !== undefined && start > stop) {
    return new CelError(`invalid substring range. start: ${start}, end: ${stop}`);
  }
  if (start < 0n || start > length) return outOfRange(start);
  if (stop < 0n || stop > length) return outOfRange(stop);
  return all
    ? all.slice(Number(start), Number(stop)).join('')
    : text.slice(Number(start), Number(stop));
}

/** The text cut at a separator into at most `limit` parts, the last of which has the rest. */
function splitText(text: string, separator: string, limit: bigint): string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? [...characters(text)] : text.split(separator);
  const count = Number(limit);
  if (limit < 0n || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

// Replacing and joining may make far more text than their cost tells.
const LENGTH_MAX = 2 ** 26;

/** Throws CostExceeded if a text would be too long to make. */
function requireLength(length: number): void {
  if (length > LENGTH_MAX) throw new CostExceeded();
}

function replace(text: string, part: string, by: string, limit = -1n): Value {
  if (limit === 0n) return text;
  const most = part === '' ? text.length + 1 : text.length / part.length;
  if (most * by.length > LENGTH_MAX) {
    const found = part === '' ? most : text.split(part).length - 1;
    requireLength(Math.min(found, limit < 0n ? found : Number(limit)) * by.length);
  }
  if (limit < 0n && part !== '') return text.replaceAll(part, () => by);
  // With nothing to replace, something is put around every character.
  const parts = part === '' ? ['', ...characters(text), ''] : text.split(part);
  const count = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  return (
    parts.slice(0, count + 1).join(by) +
    parts
      .slice(count + 1)
      .map((each) => part + each)
      .join('')
  );
}

function joinTexts(list: CelList, separator = ''): Value {
  const items = itemsOf(list);
  requireLength(items.length * separator.length);
  return items.every((item) => typeof item === 'string') ? items.join(separator) : noSuchOverload();
}

const lower = (text: string): Value => text.replace(/[A-Z]/g, (each) => each.toLowerCase());
const upper = (text: string): Value => text.replace(/[a-z]/g, (each) => each.toUpperCase());
// JavaScript trims the byte order mark, and not the next line character.
const SPACE = String.raw`[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const ENDS = new RegExp(`^${SPACE}+|(?<!${SPACE})${SPACE}+$`, 'g');

const ESCAPES: ReadonlyMap<string, string> = new Map(
  [...'\x07\b\f\n\r\t\v\\"'].map((each, i) => [each, `\\${'abfnrtv\\"'[i]}`]),
);

/** A text in quotes with what isn't seen escaped, so that it could stand in an expression. */
const quoteText = (text: string): Value =>
  `"${Array.from(text.toWellFormed(), (each) => ESCAPES.get(each) ?? each).join('')}"`;

/** Functions of texts, of the standard and of the extension in the version that Kubernetes uses. */
export const stringFunctions: readonly Overload[] = [
  overload('contains', 'contains_string', 'string.(string) bool', (text: string, part: string) =>
    text.includes(part),
  ),
  overload('endsWith', 'ends_with_string', 'string.(string) bool', (text: string, end: string) =>
    text.endsWith(end),
  ),
  overload(
    'startsWith',
    'starts_with_string',
    'string.(string) bool',
    (text: string, start: string) => text.startsWith(start),
  ),
  overload('charAt', 'string_char_at_int', 'string.(int) string', charAt),
  overload('indexOf', 'string_index_of_string', 'string.(string) int', indexOf),
  overload('indexOf', 'string_index_of_string_int', 'string.(string, int) int', indexOf),
  overload('lastIndexOf', 'string_last_index_of_string', 'string.(string) int', lastIndexOf),
  overload(
    'lastIndexOf',
    'string_last_index_of_string_int',
    'string.(string, int) int',
    lastIndexOf,
  ),
  overload('join', 'list_join', 'list(string).() string', joinTexts),
  overload('join', 'list_join_string', 'list(string).(string) string', joinTexts),
  overload('lowerAscii', 'string_lower_ascii', 'string.() string', lower),
  overload('upperAscii', 'string_upper_ascii', 'string.() string', upper),
  overload('replace', 'string_replace_string_string', 'string.(string, string) string', replace),
  overload(
    'replace',
    'string_replace_string_string_int',
    'string.(string, string, int) string',
    replace,
  ),
  overload(
    'split',
    'string_split_string',
    'string.(string) list(string)',
    (text: string, separator: string) => listValue(splitText(text, separator, -1n)),
  ),
  overload(
    'split',
    'string_split_string_int',
    'string.(string, int) list(string)',
    (text: string, separator: string, limit: bigint) =>
      listValue(splitText(text, separator, limit)),
  ),
  overload('substring', 'string_substring_int', 'string.(int) string', substring),
  overload('substring', 'string_substring_int_int', 'string.(int, int) string', substring),
  overload('trim', 'string_trim', 'string.() string', (text: string) => text.replace(ENDS, '')),
  overload('format', 'string_format', 'string.(list(dyn)) string', formatText),
  overload('strings.quote', 'strings_quote', '(string) string', quoteText),
];
