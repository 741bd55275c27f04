import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { TokenReviewer } from '../auth/token-reviewer.ts';
import type { Call } from '../call.ts';
import type { RegistryParts } from '../registry/parts.ts';
import type { VirtualAnswers } from '../registry/served-resource.ts';
import { bindPod } from '../subresources/binding.ts';
import { reviewAccess, reviewLocalAccess, reviewSelfAccess } from './access-reviews.ts';
import { getComponentStatus, listComponentStatuses } from './component-statuses.ts';
import { reviewSelf, reviewToken } from './identity-reviews.ts';
import { reviewSelfRules } from './rules-review.ts';

/** How the kinds are answered of which nothing is stored, by `group/plural`. */
export function virtualAnswers(
  authorizer: Authorizer,
  tokens: TokenReviewer | undefined,
): ReadonlyMap<string, VirtualAnswers> {
  const authorization = 'authorization.k8s.io';
  const authentication = 'authentication.k8s.io';
  const asked = (review: (authorizer: Authorizer, call: Call) => ApiAnswer): VirtualAnswers => ({
    create: (_, call) => review(authorizer, call),
  });
  const answers = new Map<string, VirtualAnswers>([
    [`${authorization}/selfsubjectaccessreviews`, asked(reviewSelfAccess)],
    [`${authorization}/subjectaccessreviews`, asked(reviewAccess)],
    [`${authorization}/localsubjectaccessreviews`, asked(reviewLocalAccess)],
    [`${authorization}/selfsubjectrulesreviews`, asked(reviewSelfRules)],
    [`${authentication}/selfsubjectreviews`, { create: (_, call) => reviewSelf(call) }],
    ['/bindings', { create: bindByName }],
    [
      '/componentstatuses',
      {
        get: (_, call) => getComponentStatus(call),
        list: (_, call) => listComponentStatuses(call),
      },
    ],
  ]);
  if (tokens !== undefined) {
    const create = (_: RegistryParts, call: Call) => reviewToken(tokens, call);
    answers.set(`${authentication}/tokenreviews`, { create });
  }
  return answers;
}

/** A Binding may be posted beside pods as well: its own name is the pod's. */
function bindByName(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  return bindPod(parts, { ...call, resource: parts.table.get('', 'v1', 'pods') });
}
