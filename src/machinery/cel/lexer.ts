/** What a token can be, named as syntax errors name it. */
export type TokenKind =
  | 'NUM_FLOAT'
  | 'NUM_INT'
  | 'NUM_UINT'
  | 'STRING'
  | 'BYTES'
  | 'IDENTIFIER'
  | 'ESC_IDENTIFIER'
  | '<EOF>'
  // Words and signs stand for themselves, in quotes.
  | `'${string}'`;

/** A word of an expression. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Its first character, in UTF-16 units. */
  readonly at: number;
}

/** A place where no word could be read. */
export interface LexicalError {
  readonly at: number;
  readonly text: string;
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|[xX][\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-3][0-7]{2})`;
const quoted = (quote: string): string =>
  `${quote}${quote}${quote}(?:${ESCAPE}|[^\\\\])*?${quote}${quote}${quote}|` +
  `${quote}(?:${ESCAPE}|[^\\\\${quote}\\n\\r])*${quote}`;
const raw = (quote: string): string =>
  `[rR](?:${quote}${quote}${quote}[\\s\\S]*?${quote}${quote}${quote}|${quote}[^${quote}\\n\\r]*${quote})`;
const STRING = `(?:${raw('"')}|${raw("'")}|${quoted('"')}|${quoted("'")})`;

const RULES: readonly (readonly [TokenKind | undefined, string])[] = [
  [undefined, String.raw`[\t\n\f\r ]+|//[^\n]*`],
  ['STRING', STRING],
  ['BYTES', `[bB]${STRING}`],
  ['IDENTIFIER', '[A-Za-z_][A-Za-z0-9_]*'],
  ['NUM_FLOAT', String.raw`\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?`],
  ['NUM_UINT', String.raw`(?:0x[\da-fA-F]+|\d+)[uU]`],
  ['NUM_INT', String.raw`0x[\da-fA-F]+|\d+`],
  ['ESC_IDENTIFIER', '`[A-Za-z0-9_./ -]+`'],
  ["''", String.raw`[=!<>]=|&&|\|\||[<>\[\]{}().,!?:+*/%-]`],
];
const TOKEN = new RegExp(RULES.map(([, pattern]) => `(${pattern})`).join('|'), 'y');
const WORDS: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);

// How far a word goes before it turns out not to be one.
const HALF_ESCAPE = String.raw`(?:\\(?:[xX][\da-fA-F]?|u[\da-fA-F]{0,3}|U[\da-fA-F]{0,7}|[0-3][0-7]?)?)?`;
const broken = (quote: string): string =>
  `${quote}(?:${ESCAPE}|[^\\\\${quote}\\n\\r])*${HALF_ESCAPE}[\\s\\S]?`;
const BROKEN_STRING = new RegExp(
  `[bB]?[rR]?(?:"""[\\s\\S]*|'''[\\s\\S]*|${broken('"')}|${broken("'")})`,
  'y',
);
const BROKEN_SIGN = /[=&|][\s\S]?|`[A-Za-z0-9_./ -]*[\s\S]?/y;

function brokenAt(text: string, at: number): string {
  for (const pattern of [BROKEN_STRING, BROKEN_SIGN]) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return found[0];
  }
  return String.fromCodePoint(text.codePointAt(at)!);
}

function kindOf(rule: TokenKind, text: string): TokenKind {
  if (rule === "''" || (rule === 'IDENTIFIER' && WORDS.has(text))) return `'${text}'`;
  return rule;
}

/** Splits an expression into words, the last of which is its end, and tells what is none. */
export function tokenize(text: string): { tokens: Token[]; errors: LexicalError[] } {
  const tokens: Token[] = [];
  const errors: LexicalError[] = [];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) {
      const broken = brokenAt(text, at);
      errors.push({ at, text: broken });
      at += broken.length;
      continue;
    }
    const rule = RULES[found.findIndex((group, i) => i > 0 && group !== undefined) - 1]![0];
    if (rule) tokens.push({ kind: kindOf(rule, found[0]), text: found[0], at });
    at += found[0].length;
  }
  tokens.push({ kind: '<EOF>', text: '<EOF>', at: text.length });
  return { tokens, errors };
}
