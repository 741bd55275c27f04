import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';

/** Says who has approved of a kind in one of Kubernetes' own groups (KEP-1111). */
const ANNOTATION = 'api-approved.kubernetes.io';

/** Whether a kind was approved of, and what that is to be told as. */
export interface Approval {
  readonly state: 'approved' | 'bypassed' | 'missing' | 'invalid';
  readonly reason: string;
}

/** Whether kinds of the group need to be approved of. */
export const isProtectedGroup = (group: string): boolean =>
  /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** What an object says of its being approved of. */
export function approvalOf({ metadata }: KubeObject): Approval {
  const text = metadata.annotations?.[ANNOTATION] ?? '';
  const must = `protected groups must have approval annotation ${quote(ANNOTATION)}`;
  if (text === '') return { state: 'missing', reason: `${must}, ${SEE}` };
  if (text.startsWith('unapproved')) {
    return { state: 'bypassed', reason: `not approved: ${quote(text)}` };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+/i.test(text)) {
    return { state: 'approved', reason: `approved in ${text}` };
  }
  const reason = `${must} with either a URL or a reason starting with "unapproved", ${SEE}`;
  return { state: 'invalid', reason };
}

/** Refuses a kind of a protected group that nobody has approved of. What was there may stay so. */
export function validateApproval(
  object: KubeObject,
  previous: KubeObject | undefined,
  path: FieldPath,
): FieldError[] {
  const { state, reason } = approvalOf(object);
  if (previous && approvalOf(previous).state === state) return [];
  const at = path.at('metadata', 'annotations').key(ANNOTATION);
  if (state === 'missing') return [required(at, reason)];
  if (state !== 'invalid') return [];
  return [invalid(at, object.metadata.annotations?.[ANNOTATION], reason)];
}
