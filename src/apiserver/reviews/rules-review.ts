import type { SelfSubjectRulesReview } from '../../api/generated/authorization/v1/types.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import { aggregateMessage } from '../../machinery/field-error.ts';
import { badRequest } from '../../machinery/status.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Call } from '../call.ts';
import { answerOf, askedReview } from './reviewed.ts';

/** What may I do, in this namespace? Answered as far as whoever decides can tell. */
export function reviewSelfRules(authorizer: Authorizer, call: Call): ApiAnswer {
  const { spec } = askedReview<SelfSubjectRulesReview>(call);
  if (!spec?.namespace) throw badRequest('no namespace on request');
  const rules = authorizer.rulesOf?.(call.user, spec.namespace);
  const { apiVersion, kind } = call.resource;
  const status = {
    resourceRules: rules?.resourceRules ?? [],
    nonResourceRules: rules?.nonResourceRules ?? [],
    incomplete: rules?.incomplete ?? true,
    ...(rules?.errors.length && { evaluationError: aggregateMessage(rules.errors) }),
  };
  return answerOf(call, { kind, apiVersion, metadata: {}, spec: {}, status });
}
