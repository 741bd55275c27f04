import { CommandError, type OptionSpec } from './command.ts';

// Options that several commands share, so that they read and mean the same everywhere.

export const namespaceOption = {
  short: 'n',
  value: 'NAMESPACE',
  description: "Namespace to work in; the context's own unless said",
} as const satisfies OptionSpec;

export const allNamespacesOption = {
  short: 'A',
  description: 'All namespaces',
} as const satisfies OptionSpec;

export const selectorOption = {
  short: 'l',
  value: 'SELECTOR',
  description: 'Only objects with these labels: a=b, a!=b, a in (b, c), a, !a',
} as const satisfies OptionSpec;

export const fieldSelectorOption = {
  value: 'SELECTOR',
  description: 'Only objects with these fields: metadata.name=web, status.phase!=Running',
} as const satisfies OptionSpec;

export const outputOption = {
  short: 'o',
  value: 'FORMAT',
  description: 'Print as json, yaml, name or wide',
} as const satisfies OptionSpec;

export const dryRunOption = {
  description: 'Let the server check and answer, but change nothing',
} as const satisfies OptionSpec;

export const forceConflictsOption = {
  description: 'Take over fields that others manage',
} as const satisfies OptionSpec;

export const filenameOption = {
  short: 'f',
  value: 'FILE',
  repeated: true,
  description: 'File or folder with manifests, or - for standard input; may be given several times',
} as const satisfies OptionSpec;

/** A whole number of at least `least`. Throws CommandError for anything else. */
export function parseCount(text: string, option: string, least = 0): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new CommandError(`--${option} takes a whole number of at least ${least}, not "${text}"`, {
    isMisuse: true,
    advice: `Write it in digits, such as --${option} ${Math.max(least, 3)}.`,
  });
}

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of `90s`, `5m`, `1h30m` or `500ms`. Throws CommandError for anything else. */
export function parseDuration(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new CommandError(`--${option} takes a duration, not "${text}"`, {
      isMisuse: true,
      advice: 'Write a number and h, m, s or ms, such as 90s, 5m or 1h30m.',
    });
  }
  const total = parts.reduce((ms, [, n, unit]) => ms + Number(n) * UNITS_MS[unit as 'ms'], 0);
  return Math.round(total);
}
