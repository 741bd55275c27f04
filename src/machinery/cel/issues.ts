/** Something wrong with an expression, and where: line from 1 on, column from 0 on. */
export interface Issue {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** The place of something without one. */
export const NOWHERE = -1;

const SNIPPET_MAX = 16_384;
const WIDE = /\P{ASCII}/u;

/** An expression's text, which knows lines and columns. */
export class Source {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Describes what is wrong at an offset, counted in UTF-16 units. */
  issue(message: string, offset: number): Issue {
    if (offset === NOWHERE) return { message, line: -1, column: -1 };
    const before = this.text.slice(0, offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    return { message, line, column: [...before.slice(lineStart)].length };
  }

  /** `ERROR: <input>:1:6: …`, the line, and a mark below the place. */
  print({ message, line, column }: Issue): string {
    const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
    const text = line < 1 ? undefined : this.text.split('\n')[line - 1];
    if (text === undefined || text.length > SNIPPET_MAX) return head;
    const shown = text.replaceAll('\t', ' ');
    const characters = [...shown];
    const dots = characters.slice(0, column).map((each) => (WIDE.test(each) ? '\uff0e' : '.'));
    const mark = WIDE.test(characters[column] ?? '') ? '\uff3e' : '^';
    return `${head}\n | ${shown}\n | ${dots.join('')}${mark}`;
  }
}
