import type { PolicyRule, Subject } from '../../../api/generated/rbac/v1/types.ts';
import type { User } from '../../../machinery/api-request.ts';
import { aggregateMessage } from '../../../machinery/field-error.ts';
import { quote } from '../../../machinery/quote.ts';
import { notFound } from '../../../machinery/status.ts';
import { ANONYMOUS } from '../authenticator.ts';
import type { Asked, Authorizer, SubjectRules } from '../authorizer.ts';
import type { Policies, UserGrant } from './policies.ts';
import type { RoleSlot } from './role-slot.ts';

/**
 * Lets users do what the roles allow that they are bound to (the RBAC authorizer of Kubernetes).
 * Who has shown nothing may use paths alone, whatever was bound: there is no anonymous access to
 * objects.
 */
export const rbacAuthorizer = (policies: Policies): Authorizer => ({
  allows: (user, attributes) => !isAnonymous(user) && policies.allows(user, attributes),
  allowsPath: (user, verb, path) => policies.allowsPath(user, verb, path),
  reason: (user, asked) => reasonFor(policies, user, asked),
  rulesOf: (user, namespace) => rulesFor(policies, user, namespace),
});

const isAnonymous = ({ name }: User): boolean => name === ANONYMOUS.name;

/** Which binding allows it; or which roles might have, if they were there. */
function reasonFor(policies: Policies, user: User, asked: Asked): string {
  const isPath = 'path' in asked;
  if (!isPath && isAnonymous(user)) return '';
  const grants = policies.grantsOf(user, isPath ? undefined : asked.namespace);
  const missing: RoleSlot[] = [];
  for (const each of grants) {
    const { compiled } = each.grant.role;
    if (compiled === undefined) missing.push(each.grant.role);
    else if (isPath ? compiled.allowsPath(asked.verb, asked.path) : compiled.allows(asked)) {
      return `RBAC: allowed by ${describe(each)}`;
    }
  }
  return missing.length === 0 ? '' : `RBAC: ${missingRoles(missing)}`;
}

function describe({ grant: { binding, role }, subject }: UserGrant): string {
  const { name, namespace } = binding.metadata;
  const source = namespace ? `${name}/${namespace}` : name;
  const to = `${subject.kind} ${quote(subjectName(subject, namespace))}`;
  return `${binding.kind} ${quote(source)} of ${role.kind} ${quote(role.name)} to ${to}`;
}

const subjectName = ({ kind, name, namespace }: Subject, ofBinding = ''): string =>
  kind === 'ServiceAccount' ? `${name}/${namespace || ofBinding}` : name;

/** What caches of roles say of those that aren't there: it names the kind in the singular. */
const missingRoles = (roles: readonly RoleSlot[]): string =>
  aggregateMessage(
    roles.map(({ kind, name }) => {
      const plural = kind.toLowerCase();
      return notFound({ group: 'rbac.authorization.k8s.io', plural }, name).message;
    }),
  );

function rulesFor(policies: Policies, user: User, namespace: string): SubjectRules {
  const { rules, missing } = policies.rulesOf(user, namespace);
  return {
    resourceRules: rules.filter(({ resources }) => resources?.length).map(resourceRuleOf),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs: nonResourceURLs ?? [] })),
    incomplete: false,
    errors: missing.length === 0 ? [] : [missingRoles(missing)],
  };
}

const resourceRuleOf = ({ verbs, apiGroups, resources, resourceNames }: PolicyRule) => ({
  verbs,
  ...(apiGroups?.length && { apiGroups }),
  ...(resources?.length && { resources }),
  ...(resourceNames?.length && { resourceNames }),
});
