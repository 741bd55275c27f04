import { type FieldError, invalid } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import { BASELINE } from './baseline.ts';
import type { Check, Subject, Violation } from './check.ts';
import { RESTRICTED } from './restricted.ts';

type Labels = Readonly<Record<string, string>>;

/** The standards that a namespace asks for: a level, and the release whose idea of it is meant. */
export interface Policy {
  readonly level: string;
  readonly version: string;
}

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS = ['privileged', 'baseline', 'restricted'];
const VERSION = /^v1\.(0|[1-9]\d*)$/;
const MODES = ['enforce', 'audit', 'warn'] as const;

/** What a namespace's labels ask for in a mode; who is told of what is refused unless they say. */
export function policyOf(labels: Labels, mode: (typeof MODES)[number]): Policy {
  const level = labels[PREFIX + mode];
  if (level === undefined && mode === 'warn') return policyOf(labels, 'enforce');
  return { level: level ?? 'privileged', version: labels[`${PREFIX}${mode}-version`] || 'latest' };
}

/** What is wrong with the labels that ask for something. */
export function labelErrors(labels: Labels): FieldError[] {
  const path = FieldPath.root.at('metadata', 'labels');
  return MODES.flatMap((mode) => {
    const [level, version] = [labels[PREFIX + mode], labels[`${PREFIX}${mode}-version`]];
    const errors: FieldError[] = [];
    if (level !== undefined && !LEVELS.includes(level)) {
      const detail = `must be one of ${LEVELS.join(', ')}`;
      errors.push(invalid(path.key(PREFIX + mode), level, detail));
    }
    if (version !== undefined && version !== 'latest' && !VERSION.test(version)) {
      const detail = 'must be "latest" or "v1.x"';
      errors.push(invalid(path.key(`${PREFIX}${mode}-version`), version, detail));
    }
    return errors;
  });
}

/** Whether a policy may refuse what the other lets pass, as far as can be told without looking. */
export function isStricter(policy: Policy, than: Policy): boolean {
  if (policy.level === 'privileged') return false;
  if (policy.version !== than.version) return true;
  return LEVELS.indexOf(policy.level) > LEVELS.indexOf(than.level);
}

/** `baseline:latest`: a policy as messages name it. */
export const shownPolicy = ({ level, version }: Policy): string => `${level}:${version}`;

/** What a pod does against a policy. */
export function findings(policy: Policy, subject: Subject): readonly Violation[] {
  const minor = Number(VERSION.exec(policy.version)?.[1] ?? Number.POSITIVE_INFINITY);
  return checksOf(policy.level, minor).flatMap(({ find }) => find(subject, minor) ?? []);
}

/** What a pod does against a policy, as messages put it; undefined when nothing. */
export function violations(policy: Policy, subject: Subject): string | undefined {
  const found = findings(policy, subject);
  if (found.length === 0) return undefined;
  const told = found.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason));
  return `PodSecurity "${shownPolicy(policy)}": ${told.join(', ')}`;
}

function checksOf(level: string, minor: number): readonly Check[] {
  if (level === 'privileged') return [];
  const known = (checks: readonly Check[]) => checks.filter(({ since }) => minor >= since);
  if (level === 'baseline') return known(BASELINE);
  const restricted = known(RESTRICTED);
  const overridden = restricted.map(({ overrides }) => overrides);
  return [...known(BASELINE).filter(({ id }) => !overridden.includes(id)), ...restricted];
}
