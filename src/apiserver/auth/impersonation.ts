import type { IncomingHttpHeaders } from 'node:http';
import type { User } from '../../machinery/api-request.ts';
import { aggregateMessage } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { setMember } from '../../machinery/member.ts';
import { quote, quoteList } from '../../machinery/quote.ts';
import { badRequest, isStatusError, type StatusError } from '../../machinery/status.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { validateDomainPrefixedPath } from '../../machinery/validation/values.ts';
import { ANONYMOUS } from './authenticator.ts';
import {
  type Asked,
  type Authorizer,
  forbiddenPath,
  forbiddenRequest,
  type ResourceAttributes,
} from './authorizer.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const NODE_PREFIX = 'system:node:';
const NODE_OF_TOKEN = 'authentication.kubernetes.io/node-name';
const REVIEWS = 'authentication.k8s.io';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
/** So many groups or extras may be granted all at once, by an asterisk. */
const MANY = 4;

/** Who a request wants to be taken for, as its headers say. */
interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A request of a user who wants to be another, and who decides whether they may. */
interface Attempt {
  readonly user: User;
  readonly wanted: Wanted;
  readonly asked: Asked;
  readonly authorizer: Authorizer;
}

/**
 * The user that a request wants to be taken for, or who sends it. Throws Forbidden when they may
 * not act for that user, group, uid or extra. Whoever may `impersonate` them may do so whatever they
 * ask; else the request itself has to be granted as well (KEP-5284).
 */
