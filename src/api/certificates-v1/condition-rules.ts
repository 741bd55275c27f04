import { toTime } from '../../base/clock.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { objectDiff } from '../../machinery/object-diff.ts';
import { quote } from '../../machinery/quote.ts';
import { validateEach } from '../checks.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../generated/certificates/v1/types.ts';

/** Who decides on a request says one of these, once. */
const DECISIONS: readonly string[] = ['Approved', 'Denied'];
const FINAL = [...DECISIONS, 'Failed'];

type Conditions = readonly CertificateSigningRequestCondition[] | undefined;

const ofType = (conditions: Conditions, type: string) =>
  (conditions ?? []).filter((condition) => condition.type === type);

/** The conditions by themselves. */
export function validateRequestConditions(conditions: Conditions, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(conditions, path, ({ type, status }, at) => {
    const errors = type ? [] : [required(at.at('type'))];
    const supported = FINAL.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!status) errors.push(required(at.at('status')));
    else if (!supported.includes(status)) {
      errors.push(notSupported(at.at('status'), status, supported));
    }
    const isBoth =
      DECISIONS.includes(type) && DECISIONS.some((other) => other !== type && seen.has(other));
    if (isBoth) {
      errors.push(invalid(path, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (seen.has(type)) errors.push(duplicate(at.at('type'), type));
    seen.add(type);
    return errors;
  });
}

/** What is decided stays so; only who may decide adds to it, or says it again. */
export function validateConditionsUpdate(
  next: Conditions,
  previous: Conditions,
  { mayDecide }: { readonly mayDecide: boolean },
  path: FieldPath,
): FieldError[] {
  return FINAL.flatMap((type) => {
    const [now, then] = [ofType(next, type), ofType(previous, type)];
    const refuse = (verb: string, more = '') => [
      forbiddenField(path, `updates may not ${verb} a condition of type ${quote(type)}${more}`),
    ];
    if (now.length < then.length) return refuse('remove');
    if (mayDecide || !DECISIONS.includes(type)) return [];
    if (now.length > then.length) return refuse('add');
    return isSemanticallyEqual(now, then) ? [] : refuse('modify', `\n${objectDiff(then, now)}`);
  });
}

/** Dates conditions that are not: since when they are so, and when that was last said. */
export function dateConditions(
  { status }: Draft<CertificateSigningRequest>,
  previous: CertificateSigningRequest,
  now: number,
): void {
  for (const condition of status.conditions ?? []) {
    condition.lastUpdateTime ??= toTime(now);
    const same = previous.status.conditions?.find(
      (other) => other.type === condition.type && other.status === condition.status,
    );
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? toTime(now);
  }
}

/** Keeps decisions as they are, for who writes the rest of the status. */
export function keepDecisions(
  { status }: Draft<CertificateSigningRequest>,
  { status: before }: CertificateSigningRequest,
): void {
  const conditions = status.conditions ?? [];
  for (const type of DECISIONS) {
    const [now, then] = [ofType(conditions, type), ofType(before.conditions, type)];
    if (now.length !== then.length) continue; // Validation tells of it.
    now.forEach((condition, i) => {
      Object.assign(conditions[conditions.indexOf(condition)]!, then[i]);
    });
  }
}
