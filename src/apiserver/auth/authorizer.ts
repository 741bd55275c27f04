import type { SubjectRulesReviewStatus } from '../../api/generated/authorization/v1/types.ts';
import type { ApiRequest, User } from '../../machinery/api-request.ts';
import { FieldSelector } from '../../machinery/selector/field-selector.ts';
import { forbidden, StatusError } from '../../machinery/status.ts';

/** What a user wants to do to a resource. */
export interface ResourceAttributes {
  /** A verb of the API, or one that only authorization knows, such as `impersonate`. */
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** What a user wants to do to a path that is no resource; the verb is a method in lower case. */
export interface PathAttributes {
  readonly verb: string;
  readonly path: string;
}

export type Asked = ResourceAttributes | PathAttributes;

/** All that a user may do in a namespace. */
export interface SubjectRules
  extends Pick<SubjectRulesReviewStatus, 'resourceRules' | 'nonResourceRules' | 'incomplete'> {
  /** Why something may be left out. */
  readonly errors: readonly string[];
}

/** Decides who may do what. Answers at once. */
export interface Authorizer {
  allows(user: User, attributes: ResourceAttributes): boolean;
  /** Whether the user may use a path that is no resource; the verb is a method in lower case. */
  allowsPath(user: User, verb: string, path: string): boolean;
  /** Why it is decided so, in Kubernetes' words; empty when there is nothing to say. */
  reason?(user: User, asked: Asked): string;
  /** All that the user may do in a namespace, if it can be told. */
  rulesOf?(user: User, namespace: string): SubjectRules;
}

/** Lets everyone do everything: for tests, and for a cluster inside a test. */
export const allowAll: Authorizer = { allows: () => true, allowsPath: () => true };

/** Lets the superusers do everything, and leaves all others to others. */
export const superusers: Authorizer = {
  allows: ({ groups }) => groups.includes('system:masters'),
  allowsPath: ({ groups }) => groups.includes('system:masters'),
};

/** Lets users do what one of several authorizers lets them; they are asked in order. */
export function authorizerChain(links: readonly Authorizer[]): Authorizer {
  const isAllowed = (link: Authorizer, user: User, asked: Asked): boolean =>
    'path' in asked ? link.allowsPath(user, asked.verb, asked.path) : link.allows(user, asked);
  return {
    allows(user, attributes) {
      for (const link of links) if (link.allows(user, attributes)) return true;
      return false;
    },
    allowsPath(user, verb, path) {
      for (const link of links) if (link.allowsPath(user, verb, path)) return true;
      return false;
    },
    reason(user, asked) {
      const decisive = links.find((link) => isAllowed(link, user, asked));
      if (decisive !== undefined) return decisive.reason?.(user, asked) ?? '';
      const reasons = links.map((link) => link.reason?.(user, asked) ?? '');
      return reasons.filter((reason) => reason !== '').join('\n');
    },
    rulesOf(user, namespace) {
      const known = links.flatMap((link) => link.rulesOf?.(user, namespace) ?? []);
      return {
        resourceRules: known.flatMap(({ resourceRules }) => resourceRules ?? []),
        nonResourceRules: known.flatMap(({ nonResourceRules }) => nonResourceRules ?? []),
        incomplete: known.some(({ incomplete }) => incomplete),
        errors: known.flatMap(({ errors }) => errors),
      };
    },
  };
}

/** A request with its name, which for a list or watch is that of the only object it selects. */
export function nameSelected(request: ApiRequest): ResourceAttributes {
  const { name, verb, options } = request;
  if (name !== undefined || !options.fieldSelector || !isOfMany(verb)) return request;
  const selected = selectedName(options.fieldSelector);
  return selected ? { ...request, name: selected } : request;
}

/**
 * The name that a selector requires, if one can be called so. Read as the list reads it: a name that
 * is found where there is none lets its owner list everything.
 */
function selectedName(fieldSelector: string): string | undefined {
  if (!fieldSelector.includes('metadata.name')) return undefined;
  try {
    const name = FieldSelector.parse(fieldSelector).exactValueOf('metadata.name');
    return name === undefined || name === '.' || name === '..' || /[/%]/.test(name)
      ? undefined
      : name;
  } catch {
    return undefined; // It is refused as what it is once it is known who asks.
  }
}

const isOfMany = (verb: string): boolean => verb === 'list' || verb === 'watch';

/** Throws Forbidden, in Kubernetes' words, unless the user may make the request. */
export function checkRequest(
  authorizer: Authorizer,
  user: User,
  request: ResourceAttributes,
): void {
  const attributes = placed(request);
  if (authorizer.allows(user, attributes)) return;
  throw forbiddenRequest(user, attributes, authorizer.reason?.(user, attributes));
}

/** Throws Forbidden unless the user may also create what a request of another verb is about. */
export function checkMayCreate(
  authorizer: Authorizer,
  user: User,
  request: ResourceAttributes,
): void {
  if (request.verb !== 'create') checkRequest(authorizer, user, { ...request, verb: 'create' });
}

/** What is done to a namespace is done in it. */
export const placed = (request: ResourceAttributes): ResourceAttributes =>
  request.plural === 'namespaces' && request.group === '' && request.name && !isOfMany(request.verb)
    ? { ...request, namespace: request.name }
    : request;

/** Throws Forbidden unless the user may use the path. */
export function checkPath(authorizer: Authorizer, user: User, verb: string, path: string): void {
  if (authorizer.allowsPath(user, verb, path)) return;
  throw forbiddenPath(user, { verb, path }, authorizer.reason?.(user, { verb, path }));
}

/** What a user is answered who may not use a path. */
export function forbiddenPath(user: User, { verb, path }: PathAttributes, why = ''): StatusError {
  const text = `User ${JSON.stringify(user.name)} cannot ${verb} path "${path}"`;
  return new StatusError('Forbidden', `forbidden: ${sanitized(text)}${suffix(why)}`, {});
}

/** What a user who may not is answered. */
export function forbiddenRequest(
  user: User,
  attributes: ResourceAttributes,
  why = '',
): StatusError {
  const { verb, group, plural, subresource, namespace, name = '' } = attributes;
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const place = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const text = `User ${JSON.stringify(user.name)} cannot ${verb} resource "${resource}" in API group "${group}" ${place}`;
  return forbidden({ group, plural }, name, `${sanitized(text)}${suffix(why)}`);
}

const suffix = (why: string): string => (why === '' ? '' : `: ${why}`);

// So that no browser takes the message for markup.
const sanitized = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
