import type {
  ClusterRole,
  PolicyRule,
  Role,
  RoleBinding,
} from '../../../api/generated/rbac/v1/types.ts';
import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { aggregateMessage } from '../../../machinery/field-error.ts';
import type { Draft, KubeObject } from '../../../machinery/object.ts';
import { quote } from '../../../machinery/quote.ts';
import { forbidden, notFound, StatusError } from '../../../machinery/status.ts';
import type { Call } from '../../call.ts';
import type { WriteHooks } from '../../registry/hooks.ts';
import type { Authorizer } from '../authorizer.ts';
import { describeParts, quotedList, uncovered } from './coverage.ts';
import type { Policies } from './policies.ts';

const MASTERS = 'system:masters';
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

interface Judge {
  readonly policies: Policies;
  readonly authorizer: Authorizer;
}

type Check = (
  judge: Judge,
  call: Call,
  next: Draft<KubeObject>,
  previous: KubeObject | undefined,
) => void;

/**
 * Keeps users from giving others, or themselves, what they don't have: a role may say no more than
 * its author may do, unless they may `escalate` it, and a binding gives no more than that, unless
 * they may `bind` the role. By `group/plural`.
 */
export function escalationHooks(
  policies: Policies,
  authorizer: Authorizer,
): ReadonlyMap<string, WriteHooks> {
  const judge = { policies, authorizer };
  const hooksOf = (check: Check): WriteHooks => ({
    create: ({ call }, draft) => {
      if (!isTrusted(call)) check(judge, call, draft, undefined);
    },
    update: ({ call }, draft, existing) => {
      if (isTrusted(call) || isForCollectorOnly(draft, existing)) return;
      check(judge, call, draft, existing);
    },
  });
  const group = 'rbac.authorization.k8s.io';
  return new Map([
    [`${group}/roles`, hooksOf(checkRole)],
    [`${group}/clusterroles`, hooksOf(checkRole)],
    [`${group}/rolebindings`, hooksOf(checkBinding)],
    [`${group}/clusterrolebindings`, hooksOf(checkBinding)],
  ]);
}

const isTrusted = ({ user }: Call): boolean => user.groups.includes(MASTERS);

/** Owners and finalizers may go, so that whoever collects garbage needs no right but to write. */
function isForCollectorOnly(next: Draft<KubeObject>, previous: KubeObject): boolean {
  const rest = ({ metadata, ...parts }: KubeObject) => {
    const { ownerReferences: _, finalizers: __, managedFields: ___, ...meta } = metadata;
    return { ...parts, metadata: meta };
  };
  return isSemanticallyEqual(rest(next), rest(previous));
}

const checkRole: Check = (judge, call, draft, previous) => {
  const { group, plural } = call.resource;
  const { namespace, name } = call.request;
  const asked = { verb: 'escalate', group, plural, namespace, name };
  if (judge.authorizer.allows(call.user, asked)) return;
  confirmHeld(judge, call, (draft as Role).rules ?? []);
  if (!isAggregated(draft) && !isAggregated(previous)) return;
  if (missing(judge, call, EVERYTHING).length === 0) return;
  const why = 'must have cluster-admin privileges to use the aggregationRule';
  throw forbidden(call.resource, nameOf(call), why);
};

const isAggregated = (role: unknown): boolean =>
  !!(role as ClusterRole | undefined)?.aggregationRule?.clusterRoleSelectors?.length;

const checkBinding: Check = (judge, call, draft) => {
  const { roleRef } = draft as RoleBinding;
  const { namespace } = call.request;
  const { kind, apiGroup: group, name } = roleRef;
  if (kind !== 'Role' && kind !== 'ClusterRole') {
    throw new StatusError('', `unsupported role reference kind: ${quote(kind ?? '')}`);
  }
  const plural = kind === 'Role' ? 'roles' : 'clusterroles';
  if (judge.authorizer.allows(call.user, { verb: 'bind', group, plural, namespace, name })) return;
  const rules = judge.policies.rulesOfRole(roleRef, namespace);
  // What isn't there is said to be missing where it was looked for from.
  if (rules === undefined) throw notFound(call.resource, name);
  confirmHeld(judge, call, rules);
};

const missing = ({ policies }: Judge, { user, request }: Call, rules: readonly PolicyRule[]) =>
  uncovered(policies.rulesOf(user, request.namespace).rules, rules);

/** Throws Forbidden, in Kubernetes' words, unless the user may do all that the rules say. */
function confirmHeld(judge: Judge, call: Call, rules: readonly PolicyRule[]): void {
  const parts = missing(judge, call, rules);
  if (parts.length === 0) return;
  const { user, resource, request } = call;
  const who = `user ${quote(user.name)} (groups=${quotedList(user.groups)})`;
  const text = `${who} is attempting to grant RBAC permissions not currently held:\n${describeParts(parts)}`;
  const unknown = judge.policies.rulesOf(user, request.namespace).missing;
  const errors = unknown.map(({ name }) => notFound(resource, name).message);
  const why = errors.length === 0 ? '' : `; resolution errors: [${aggregateMessage(errors)}]`;
  throw forbidden(resource, nameOf(call), `${text}${why}`);
}

/** The name as it was given: one that is still to be generated is none. */
function nameOf({ request }: Call): string {
  const { metadata } = (request.body ?? {}) as { readonly metadata?: { readonly name?: string } };
  return request.name ?? metadata?.name ?? '';
}
