import type { IncomingHttpHeaders } from 'node:http';
import type { User } from '../../machinery/api-request.ts';
import { badRequest } from '../../machinery/status.ts';
import { type Authorizer, forbiddenRequest, type ResourceAttributes } from './authorizer.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/**
 * The user that a request wants to be taken for, or who sends it. Throws Forbidden when they may
 * not act for that user, group, uid or extra.
 */
export function impersonated(
  user: User,
  headers: IncomingHttpHeaders,
  authorizer: Authorizer,
): User {
  const name = headers['impersonate-user'] as string | undefined;
  const groups = valuesOf(headers['impersonate-group']);
  const uid = headers['impersonate-uid'] as string | undefined;
  const extra = extraOf(headers);
  if (name === undefined && groups.length === 0 && uid === undefined && !extra) return user;
  if (!name) {
    throw badRequest(
      'requested impersonation of groups, uid or extra without impersonating a user',
    );
  }
  const check = (attributes: Omit<ResourceAttributes, 'verb' | 'group'> & { group?: string }) => {
    const wanted = { group: '', ...attributes, verb: 'impersonate' };
    if (!authorizer.allows(user, wanted)) throw forbiddenRequest(user, wanted);
  };
  const account = SERVICE_ACCOUNT.exec(name);
  if (account) check({ plural: 'serviceaccounts', namespace: account[1], name: account[2] });
  else check({ plural: 'users', name });
  for (const group of groups) check({ plural: 'groups', name: group });
  const review = { group: 'authentication.k8s.io' };
  for (const [key, values] of Object.entries(extra ?? {})) {
    for (const value of values) {
      check({ ...review, plural: 'userextras', subresource: key, name: value });
    }
  }
  if (uid !== undefined) check({ ...review, plural: 'uids', name: uid });
  return { name, groups: groupsFor(name, groups), ...(uid && { uid }), ...(extra && { extra }) };
}

function groupsFor(name: string, given: readonly string[]): readonly string[] {
  const account = SERVICE_ACCOUNT.exec(name);
  const groups =
    given.length === 0 && account
      ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`]
      : [...given];
  const everyone = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  const isSaid =
    groups.includes('system:authenticated') || groups.includes('system:unauthenticated');
  return isSaid ? groups : [...groups, everyone];
}

// Node joins the values of a repeated header with a comma, which no name of a group has.
const valuesOf = (header: string | string[] | undefined): string[] =>
  header === undefined ? [] : [header].flat().flatMap((value) => value.split(/, ?/));

function extraOf(headers: IncomingHttpHeaders): Record<string, string[]> | undefined {
  let extra: Record<string, string[]> | undefined;
  for (const name in headers) {
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    extra ??= {};
    extra[unescaped(name.slice(EXTRA_PREFIX.length))] = valuesOf(headers[name]);
  }
  return extra;
}

/** A key may be percent-encoded; what isn't, is taken as it came. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