export function impersonated(
  user: User,
  headers: IncomingHttpHeaders,
  authorizer: Authorizer,
  asked: () => Asked,
): User {
  const wanted = wantedIn(headers);
  if (wanted === undefined) return user;
  const attempt = { user, wanted, authorizer, asked: asked() };
  let refusal: StatusError | undefined;
  for (const mode of MODES) {
    if (!mode.applies(attempt)) continue;
    try {
      return mode.become(attempt);
    } catch (error) {
      if (!isStatusError(error)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

function wantedIn(headers: IncomingHttpHeaders): Wanted | undefined {
  const name = (headers['impersonate-user'] as string | undefined) ?? '';
  const groups = valuesOf(headers['impersonate-group']);
  const uid = (headers['impersonate-uid'] as string | undefined) ?? '';
  const extra = extraOf(headers);
  if (name) return { name, groups, uid, extra };
  if (groups.length === 0 && !uid && !extra) return undefined;
  const [ofGroups, ofExtra] = [groups.length ? quoteList(groups) : '[]string(nil)', shown(extra)];
  const printed = `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${ofGroups}, Extra:${ofExtra}}`;
  throw badRequest(`requested ${printed} without impersonating a user name`);
}

function shown(extra: Wanted['extra']): string {
  if (extra === undefined) return 'map[string][]string(nil)';
  const entries = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = entries.map(([key, values]) => `${quote(key)}:${quoteList(values)}`);
  return `map[string][]string{${texts.join(', ')}}`;
}

/** One way in which a user may become another. */
interface Mode {
  applies(attempt: Attempt): boolean;
  /** Throws Forbidden. */
  become(attempt: Attempt): User;
}

const isNameAlone = ({ uid, groups, extra }: Wanted): boolean =>
  !uid && groups.length === 0 && extra === undefined;

/** The name of the node that a user name stands for. */
function nodeIn(name: string): string | undefined {
  if (!name.startsWith(NODE_PREFIX)) return undefined;
  const node = name.slice(NODE_PREFIX.length);
  return checkDns1123Subdomain(node).length === 0 ? node : undefined;
}

/** The account that a user name stands for: none whose name no account can have. */
function accountIn(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace = '', name = ''] = SERVICE_ACCOUNT.exec(user) ?? [];
  const isOne = !checkDns1123Label(namespace).length && !checkDns1123Subdomain(name).length;
  return isOne ? { namespace, name } : undefined;
}

/** A way that is granted for requests of a kind: what is asked is checked first. */
const constrained = (name: string, applies: Mode['applies']): Mode => ({
  applies,
  become(attempt) {
    const { asked } = attempt;
    check(attempt, { ...asked, verb: `impersonate-on:${name}:${asked.verb}` });
    return become(attempt, `impersonate:${name}`);
  },
});

const MODES: readonly Mode[] = [
  constrained('associated-node', ({ user, wanted }) => {
    const node = nodeIn(wanted.name);
    const own = user.extra?.[NODE_OF_TOKEN];
    const isAccount = accountIn(user.name) !== undefined;
    return isNameAlone(wanted) && isAccount && own?.length === 1 && own[0] === node;
  }),
  constrained(
    'arbitrary-node',
    ({ wanted }) => isNameAlone(wanted) && nodeIn(wanted.name) !== undefined,
  ),
  constrained(
    'serviceaccount',
    ({ wanted }) => isNameAlone(wanted) && accountIn(wanted.name) !== undefined,
  ),
  constrained(
    'user-info',
    ({ wanted: { name } }) => nodeIn(name) === undefined && accountIn(name) === undefined,
  ),
  { applies: () => true, become: (attempt) => become(attempt, 'impersonate') },
];

/** The other user, if all that is said of them is granted. Throws Forbidden. */
function become(attempt: Attempt, verb: string): User {
  const { wanted } = attempt;
  const isLegacy = verb === 'impersonate';
  const group = isLegacy ? '' : REVIEWS;
  const groups = checkName(attempt, { verb, group });
  if (wanted.uid) check(attempt, { verb, group: REVIEWS, plural: 'uids', name: wanted.uid });
  checkGroups(attempt, { verb, group, plural: 'groups' });
  checkExtra(attempt, { verb, group: REVIEWS, plural: 'userextras' });
  const { name, uid, extra } = wanted;
  return { name, groups: withEveryone(name, groups), ...(uid && { uid }), ...(extra && { extra }) };
}

/** The groups that go with the name: of accounts and nodes they are known. */
function checkName(attempt: Attempt, by: { verb: string; group: string }): readonly string[] {
  const { name, groups } = attempt.wanted;
  const node = by.verb === 'impersonate' ? undefined : nodeIn(name);
  const account = accountIn(name);
  if (node !== undefined) {
    const isOwn = by.verb === 'impersonate:associated-node';
    check(attempt, { ...by, plural: 'nodes', name: isOwn ? '*' : node });
    return ['system:nodes'];
  }
  if (account === undefined) {
    check(attempt, { ...by, plural: 'users', name });
    return groups;
  }
  check(attempt, { ...by, plural: 'serviceaccounts', ...account });
  return groups.length > 0
    ? groups
    : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
}

function checkGroups(attempt: Attempt, by: ResourceAttributes): void {
  const { groups } = attempt.wanted;
  if (by.verb !== 'impersonate') {
    if (groups.includes('')) {
      refuse(attempt, by, 'impersonating the empty string group is not allowed');
    }
    if (groups.includes('system:masters')) {
      const why = 'impersonating the system:masters group is not allowed';
      refuse(attempt, { ...by, name: 'system:masters' }, why);
    }
    if (groups.length >= MANY && isAllowed(attempt, { ...by, name: '*' })) return;
  }
  for (const name of groups) check(attempt, { ...by, name });
}

function checkExtra(attempt: Attempt, by: ResourceAttributes): void {
  const extras = Object.entries(attempt.wanted.extra ?? {});
  if (by.verb !== 'impersonate') {
    const fault = extras.map(faultOf).find((each) => each !== undefined);
    if (fault !== undefined) refuse(attempt, by, fault);
    const isMany = extras.flatMap(([, values]) => values).length >= MANY;
    if (isMany && isAllowed(attempt, { ...by, subresource: '*', name: '*' })) return;
  }
  for (const [key, values] of extras) {
    for (const name of values) check(attempt, { ...by, subresource: key, name });
  }
}

/** What is wrong with an extra that isn't granted for everything. */
function faultOf([key, values]: readonly [string, readonly string[]]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const errors = validateDomainPrefixedPath(key, FieldPath.root.at('extra', 'key'));
  if (errors.length > 0) {
    const why = aggregateMessage(errors.map(({ field, message }) => `${field}: ${message}`));
    return `impersonating an invalid key in extra is not allowed: ${why}`;
  }
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${quote(key)}`;
  }
  return values.includes('')
    ? 'impersonating the empty string value in extra is not allowed'
    : undefined;
}

function withEveryone(name: string, groups: readonly string[]): readonly string[] {
  const isNobody = name === ANONYMOUS.name;
  const everyone = isNobody ? UNAUTHENTICATED : AUTHENTICATED;
  const isSaid = groups.includes(everyone) || (!isNobody && groups.includes(UNAUTHENTICATED));
  return isSaid ? groups : [...groups, everyone];
}

const isAllowed = ({ authorizer, user }: Attempt, asked: Asked): boolean =>
  'path' in asked
    ? authorizer.allowsPath(user, asked.verb, asked.path)
    : authorizer.allows(user, asked);

function check(attempt: Attempt, asked: Asked): void {
  if (isAllowed(attempt, asked)) return;
  refuse(attempt, asked, attempt.authorizer.reason?.(attempt.user, asked));
}

function refuse({ user }: Attempt, asked: Asked, why: string | undefined): never {
  throw 'path' in asked ? forbiddenPath(user, asked, why) : forbiddenRequest(user, asked, why);
}

// Node joins the values of a repeated header with a comma, which no name of a group has.
const valuesOf = (header: string | string[] | undefined): string[] =>
  header === undefined ? [] : [header].flat().flatMap((value) => value.split(/, ?/));

function extraOf(headers: IncomingHttpHeaders): Record<string, string[]> | undefined {
  let extra: Record<string, string[]> | undefined;
  for (const name in headers) {
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    extra ??= {};
    setMember(extra, unescaped(name.slice(EXTRA_PREFIX.length)), valuesOf(headers[name]));
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
