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
  /** Where each line starts. */
  #starts: readonly number[] | undefined;
  /** How many surrogate pairs end at or before each place; undefined if there are none. */
  #pairs: Uint32Array | undefined;
  #lines: readonly string[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Describes what is wrong at an offset, counted in UTF-16 units. There may be thousands. */
  issue(message: string, offset: number): Issue {
    if (offset === NOWHERE) return { message, line: -1, column: -1 };
    this.#starts ??= this.#measure();
    const index = lastUpTo(this.#starts, offset);
    const start = this.#starts[index]!;
    const pairs = this.#pairs ? this.#pairs[offset]! - this.#pairs[start]! : 0;
    return { message, line: index + 1, column: offset - start - pairs };
  }

  #measure(): number[] {
    const starts = [0];
    for (let i = this.text.indexOf('\n'); i >= 0; i = this.text.indexOf('\n', i + 1)) {
      starts.push(i + 1);
    }
    if (!/[\ud800-\udbff]/.test(this.text)) return starts;
    const pairs = new Uint32Array(this.text.length + 1);
    for (let i = 1; i <= this.text.length; i++) {
      const isPair = i > 1 && this.text.codePointAt(i - 2)! > 0xffff;
      pairs[i] = pairs[i - 1]! + (isPair ? 1 : 0);
    }
    this.#pairs = pairs;
    return starts;
  }

  /** `ERROR: <input>:1:6: …`, the line, and a mark below the place. */
  print({ message, line, column }: Issue): string {
    const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
    this.#lines ??= this.text.split('\n');
    const text = this.#lines[line - 1];
    if (text === undefined || text.length > SNIPPET_MAX) return head;
    const shown = text.replaceAll('\t', ' ');
    const characters = [...shown];
    const dots = characters.slice(0, column).map((each) => (WIDE.test(each) ? '\uff0e' : '.'));
    const mark = WIDE.test(characters[column] ?? '') ? '\uff3e' : '^';
    return `${head}\n | ${shown}\n | ${dots.join('')}${mark}`;
  }
}

/** The index of the last number that isn't above the limit; the numbers are in order. */
function lastUpTo(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (numbers[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
