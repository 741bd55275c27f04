import type { User } from '../../machinery/api-request.ts';
import type { Authorizer, ResourceAttributes } from './authorizer.ts';

const MASTERS = 'system:masters';
const NODES = 'system:nodes';
const AUTHENTICATED = 'system:authenticated';

const READS = ['get', 'list', 'watch'];
const ALL = ['*'];

/** Verbs on resources; `*` for any. A subresource has to be named. */
interface Rule {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
}

const EVENTS: Rule = { verbs: ['create', 'patch', 'update'], resources: ['events'] };
const LEASES: Rule = {
  verbs: ['create', 'get', 'patch', 'update', 'delete'],
  resources: ['leases'],
};
const READ_ALL: Rule = { verbs: READS, resources: ALL };

// What the parts of a cluster need, until roles say so.
const COMPONENTS: Readonly<Record<string, readonly Rule[]>> = {
  'system:kube-controller-manager': [{ verbs: ALL, resources: ALL }],
  'system:kube-scheduler': [
    READ_ALL,
    EVENTS,
    LEASES,
    { verbs: ['create'], resources: ['pods/binding', 'pods/eviction', 'bindings'] },
    { verbs: ['delete'], resources: ['pods'] },
    { verbs: ['patch', 'update'], resources: ['pods/status', 'resourceclaims/status'] },
  ],
  'system:kube-proxy': [READ_ALL, EVENTS],
  'system:kube-dns': [READ_ALL, EVENTS],
};

const NODE_RULES: readonly Rule[] = [
  READ_ALL,
  EVENTS,
  LEASES,
  { verbs: ['create', 'get', 'patch', 'update'], resources: ['nodes', 'nodes/status', 'csinodes'] },
  { verbs: ['create', 'delete'], resources: ['pods'] },
  { verbs: ['patch', 'update'], resources: ['pods/status'] },
  { verbs: ['create'], resources: ['pods/eviction', 'serviceaccounts/token'] },
  { verbs: ['create'], resources: ['tokenreviews', 'subjectaccessreviews'] },
  { verbs: ['create', 'get', 'list', 'watch'], resources: ['certificatesigningrequests'] },
];

const SELF_REVIEWS: Rule = {
  verbs: ['create'],
  resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'],
};

const PUBLIC_PATHS = /^\/(?:healthz|livez|readyz|version)(?:\/|$)/;
const DISCOVERY_PATHS = /^\/(?:api|apis|openapi|openid|\.well-known)(?:\/|$)/;

/**
 * Lets `system:masters` do everything, nodes and components what they need, and everyone else
 * nothing but ask who they are and what is served.
 */
export const componentAuthorizer: Authorizer = {
  allows(user, attributes) {
    const { groups } = user;
    if (groups.includes(MASTERS)) return true;
    if (!groups.includes(AUTHENTICATED)) return false;
    return rulesOf(user).some((rule) => covers(rule, attributes));
  },
  allowsPath({ groups, name }, verb, path) {
    if (groups.includes(MASTERS)) return true;
    if (verb !== 'get') return false;
    if (PUBLIC_PATHS.test(path)) return true;
    if (!groups.includes(AUTHENTICATED)) return false;
    return DISCOVERY_PATHS.test(path) || (path === '/metrics' && name in COMPONENTS);
  },
};

function rulesOf({ name, groups }: User): readonly Rule[] {
  const own = groups.includes(NODES) ? NODE_RULES : (COMPONENTS[name] ?? []);
  return [...own, SELF_REVIEWS];
}

function covers({ verbs, resources }: Rule, attributes: ResourceAttributes): boolean {
  const { verb, plural, subresource } = attributes;
  if (verbs !== ALL && !verbs.includes(verb)) return false;
  return resources === ALL || resources.includes(subresource ? `${plural}/${subresource}` : plural);
}
