import type { Assertion } from './parse.ts';

/** No character: before the first and after the last one. */
export const NO_CODE = -1;

const isWord = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f;

/** Whether a condition holds between two characters. */
export function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'textStart':
      return before === NO_CODE;
    case 'textEnd':
      return after === NO_CODE;
    case 'lineStart':
      return before === NO_CODE || before === 0x0a;
    case 'lineEnd':
      return after === NO_CODE || after === 0x0a;
    case 'word':
      return isWord(before) !== isWord(after);
    case 'notWord':
      return isWord(before) === isWord(after);
  }
}
