import { RegexError } from '../../regex/parse.ts';
import { type Regex, regexOf } from '../../regex/regex.ts';
import { listValue } from '../collections.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, isError, type Value } from '../values.ts';

/** The regular expression, or what is wrong with it. */
export function compiled(pattern: string): Regex | CelError {
  try {
    return regexOf(pattern);
  } catch (error) {
    if (error instanceof RegexError) return new CelError(error.message);
    throw error;
  }
}

const isBad = (regex: Regex | CelError): regex is CelError => isError(regex as CelError);

function matches(text: string, pattern: string): Value {
  const regex = compiled(pattern);
  return isBad(regex) ? regex : regex.test(text);
}

const illegal = ({ message }: CelError): CelError => new CelError(`Illegal regex: ${message}`);

function find(text: string, pattern: string): Value {
  const regex = compiled(pattern);
  if (isBad(regex)) return illegal(regex);
  const found = regex.find(text);
  return found ? text.slice(found.start, found.end) : '';
}

function findAll(text: string, pattern: string, limit = -1n): Value {
  const regex = compiled(pattern);
  if (isBad(regex)) return illegal(regex);
  const most = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  return listValue(regex.findAll(text, most).map(({ start, end }) => text.slice(start, end)));
}

/** Functions that take a regular expression, in the syntax and with the bounds of RE2. */
export const regexFunctions: readonly Overload[] = [
  overload('matches', 'matches', '(string, string) bool', matches),
  overload('matches', 'matches_string', 'string.(string) bool', matches),
  overload('find', 'string_find_string', 'string.(string) string', find),
  overload('findAll', 'string_find_all_string', 'string.(string) list(string)', findAll),
  overload('findAll', 'string_find_all_string_int', 'string.(string, int) list(string)', findAll),
];

const WITH_PATTERN: ReadonlySet<string> = new Set(['matches', 'find', 'findAll']);

/** Whether a function takes a regular expression, as its second argument. */
export const takesPattern = (name: string): boolean => WITH_PATTERN.has(name);

/** What is wrong with a constant pattern that a function is called with. */
export function patternProblem(name: string, pattern: Value | undefined): string | undefined {
  if (!WITH_PATTERN.has(name) || typeof pattern !== 'string') return undefined;
  const regex = compiled(pattern);
  return isBad(regex) ? regex.message : undefined;
}
