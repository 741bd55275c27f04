/** What is wrong with a text, one message a fault; empty when nothing is. */
export type Problems = readonly string[];

/** Checks the form of a text. */
export type TextCheck = (value: string) => Problems;

/** The answer when nothing is wrong. Shared, so that checking valid input allocates nothing. */
export const NO_PROBLEMS: Problems = Object.freeze([]);

/** Whether the text takes more than `max` bytes in UTF-8. */
export const isLongerThan = (value: string, max: number): boolean =>
  value.length > max || (value.length * 3 > max && Buffer.byteLength(value) > max);

// Two wordings of the same rule: the newer checks of label keys and values count bytes.
export const maxLengthProblem = (max: number): string => `must be no more than ${max} characters`;
export const maxBytesProblem = (max: number): string => `must be no more than ${max} bytes`;

export const rangeProblem = (min: number, max: number): string =>
  `must be between ${min} and ${max}, inclusive`;

/** A broken pattern in words, with the pattern and examples of what would match. */
export function patternProblem(
  words: string,
  pattern: string,
  examples: readonly string[] = [],
): string {
  const regex = `regex used for validation is '${pattern}'`;
  if (examples.length === 0) return `${words} (${regex})`;
  // The stray comma before `or` is part of the published text.
  return `${words} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}${regex})`;
}

/** A check of the whole text against a pattern, explained in words with examples. */
export function patternCheck(
  pattern: string,
  words: string,
  examples: readonly string[],
): TextCheck {
  const regex = new RegExp(`^(?:${pattern})$`);
  const problems: Problems = [patternProblem(words, pattern, examples)];
  return (value) => (regex.test(value) ? NO_PROBLEMS : problems);
}

/** Joins the findings of several checks. */
export function joinProblems(...all: readonly Problems[]): Problems {
  const found = all.filter((problems) => problems.length > 0);
  if (found.length === 0) return NO_PROBLEMS;
  return found.length === 1 ? found[0]! : found.flat();
}

/** The finding about a text's length in bytes, in the older wording. */
export const lengthProblems = (value: string, max: number): Problems =>
  isLongerThan(value, max) ? [maxLengthProblem(max)] : NO_PROBLEMS;
