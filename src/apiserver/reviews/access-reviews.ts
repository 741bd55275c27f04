import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from '../../api/generated/authorization/v1/types.ts';
import type { ApiAnswer, User } from '../../machinery/api-request.ts';
import { aggregateMessage, type FieldError, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Asked as Authorized, Authorizer } from '../auth/authorizer.ts';
import type { Call } from '../call.ts';
import { answered, askedReview, metadataErrors, refuseReview } from './reviewed.ts';
import { ignoredSelectors, validateSelectors } from './selector-rules.ts';

const SPEC = FieldPath.root.at('spec');

/** May I? */
export function reviewSelfAccess(authorizer: Authorizer, call: Call): ApiAnswer {
  const review = askedReview<SelfSubjectAccessReview>(call);
  const spec = review.spec ?? {};
  refuseReview(call, [
    ...attributesErrors(spec),
    ...selectorErrors(spec),
    ...metadataErrors(review),
  ]);
  return answered(call, review, decision(authorizer, call.user, spec));
}

/** May they? */
export function reviewAccess(authorizer: Authorizer, call: Call): ApiAnswer {
  const review = askedReview<SubjectAccessReview>(call);
  const spec = review.spec ?? {};
  const errors = [...attributesErrors(spec), ...subjectErrors(spec), ...selectorErrors(spec)];
  refuseReview(call, [...errors, ...metadataErrors(review)]);
  return answered(call, review, decision(authorizer, subjectOf(spec), spec));
}

/** May they, in this namespace? */
export function reviewLocalAccess(authorizer: Authorizer, call: Call): ApiAnswer {
  const review = askedReview<LocalSubjectAccessReview>(call);
  const spec = review.spec ?? {};
  const errors = [
    ...attributesErrors(spec),
    ...subjectErrors(spec),
    ...selectorErrors(spec),
    ...metadataErrors(review, 'namespace'),
  ];
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes && resourceAttributes.namespace !== review.metadata.namespace) {
    const path = SPEC.at('resourceAttributes', 'namespace');
    const detail = 'must match metadata.namespace';
    errors.push(invalid(path, resourceAttributes.namespace ?? '', detail));
  }
  if (nonResourceAttributes) {
    const detail = 'disallowed on this kind of request';
    errors.push(invalid(SPEC.at('nonResourceAttributes'), asGo(nonResourceAttributes), detail));
  }
  refuseReview(call, errors);
  return answered(call, review, decision(authorizer, subjectOf(spec), spec));
}

interface Asked {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** Whether, and why so. */
function decision(authorizer: Authorizer, user: User, spec: Asked): object {
  const asked = askedOf(spec);
  const allowed =
    'path' in asked
      ? authorizer.allowsPath(user, asked.verb, asked.path)
      : authorizer.allows(user, asked);
  const reason = authorizer.reason?.(user, asked);
  const ignored = spec.resourceAttributes ? ignoredSelectors(spec.resourceAttributes) : [];
  return {
    allowed,
    ...(reason && { reason }),
    ...(ignored.length > 0 && { evaluationError: aggregateMessage(ignored) }),
  };
}

function askedOf({ resourceAttributes: wanted, nonResourceAttributes: path }: Asked): Authorized {
  if (wanted === undefined) return { verb: path?.verb ?? '', path: path?.path ?? '' };
  return {
    verb: wanted.verb ?? '',
    group: wanted.group ?? '',
    plural: wanted.resource ?? '',
    subresource: wanted.subresource || undefined,
    namespace: wanted.namespace || undefined,
    name: wanted.name || undefined,
  };
}

const asGo = ({ path = '', verb = '' }: NonResourceAttributes): object => ({
  ...{ Path: path, Verb: verb },
});

function attributesErrors({ resourceAttributes, nonResourceAttributes }: Asked): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    return [invalid(SPEC.at('nonResourceAttributes'), asGo(nonResourceAttributes), detail)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalid(SPEC.at('resourceAttributes'), null, detail)];
}

const selectorErrors = ({ resourceAttributes }: Asked): FieldError[] =>
  resourceAttributes ? validateSelectors(resourceAttributes, SPEC.at('resourceAttributes')) : [];

type Subject = Pick<SubjectAccessReview['spec'], 'user' | 'groups' | 'uid' | 'extra'>;

function subjectErrors({ user, groups = [] }: Subject): FieldError[] {
  if (user || groups.length > 0) return [];
  return [invalid(SPEC.at('user'), user ?? '', 'at least one of user or group must be specified')];
}

const subjectOf = ({ user = '', groups = [], uid, extra }: Subject): User => ({
  name: user,
  groups,
  ...(uid && { uid }),
  ...(extra && { extra }),
});
