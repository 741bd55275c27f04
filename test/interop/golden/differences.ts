import { isDeepStrictEqual } from 'node:util';

/** One place in which an answer isn't as recorded. */
export interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Descriptions are prose of their own on each side; no client goes by them. */
const IGNORED = 'description';

/** All places in which two values differ, except in descriptions. */
export function differences(expected: unknown, actual: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (!isPair(expected, actual)) return [{ path, expected, actual }];
  const [wanted, got] = [expected, actual] as [Record<string, unknown>, Record<string, unknown>];
  const keys = new Set([...Object.keys(wanted), ...Object.keys(got)]);
  keys.delete(IGNORED);
  const isList = Array.isArray(expected);
  return [...keys].flatMap((key) =>
    differences(wanted[key], got[key], isList ? `${path}[${key}]` : `${path}.${key}`),
  );
}

const isPair = (a: unknown, b: unknown): boolean =>
  typeof a === 'object' &&
  typeof b === 'object' &&
  a !== null &&
  b !== null &&
  Array.isArray(a) === Array.isArray(b);

/** For people: at most a few lines a difference. */
export const told = ({ path, expected, actual }: Difference): string =>
  `${path || '.'}\n  expected ${shown(expected)}\n  actual   ${shown(actual)}`;

function shown(value: unknown): string {
  const text = value === undefined ? '(absent)' : JSON.stringify(value);
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
