import type { ApiAnswer } from '../../machinery/api-request.ts';
import { type FieldError, invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { Call } from '../call.ts';
import { decodeBody } from '../registry/decode.ts';
import { checkCreateOptions } from '../registry/options.ts';
import { trackFields } from '../registry/track-fields.ts';

/** A request of a kind that is a question: asked by POST, answered in its status, never stored. */
export function askedReview<T>(call: Call): Draft<KubeObject> & Omit<T, 'metadata'> {
  checkCreateOptions(call.request.options);
  const draft = decodeBody(call) as ReturnType<typeof askedReview<T>> & { status?: unknown };
  delete draft.status;
  return draft;
}

/** The question with its answer. Even what is never stored tells who asked for which fields. */
export function answered(call: Call, review: Draft<KubeObject>, status: object): ApiAnswer {
  trackFields(call, review, undefined, undefined);
  return answerOf(call, { ...review, status });
}

/** An answer that is made up on the spot, and so has no more metadata than it needs. */
export const answerOf = ({ warnings }: Call, object: object): ApiAnswer => ({
  object: object as KubeObject,
  created: true,
  warnings,
});

/** What is wrong with a review's metadata: it may say nothing, but perhaps a namespace. */
export function metadataErrors(
  { metadata }: Draft<KubeObject>,
  ...allowed: readonly string[]
): FieldError[] {
  const said = Object.entries(metadata).filter(([name, value]) => value && !allowed.includes(name));
  if (said.length === 0) return [];
  const but = allowed.includes('namespace') ? ' except for namespace' : '';
  return [invalid(FieldPath.root.at('metadata'), metadata, `must be empty${but}`)];
}

export function refuseReview({ resource }: Call, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(resource, '', errors);
}
