import { DecodeError } from './decode-error.ts';
import type { DoubledKey, ParsedJson } from './json-text.ts';
import { setMember } from './member.ts';
import { quote } from './quote.ts';

/**
 * Parses JSON text one character at a time: to name what is wrong with it in the words of Go's
 * scanner, and to find doubled keys. Throws DecodeError. The caller has bounded the depth.
 */
export function parseJsonSlowly(text: string): ParsedJson {
  return new JsonParser(text).parse();
}

const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const ESCAPES = new Set('"\\/bfnrt');

class JsonParser {
  readonly #text: string;
  readonly #duplicates = new Map<object, DoubledKey[]>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ParsedJson {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return { value, duplicates: this.#duplicates.size > 0 ? this.#duplicates : undefined };
  }

  #value(): unknown {
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (next === '{') return this.#object();
    if (next === '[') return this.#list();
    if (next === '"') return this.#string();
    if (next !== undefined && (next === '-' || isDigit(next))) return this.#number();
    for (const [word, value] of WORDS) if (next === word[0]) return this.#word(word, value);
    throw this.#unexpected('looking for beginning of value');
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    let keys = 0;
    this.#at++;
    this.#skipSpace();
    if (this.#take('}')) return object;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') {
        throw this.#unexpected('looking for beginning of object key string');
      }
      const key = this.#string();
      this.#skipSpace();
      if (!this.#take(':')) throw this.#unexpected('after object key');
      const value = this.#value();
      if (Object.hasOwn(object, key)) this.#double(object, key, keys);
      else keys++;
      setMember(object, key, value);
      this.#skipSpace();
      if (this.#take('}')) return object;
      if (!this.#take(',')) throw this.#unexpected('after object key:value pair');
    }
  }

  #double(object: object, name: string, after: number): void {
    const doubled = this.#duplicates.get(object);
    if (doubled) doubled.push({ name, after });
    else this.#duplicates.set(object, [{ name, after }]);
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.#at++;
    this.#skipSpace();
    if (this.#take(']')) return list;
    for (;;) {
      list.push(this.#value());
      this.#skipSpace();
      if (this.#take(']')) return list;
      if (!this.#take(',')) throw this.#unexpected('after array element');
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next < ' ') throw this.#unexpected('in string literal');
      this.#at++;
      if (next === '"') return JSON.parse(this.#text.slice(start, this.#at)) as string;
      if (next === '\\') this.#escape();
    }
  }

  #escape(): void {
    const next = this.#text[this.#at];
    if (next !== 'u') {
      if (next === undefined || !ESCAPES.has(next)) throw this.#unexpected('in string escape code');
      this.#at++;
      return;
    }
    this.#at++;
    for (let digits = 0; digits < 4; digits++, this.#at++) {
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? '')) {
        throw this.#unexpected('in \\u hexadecimal character escape');
      }
    }
  }

  #number(): number {
    const start = this.#at;
    this.#take('-');
    if (!this.#take('0')) this.#digits('in numeric literal');
    if (this.#take('.')) this.#digits('after decimal point in numeric literal');
    if (this.#take('e') || this.#take('E')) {
      if (!this.#take('+')) this.#take('-');
      this.#digits('in exponent of numeric literal');
    }
    return Number(this.#text.slice(start, this.#at));
  }

  #digits(where: string): void {
    if (!isDigit(this.#text[this.#at])) throw this.#unexpected(where);
    while (isDigit(this.#text[this.#at])) this.#at++;
  }

  #word(word: string, value: unknown): unknown {
    for (const letter of word) {
      if (!this.#take(letter)) {
        throw this.#unexpected(`in literal ${word} (expecting '${letter}')`);
      }
    }
    return value;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #unexpected(where: string): DecodeError {
    const next = this.#text.codePointAt(this.#at);
    if (next === undefined) return new DecodeError('unexpected end of JSON input');
    return new DecodeError(`invalid character ${quotedByte(next)} ${where}`);
  }
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= '0' && character <= '9';

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13;

/** Go looks at bytes: of a character beyond ASCII it shows the first byte as if it were one. */
function quotedByte(code: number): string {
  if (code === 39) return "'\\''";
  if (code === 34) return `'"'`;
  const byte = Buffer.from(String.fromCodePoint(code))[0]!;
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
