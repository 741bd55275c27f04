import type {
  SelfSubjectReview,
  TokenReview,
} from '../../api/generated/authentication/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { ApiAnswer, User } from '../../machinery/api-request.ts';
import { badRequest } from '../../machinery/status.ts';
import type { TokenReviewer } from '../auth/token-reviewer.ts';
import type { Call } from '../call.ts';
import { answered, answerOf, askedReview } from './reviewed.ts';

/** Who am I? */
export function reviewSelf(call: Call): ApiAnswer {
  const { kind, apiVersion } = askedReview<SelfSubjectReview>(call);
  const metadata = { creationTimestamp: toTime(call.now) };
  const status = { userInfo: userInfo(call.user) };
  return answerOf(call, { kind, apiVersion, metadata, status });
}

/** Whose token is this, and is it meant for those who ask? */
export async function reviewToken(reviewer: TokenReviewer, call: Call): Promise<ApiAnswer> {
  const review = askedReview<TokenReview>(call);
  const { token, audiences = [] } = review.spec ?? {};
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const found = await reviewer.review(token, audiences);
  if ('error' in found) return answered(call, review, { user: {}, error: found.error });
  const status = {
    authenticated: true,
    user: userInfo(found.user),
    ...(found.audiences.length > 0 && { audiences: found.audiences }),
  };
  return answered(call, review, status);
}

const userInfo = ({ name, uid, groups, extra }: User): object => ({
  username: name,
  ...(uid && { uid }),
  groups,
  ...(extra && { extra }),
});
