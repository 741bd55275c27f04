import type { EscapeChar } from './containerfile-lines.ts';

/** The variables that a place in a Containerfile can see. */
export type Variables = ReadonlyMap<string, string>;

export interface ExpandOptions {
  readonly variables: Variables;
  readonly escapeChar: EscapeChar;
}

/** A word can't be expanded: a quote or brace that isn't closed, an unset `${X:?why}`. */
export class ExpandError extends Error {
  override readonly name = 'ExpandError';
}

/**
 * Replaces `$name`, `${name}` and the forms `:-`, `-`, `:+`, `+`, `:?`, `?` in a word, and removes
 * its quotes and escapes. Nothing is replaced in single quotes. Unset variables are empty.
 */
export function expand(word: string, options: ExpandOptions): string {
  return new Expander(word, options).run();
}

class Expander {
  readonly #text: string;
  readonly #options: ExpandOptions;
  #at = 0;

  constructor(text: string, options: ExpandOptions) {
    this.#text = text;
    this.#options = options;
  }

  run(): string {
    let result = '';
    while (this.#at < this.#text.length) result += this.#next();
    return result;
  }

  #next(): string {
    const char = this.#text[this.#at]!;
    if (char === "'") return this.#singleQuoted();
    if (char === '"') return this.#doubleQuoted();
    if (char === '$') return this.#variable();
    this.#at++;
    if (char !== this.#options.escapeChar) return char;
    return this.#text[this.#at++] ?? '';
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw new ExpandError("a ' is not closed");
    const inner = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inner;
  }

  #doubleQuoted(): string {
    let result = '';
    this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new ExpandError('a " is not closed');
      if (char === '"') break;
      if (char === '$') result += this.#variable();
      else result += this.#quotedCharacter(char);
    }
    this.#at++;
    return result;
  }

  /** In double quotes an escape keeps its meaning only before what would otherwise be special. */
  #quotedCharacter(char: string): string {
    this.#at++;
    if (char !== this.#options.escapeChar) return char;
    const next = this.#text[this.#at];
    if (next === undefined) return char;
    this.#at++;
    return next === '"' || next === '$' || next === this.#options.escapeChar ? next : char + next;
  }

  #variable(): string {
    this.#at++;
    if (this.#text[this.#at] === '{') return this.#braced();
    const [name] = this.#text.slice(this.#at).match(/^([a-zA-Z_][a-zA-Z0-9_]*|[0-9@*#?!-])/) ?? [];
    if (name === undefined) return '$';
    this.#at += name.length;
    return this.#options.variables.get(name) ?? '';
  }

  #braced(): string {
    const body = this.#bracedBody();
    const [, name, operator, operand = ''] =
      body.match(/^([a-zA-Z_][a-zA-Z0-9_]*|[0-9@*#?!-])(?:(:?[-+?])([\s\S]*))?$/) ?? [];
    if (name === undefined) throw new ExpandError(`\${${body}} is not supported`);
    const value = this.#options.variables.get(name);
    const isSet = operator?.startsWith(':') ? !!value : value !== undefined;
    switch (operator?.at(-1)) {
      case '-':
        return isSet ? value! : expand(operand, this.#options);
      case '+':
        return isSet ? expand(operand, this.#options) : '';
      case '?':
        if (!isSet) throw new ExpandError(`${name}: ${operand || 'not set'}`);
    }
    return value ?? '';
  }

  #bracedBody(): string {
    const start = this.#at + 1;
    for (let depth = 0, i = this.#at; i < this.#text.length; i++) {
      if (this.#text[i] === '{') depth++;
      if (this.#text[i] === '}' && --depth === 0) {
        this.#at = i + 1;
        return this.#text.slice(start, i);
      }
    }
    throw new ExpandError('a ${ is not closed');
  }
}

/** Splits at white space, but not within quotes or after an escape. Quotes and escapes stay. */
export function splitWords(text: string, escapeChar: EscapeChar): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (!quote && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word = (word ?? '') + char;
    if (char === escapeChar && quote !== "'" && i + 1 < text.length) word += text[++i];
    else if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
  }
  if (quote) throw new ExpandError(`a ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}
