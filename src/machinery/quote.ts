/**
 * How answers print values. Kubernetes' messages are part of its API and carry Go's forms of
 * quoting, so these follow `strconv.Quote` and `encoding/json` to the letter.
 */

// What a reader sees as itself: letters, marks, numbers, punctuation, symbols, the plain space.
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const NEEDS_ESCAPE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

function escaped(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** Text in double quotes, with what can't be printed escaped: the form of `%q`. */
export const quote = (text: string): string => `"${text.replace(NEEDS_ESCAPE, escaped)}"`;

/** `[]string{"a", "b"}`: how some messages print a list of texts. */
export const quoteList = (texts: readonly string[]): string =>
  `[]string{${texts.map(quote).join(', ')}}`;

/** Whether every character of the text is visible or the plain space. */
export const isPrintable = (text: string): boolean => !UNPRINTABLE.test(text);

/** The first character that can't be printed, as `U+0007`, and its place in bytes. */
export function firstUnprintable(text: string): { character: string; byte: number } | undefined {
  const found = UNPRINTABLE.exec(text);
  if (!found) return undefined;
  const character = `U+${hex(found[0].codePointAt(0)!, 4).toUpperCase()}`;
  return { character, byte: Buffer.byteLength(text.slice(0, found.index)) };
}

const HTML_ESCAPES = /[<>&\u2028\u2029]/g;

/** JSON as Go writes it: `<`, `>` and `&` escaped, keys in the order they stand. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    HTML_ESCAPES,
    (character) => `\\u${hex(character.charCodeAt(0), 4)}`,
  );

/** The same map with its keys sorted, as messages print maps. */
export function sortedByKey<T>(
  map: Readonly<Record<string, T>> | undefined,
): Record<string, T> | null {
  if (map === undefined || map === null) return null;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
