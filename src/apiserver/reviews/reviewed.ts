import type { ApiAnswer } from '../../machinery/api-request.ts';
import { type FieldError, invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { Call } from '../call.ts';
import { decodeBody } from '../registry/decode.ts';
import { ensureNamespace } from '../registry/object-meta.ts';
import { checkCreateOptions } from '../registry/options.ts';
import { trackFields } from '../registry/track-fields.ts';

/** A request of a kind that is a question: asked by POST, answered in its status, never stored. */
export function askedReview<T>(call: Call): Draft<KubeObject> & Omit<T, 'metadata'> {
  checkCreateOptions(call.request.options);
  const draft = decodeBody(call) as ReturnType<typeof askedReview<T>> & { status?: unknown };
  delete draft.status;
  ensureNamespace(draft.metadata, call.resource, call.request.namespace);
  // Even what is never stored tells who asked for which fields, and so do messages of it.
  trackFields(call, draft, undefined, undefined);
  return draft;
}

/** The question with its answer. */
export const answered = (call: Call, review: Draft<KubeObject>, status: object): ApiAnswer =>
  answerOf(call, { ...review, status });

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
  const mayBe = ['managedFields', ...allowed];
  const said = Object.entries(metadata).filter(([name, value]) => value && !mayBe.includes(name));
  if (said.length === 0) return [];
  const but = allowed.includes('namespace') ? ' except for namespace' : '';
  return [invalid(FieldPath.root.at('metadata'), metadata, `must be empty${but}`)];
}

/** Throws Invalid for what is wrong. Kubernetes doesn't say there of which kind the question is. */
export function refuseReview({ resource }: Call, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: resource.group, kind: '' }, '', errors);
}
