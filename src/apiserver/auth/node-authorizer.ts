import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { User } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';
import type { Authorizer, ResourceAttributes } from './authorizer.ts';
import { CompiledRules } from './rbac/compiled-rules.ts';
import { NODE_RULES, PROXY_RULES } from './rbac/node-rules.ts';
import { reads } from './rbac/rules.ts';

const NODES = 'system:nodes';
const NODE_PREFIX = 'system:node:';
const NODE_LEASES = 'kube-node-lease';
const PODS_PREFIX = '/registry/pods/';
/** What every node has to know before it has a pod. */
const OPEN_CONFIG = { namespace: 'kube-system', name: 'cluster-networks' };

/** What the agent of a node does: it is a kubelet, a service proxy, and answers names. */
const RULES = new CompiledRules([...NODE_RULES, ...PROXY_RULES, reads('namespaces')]);

/**
 * Lets nodes do what nodes do, to what is theirs: their own Node and lease, pods that were given to
 * them, and the Secrets, ConfigMaps, claims and accounts that those name. A stolen node is then no stolen
 * cluster. Looks at the durable state, which is what nodes have heard of.
 */
export function nodeAuthorizer(store: Pick<Store<KubeObject>, 'snapshot'>): Authorizer {
  return {
    allows(user, attributes) {
      const node = nodeNameOf(user);
      return node !== undefined && RULES.allows(attributes) && isOwn(store, node, attributes);
    },
    // Of paths, nodes may use what everybody may.
    allowsPath: () => false,
    reason(user, asked) {
      const node = nodeNameOf(user);
      if (node === undefined || 'path' in asked || !RULES.allows(asked)) return '';
      return isOwn(store, node, asked) ? '' : foreign(node, asked);
    },
    rulesOf(user) {
      const isNode = nodeNameOf(user) !== undefined;
      const errors = isNode ? ['node authorizer does not support user rule resolution'] : [];
      return { resourceRules: [], nonResourceRules: [], incomplete: isNode, errors };
    },
  };
}

/** The name of the node that a user is. One of the group by another name is nobody in particular. */
export function nodeNameOf({ name, groups }: User): string | undefined {
  return groups.includes(NODES) && name.startsWith(NODE_PREFIX)
    ? name.slice(NODE_PREFIX.length)
    : undefined;
}

/** Why a node may not do to this what it may do to its own. */
function foreign(node: string, { plural, name }: ResourceAttributes): string {
  switch (plural) {
    case 'leases':
      return 'can only access node lease with the same name as the requesting node';
    case 'csinodes':
      return 'can only access CSINode with the same name as the requesting node';
    default:
      if (!name) return 'No Object name found';
      return `no relationship found between node '${node}' and this object`;
  }
}

const READS = ['get', 'list', 'watch'];

function isOwn(
  store: Pick<Store<KubeObject>, 'snapshot'>,
  node: string,
  { verb, group, plural, subresource, namespace = '', name = '' }: ResourceAttributes,
): boolean {
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const ownPods = () => podsOf(store, namespace, node);
  switch (`${group}/${resource}`) {
    case '/secrets':
      return ownPods().some((pod) => namesIn(pod).has(`secret ${name}`));
    case '/configmaps':
      if (namespace === OPEN_CONFIG.namespace && name === OPEN_CONFIG.name) return true;
      return ownPods().some((pod) => namesIn(pod).has(`configMap ${name}`));
    case '/persistentvolumeclaims':
    case '/persistentvolumeclaims/status':
      return ownPods().some((pod) => claimsOf(pod).includes(name));
    case '/serviceaccounts':
    case '/serviceaccounts/token':
      return ownPods().some(({ spec }) => spec.serviceAccountName === name);
    // Those of a node are told by a field selector, and that isn't seen here.
    case 'resource.k8s.io/resourceslices':
      return false;
    case '/nodes':
    case '/nodes/status':
    case 'storage.k8s.io/csinodes':
      return READS.includes(verb) || verb === 'create' || name === node;
    case 'coordination.k8s.io/leases':
      return namespace === NODE_LEASES && (verb === 'create' || name === node);
    case '/pods':
    case '/pods/status':
    case '/pods/eviction':
      if (READS.includes(verb)) return true;
      // With pods of its own making, on whichever node, it would have all that pods may have.
      if (verb === 'create' && !subresource) return false;
      return isGivenTo(store.snapshot().get(`${PODS_PREFIX}${namespace}/${name}`)?.value, node);
    default:
      return true;
  }
}

/** Of a pod that isn't there (any more), everybody may learn just that. */
const isGivenTo = (pod: KubeObject | undefined, node: string): boolean =>
  pod === undefined || (pod as Pod).spec.nodeName === node;

const podsOf = (
  store: Pick<Store<KubeObject>, 'snapshot'>,
  namespace: string,
  node: string,
): Pod[] =>
  store
    .snapshot()
    .list(`${PODS_PREFIX}${namespace}/`)
    .map(({ value }) => value as Pod)
    .filter(({ spec }) => spec.nodeName === node);

/** The claims that a pod names, or that were made for it. */
const claimsOf = ({ metadata, spec }: Pod): (string | undefined)[] =>
  (spec.volumes ?? []).map(({ name, persistentVolumeClaim, ephemeral }) =>
    ephemeral ? `${metadata.name}-${name}` : persistentVolumeClaim?.claimName,
  );

/** Fields that name a Secret or a ConfigMap, wherever in a pod they are. */
const REFERENCES: Readonly<Record<string, 'secret' | 'configMap'>> = {
  secret: 'secret',
  secretRef: 'secret',
  secretKeyRef: 'secret',
  nodePublishSecretRef: 'secret',
  imagePullSecrets: 'secret',
  configMap: 'configMap',
  configMapRef: 'configMap',
  configMapKeyRef: 'configMap',
};

/** All that a pod refers to, as `secret NAME` and `configMap NAME`. */
function namesIn({ spec }: Pod): Set<string> {
  const found = new Set<string>();
  const walk = (value: unknown, kind: 'secret' | 'configMap' | undefined): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const each of value) walk(each, kind);
      return;
    }
    const { name, secretName } = value as { name?: unknown; secretName?: unknown };
    const named = typeof secretName === 'string' ? secretName : name;
    if (kind && typeof named === 'string') found.add(`${kind} ${named}`);
    for (const [field, inner] of Object.entries(value)) walk(inner, REFERENCES[field]);
  };
  walk(spec, undefined);
  return found;
}
