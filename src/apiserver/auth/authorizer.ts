import type { SubjectRulesReviewStatus } from '../../api/generated/authorization/v1/types.ts';
import type { ApiRequest, User } from '../../machinery/api-request.ts';
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

/** Decides who may do what. Answers at once. */
export interface Authorizer {
  allows(user: User, attributes: ResourceAttributes): boolean;
  /** Whether the user may use a path that is no resource; the verb is a method in lower case. */
  allowsPath(user: User, verb: string, path: string): boolean;
  /** All that the user may do in a namespace, if it can be told. */
  rulesOf?(
    user: User,
    namespace: string,
  ): Pick<SubjectRulesReviewStatus, 'resourceRules' | 'nonResourceRules'>;
}

/** Lets everyone do everything: for tests, and for a cluster inside a test. */
export const allowAll: Authorizer = { allows: () => true, allowsPath: () => true };

/** A request with its name, which for many is that of the only object that they select. */
export function nameSelected(request: ApiRequest): ResourceAttributes {
  const { name, options } = request;
  if (name !== undefined || !options.fieldSelector) return request;
  const selected = /^metadata\.name==?([^,=!\\]+)$/.exec(options.fieldSelector)?.[1];
  return selected === undefined ? request : { ...request, name: selected };
}

/** Throws Forbidden, in Kubernetes' words, unless the user may make the request. */
export function checkRequest(
  authorizer: Authorizer,
  user: User,
  request: ResourceAttributes,
): void {
  // Who may do something in a namespace may do it to the namespace.
  const isNamespace = request.plural === 'namespaces' && request.group === '' && request.name;
  const attributes = isNamespace ? { ...request, namespace: request.name } : request;
  if (!authorizer.allows(user, attributes)) throw forbiddenRequest(user, attributes);
}

/** Throws Forbidden unless the user may use the path. */
export function checkPath(authorizer: Authorizer, user: User, verb: string, path: string): void {
  if (authorizer.allowsPath(user, verb, path)) return;
  const text = sanitized(`User ${JSON.stringify(user.name)} cannot ${verb} path "${path}"`);
  throw new StatusError('Forbidden', `forbidden: ${text}`, {});
}

/** What a user who may not is answered. */
export function forbiddenRequest(user: User, attributes: ResourceAttributes): StatusError {
  const { verb, group, plural, subresource, namespace, name = '' } = attributes;
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const place = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const text = `User ${JSON.stringify(user.name)} cannot ${verb} resource "${resource}" in API group "${group}" ${place}`;
  const error = forbidden({ group, plural }, name, sanitized(text));
  const { name: _, ...details } = error.details ?? {};
  return new StatusError('Forbidden', error.message, name ? error.details : details);
}

// So that no browser takes the message for markup.
const sanitized = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
