import {
  isLongerThan,
  joinProblems,
  lengthProblems,
  maxBytesProblem,
  NO_PROBLEMS,
  type Problems,
  patternCheck,
  type TextCheck,
} from './text-format.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_WITH_UNDERSCORE = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';

const DNS_LABEL_MAX_BYTES = 63;
export const DNS_SUBDOMAIN_MAX_BYTES = 253;

const isSubdomain = (value: string): boolean => checkSubdomainForm(value) === NO_PROBLEMS;

const checkLabelForm = patternCheck(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  ['my-name', '123-abc'],
);
const checkSubdomainForm = patternCheck(
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  ['example.com'],
);
const checkUnderscoreForm = patternCheck(
  `${LABEL_WITH_UNDERSCORE}(\\.${LABEL_WITH_UNDERSCORE})*`,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  ['example.com'],
);
const checkDns1035Form = patternCheck(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  ['my-name', 'abc-123'],
);
const checkWildcardForm = patternCheck(
  `\\*\\.${SUBDOMAIN}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  ['*.example.com'],
);

const DOTS: Problems = ['must not contain dots'];

/** A lower-case label of a domain name (RFC 1123), at most 63 bytes. */
export function checkDns1123Label(value: string): Problems {
  const form = checkLabelForm(value);
  const named = form !== NO_PROBLEMS && isSubdomain(value) ? DOTS : form;
  return joinProblems(lengthProblems(value, DNS_LABEL_MAX_BYTES), named);
}

/** Lower-case labels joined by dots (RFC 1123), at most 253 bytes. */
export const checkDns1123Subdomain: TextCheck = (value) =>
  joinProblems(lengthProblems(value, DNS_SUBDOMAIN_MAX_BYTES), checkSubdomainForm(value));

/** The same, in the newer wording that counts bytes: what stands before the `/` of a label's key. */
export const checkSubdomainPrefix: TextCheck = (value) =>
  joinProblems(
    isLongerThan(value, DNS_SUBDOMAIN_MAX_BYTES)
      ? [maxBytesProblem(DNS_SUBDOMAIN_MAX_BYTES)]
      : NO_PROBLEMS,
    checkSubdomainForm(value),
  );

/** A DNS-1123 subdomain whose labels may hold underscores. */
export const checkDns1123SubdomainWithUnderscore: TextCheck = (value) =>
  joinProblems(lengthProblems(value, DNS_SUBDOMAIN_MAX_BYTES), checkUnderscoreForm(value));

/** A lower-case label that starts with a letter (RFC 1035), at most 63 bytes. */
export const checkDns1035Label: TextCheck = (value) =>
  joinProblems(lengthProblems(value, DNS_LABEL_MAX_BYTES), checkDns1035Form(value));

/** `*.` and a DNS-1123 subdomain (RFC 1034, 4.3.3). */
export const checkWildcardDns1123Subdomain: TextCheck = (value) =>
  joinProblems(lengthProblems(value, DNS_SUBDOMAIN_MAX_BYTES), checkWildcardForm(value));

/** A name that can stand as one segment of a path: no `/`, no `%`, and neither `.` nor `..`. */
export const checkPathSegmentName: NameCheck = (name, isPrefix = false) => {
  if (!isPrefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  const found = ['/', '%'].filter((part) => name.includes(part));
  return found.length === 0 ? NO_PROBLEMS : found.map((part) => `may not contain '${part}'`);
};

/**
 * Checks an object's name by the rule of its kind. A prefix is the `generateName` that gets a
 * suffix later, so it may end in a dash.
 */
export type NameCheck = (name: string, isPrefix?: boolean) => Problems;

// A prefix's last dash is followed by more, so what counts is what stands before it. That the
// character before the dash is replaced with it is what the published check does.
const masked = (name: string): string =>
  name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;

const nameCheck =
  (check: TextCheck): NameCheck =>
  (name, isPrefix = false) =>
    check(isPrefix ? masked(name) : name);

/** Names of most kinds. */
export const checkNameIsSubdomain: NameCheck = nameCheck(checkDns1123Subdomain);
/** Names of namespaces and others that become one label of a domain name. */
export const checkNameIsLabel: NameCheck = nameCheck(checkDns1123Label);
/** Names of kinds that became a DNS label when those had to start with a letter. */
export const checkNameIsDns1035Label: NameCheck = nameCheck(checkDns1035Label);
