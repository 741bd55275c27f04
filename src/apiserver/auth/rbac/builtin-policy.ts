import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  Subject,
} from '../../../api/generated/rbac/v1/types.ts';
import type { NewObject } from '../../../machinery/object.ts';
import { type BuiltinRole, CLUSTER_ROLES } from './cluster-roles.ts';
import { CONTROLLER_RULES } from './controller-roles.ts';
import { NAMESPACE_ROLES } from './namespace-roles.ts';

const GROUP = 'rbac.authorization.k8s.io';
const apiVersion = `${GROUP}/v1`;
const AGGREGATE = `${GROUP}/aggregate-to-`;
/** Those who change a role may say `false` here, and it is theirs from then on. */
export const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

/** An object of the policy that every cluster has. */
export type PolicyObject = NewObject<ClusterRole | ClusterRoleBinding | Role | RoleBinding>;

const annotations = { [AUTO_UPDATE]: 'true' };
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

/**
 * The roles and bindings that a kube-apiserver 1.36 makes sure of at its start. Made anew each time:
 * whoever asks may keep them.
 */
export function builtinPolicy(): PolicyObject[] {
  const controllers = Object.entries(CONTROLLER_RULES).map(([name, rules]) => ({
    name: `system:controller:${name}`,
    rules,
    account: name,
  }));
  return [
    ...[...CLUSTER_ROLES, ...controllers].map(clusterRole),
    ...CLUSTER_BINDINGS.map(([name, subjects]) => clusterBinding(name, subjects)),
    ...controllers.map(({ name, account }) => clusterBinding(name, [systemAccount(account)])),
    ...NAMESPACE_ROLES.flatMap(({ namespace, name, rules, ...to }) => [
      namespaceRole({ namespace, name, rules }),
      namespaceBinding({ namespace, name, ...to }),
    ]),
  ] as PolicyObject[];
}

const user = (name: string): Subject => ({ kind: 'User', apiGroup: GROUP, name });
const group = (name: string): Subject => ({ kind: 'Group', apiGroup: GROUP, name });
const systemAccount = (name: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  namespace: 'kube-system',
});

const AUTHENTICATED = group('system:authenticated');
const UNAUTHENTICATED = group('system:unauthenticated');

/** Who has which of the cluster's roles; bindings are called as the role. */
const CLUSTER_BINDINGS: readonly (readonly [string, readonly Subject[]])[] = [
  ['cluster-admin', [group('system:masters')]],
  ['system:monitoring', [group('system:monitoring')]],
  ['system:discovery', [AUTHENTICATED]],
  ['system:basic-user', [AUTHENTICATED]],
  ['system:public-info-viewer', [AUTHENTICATED, UNAUTHENTICATED]],
  ['system:node-proxier', [user('system:kube-proxy')]],
  ['system:kube-controller-manager', [user('system:kube-controller-manager')]],
  ['system:kube-dns', [systemAccount('kube-dns')]],
  ['system:kube-scheduler', [user('system:kube-scheduler')]],
  ['system:volume-scheduler', [user('system:kube-scheduler')]],
  // Nodes have what they need from the node authorizer.
  ['system:node', []],
  ['system:service-account-issuer-discovery', [group('system:serviceaccounts')]],
];

function clusterRole({ name, rules, aggregates, aggregatesTo }: BuiltinRole) {
  const own = aggregatesTo && { [`${AGGREGATE}${aggregatesTo}`]: 'true' };
  const matchLabels = { [`${AGGREGATE}${aggregates}`]: 'true' };
  return {
    kind: 'ClusterRole',
    apiVersion,
    metadata: { name, labels: own ? { ...labels, ...own } : labels, annotations },
    rules: rules ?? null,
    ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } }),
  };
}

const clusterBinding = (name: string, subjects: readonly Subject[]) => ({
  kind: 'ClusterRoleBinding',
  apiVersion,
  metadata: { name, labels, annotations },
  ...(subjects.length > 0 && { subjects }),
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
});

const namespaceRole = ({
  namespace,
  name,
  rules,
}: Pick<(typeof NAMESPACE_ROLES)[number], 'namespace' | 'name' | 'rules'>) => ({
  kind: 'Role',
  apiVersion,
  metadata: { name, namespace, labels, annotations },
  rules,
});

const namespaceBinding = ({
  namespace,
  name,
  binding = name,
  users = [],
  accounts = [],
}: Omit<(typeof NAMESPACE_ROLES)[number], 'rules'>) => ({
  kind: 'RoleBinding',
  apiVersion,
  metadata: { name: binding, namespace, labels, annotations },
  subjects: [...users.map(user), ...accounts.map(systemAccount)],
  roleRef: { apiGroup: GROUP, kind: 'Role', name },
});
