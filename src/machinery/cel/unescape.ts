const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The text of a literal can't be read. */
export class EscapeError extends Error {
  override readonly name = 'EscapeError';
}

interface Body {
  readonly text: string;
  readonly isRaw: boolean;
}

/** The inner part of a literal, whose outer form the lexer has checked. */
function bodyOf(literal: string): Body {
  const isRaw = /^[rR]/.test(literal);
  const text = isRaw ? literal.slice(1) : literal;
  const quotes = /^(?:"""|''')/.test(text) && text.length >= 6 ? 3 : 1;
  return { text: text.slice(quotes, -quotes), isRaw };
}

const ESCAPES =
  /\\(?:([xX])([\da-fA-F]{2})|(u)([\da-fA-F]{4})|(U)([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;

function characterOf(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new EscapeError('invalid unicode code point');
  }
  return String.fromCodePoint(code);
}

/** What a string literal means, with its quotes and prefix. Throws EscapeError. */
export function unescapeString(literal: string): string {
  const { text, isRaw } = bodyOf(literal);
  if (isRaw || !text.includes('\\')) return text;
  return text.replace(ESCAPES, (_, _x, hex2, _u, hex4, _U, hex8, octal, other) => {
    if (octal !== undefined) return characterOf(Number.parseInt(octal, 8));
    const hex = hex2 ?? hex4 ?? hex8;
    return hex === undefined ? (SIMPLE[other] ?? other) : characterOf(Number.parseInt(hex, 16));
  });
}

/** What a bytes literal means, with its quotes and without its `b`. Throws EscapeError. */
export function unescapeBytes(literal: string): Uint8Array {
  const { text, isRaw } = bodyOf(literal);
  if (isRaw || !text.includes('\\')) return Buffer.from(text);
  const parts: Buffer[] = [];
  let end = 0;
  for (const found of text.matchAll(ESCAPES)) {
    parts.push(Buffer.from(text.slice(end, found.index)));
    end = found.index + found[0].length;
    const [, , hex2, unicode, , long, , octal, other] = found;
    if (unicode || long) throw new EscapeError('unable to unescape string');
    if (hex2) parts.push(Buffer.from([Number.parseInt(hex2, 16)]));
    else if (octal) parts.push(Buffer.from([Number.parseInt(octal, 8)]));
    else parts.push(Buffer.from(SIMPLE[other!] ?? other!));
  }
  parts.push(Buffer.from(text.slice(end)));
  return new Uint8Array(Buffer.concat(parts));
}
