import { type FieldError, invalid, required } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { invalidFor } from './labels.ts';
import { checkDns1123Label, checkDns1123Subdomain, DNS_SUBDOMAIN_MAX_BYTES } from './names.ts';
import {
  isLongerThan,
  joinProblems,
  lengthProblems,
  maxLengthProblem,
  NO_PROBLEMS,
  type Problems,
  patternCheck,
  patternProblem,
  rangeProblem,
  type TextCheck,
} from './text-format.ts';

const MAX_INT32 = 2 ** 31 - 1;

/** A whole number between two others, both allowed. */
export const checkInRange = (value: number, min: number, max: number): Problems =>
  value >= min && value <= max ? NO_PROBLEMS : [rangeProblem(min, max)];

/** A port that can be listened on: 1 to 65535. */
export const checkPortNumber = (port: number): Problems => checkInRange(port, 1, 65535);

/** A user's number in the system. */
export const checkUserId = (id: number): Problems => checkInRange(id, 0, MAX_INT32);

/** A group's number in the system. */
export const checkGroupId = (id: number): Problems => checkInRange(id, 0, MAX_INT32);

/** An IANA service name in lower case (RFC 6335): at most 15 bytes, at least one letter. */
export function checkPortName(port: string): Problems {
  const problems: string[] = [];
  if (isLongerThan(port, 15)) problems.push(maxLengthProblem(15));
  if (!/^[-a-z0-9]+$/.test(port)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(port)) problems.push('must contain at least one letter (a-z)');
  if (port.includes('--')) problems.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) {
    problems.push('must not begin or end with a hyphen');
  }
  return problems;
}

/** `25%`. */
export const checkPercent: TextCheck = patternCheck(
  '[0-9]+%',
  "a valid percent string must be a numeric string followed by an ending '%'",
  ['1%', '93%'],
);

/** The name of an HTTP header. */
export const checkHttpHeaderName: TextCheck = patternCheck(
  '[-A-Za-z0-9]+',
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  ['X-Header-Name'],
);

/** An identifier of the C language. */
export const checkCIdentifier: TextCheck = patternCheck(
  '[A-Za-z_][A-Za-z0-9_]*',
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  ['my_name', 'MY_NAME', 'MyName'],
);

// Keys and names become files in a folder, where these would lead out of it.
function checkLeadsNowhere(value: string): Problems {
  if (value === '.' || value === '..') return [`must not be '${value}'`];
  return value.startsWith('..') ? ["must not start with '..'"] : NO_PROBLEMS;
}

/** The name of an environment variable, by today's rule: printable ASCII without `=`. */
export function checkEnvVarName(value: string): Problems {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]*$/.test(value)) return NO_PROBLEMS;
  return [
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
  ];
}

const checkStrictEnvVarForm = patternCheck(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  ['my.env-name', 'MY_ENV.NAME', 'MyEnvName1'],
);

/** The name of an environment variable, by the older and stricter rule. */
export const checkStrictEnvVarName: TextCheck = (value) =>
  joinProblems(checkStrictEnvVarForm(value), checkLeadsNowhere(value));

const checkConfigMapKeyForm = patternCheck(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  ['key.name', 'KEY_NAME', 'key-name'],
);

/** A key of a ConfigMap or Secret, which becomes the name of a file. */
export const checkConfigMapKey: TextCheck = (value) =>
  joinProblems(
    lengthProblems(value, DNS_SUBDOMAIN_MAX_BYTES),
    checkConfigMapKeyForm(value),
    checkLeadsNowhere(value),
  );

/** A number that may not be negative. */
export const validateNonNegative = (value: number, path: FieldPath): FieldError[] =>
  value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];

/** A number that must be above zero. */
export const validatePositive = (value: number, path: FieldPath): FieldError[] =>
  value <= 0 ? [invalid(path, value, 'must be greater than zero')] : [];

/** A port by number, or by the name it has in the container. */
export const validatePortNumberOrName = (port: number | string, path: FieldPath): FieldError[] =>
  invalidFor(typeof port === 'string' ? checkPortName(port) : checkPortNumber(port), port, path);

/** How many: a number that isn't negative, or a percentage. */
export const validateNonNegativeOrPercent = (
  value: number | string,
  path: FieldPath,
): FieldError[] =>
  typeof value === 'string'
    ? invalidFor(checkPercent(value), value, path)
    : validateNonNegative(value, path);

/** The number in a percentage, or undefined for what isn't one. */
export function percentOf(value: number | string | undefined): number | undefined {
  if (typeof value !== 'string' || checkPercent(value).length > 0) return undefined;
  return Number(value.slice(0, -1));
}

/** A percentage may not go above 100%; anything else passes. */
export const validateNotMoreThan100Percent = (
  value: number | string | undefined,
  path: FieldPath,
): FieldError[] =>
  (percentOf(value) ?? 0) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];

const splitOnce = (text: string, separator: string): [string, string] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
};

/** A domain name of at least `segments` labels; whether a dot may end it. */
function validateDomain(
  name: string,
  path: FieldPath,
  { segments, word, dotMayEnd }: { segments: number; word: string; dotMayEnd: boolean },
): FieldError[] {
  if (name === '') return [required(path)];
  const bare = dotMayEnd && name.endsWith('.') ? name.slice(0, -1) : name;
  const problems = checkDns1123Subdomain(bare);
  if (problems.length > 0) return [invalid(path, bare, problems.join(','))];
  if (bare.split('.').length < segments) {
    const detail = `should be a domain with at least ${word} segments separated by dots`;
    return [invalid(path, bare, detail)];
  }
  return [];
}

/** A domain name of at least three labels. */
export const validateFullyQualifiedName = (name: string, path: FieldPath): FieldError[] =>
  validateDomain(name, path, { segments: 3, word: 'three', dotMayEnd: false });

/** A domain name of at least two labels, each of which is a DNS label; a dot may end it. */
export function validateFullyQualifiedDomainName(name: string, path: FieldPath): FieldError[] {
  const errors = validateDomain(name, path, { segments: 2, word: 'two', dotMayEnd: true });
  if (errors.length > 0) return errors;
  for (const label of name.replace(/\.$/, '').split('.')) {
    const problems = checkDns1123Label(label);
    if (problems.length > 0) return [invalid(path, label, problems.join(','))];
  }
  return [];
}

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** A domain and a path: `acme.io/foo`. */
export function validateDomainPrefixedPath(value: string, path: FieldPath): FieldError[] {
  if (value === '') return [required(path)];
  const [host, rest] = splitOnce(value, '/');
  if (host === '' || rest === '') {
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = invalidFor(checkDns1123Subdomain(host), host, path);
  if (!new RegExp(`^${HTTP_PATH}$`).test(rest)) {
    errors.push(invalid(path, rest, patternProblem('Invalid path', HTTP_PATH)));
  }
  return errors;
}
