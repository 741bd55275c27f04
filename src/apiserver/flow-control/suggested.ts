import { MANDATORY_LEVELS, MANDATORY_SCHEMAS } from '../../api/flowcontrol-v1/mandatory.ts';
import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
  Subject,
} from '../../api/generated/flowcontrol/v1/types.ts';
import type { Wanted } from '../bootstrap.ts';

type Fairness = 'ByUser' | 'ByNamespace';

const group = 'flowcontrol.apiserver.k8s.io';
const apiVersion = `${group}/v1`;
const ALL = ['*'];
const EVERYBODY = ['system:unauthenticated', 'system:authenticated'];
const CONTROLLERS = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';

/** Says that the API server keeps it as suggested; whoever changes it says otherwise here. */
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

function level(name: string, spec: PriorityLevelConfigurationSpec): Wanted {
  const body = {
    kind: 'PriorityLevelConfiguration',
    apiVersion,
    metadata: { name, annotations },
    spec,
  };
  return { group, version: 'v1', plural: 'prioritylevelconfigurations', name, body };
}

interface Share {
  readonly shares: number;
  readonly lendable: number;
  readonly queues: number;
  readonly handSize?: number;
}

function limited(name: string, { shares, lendable, queues, handSize = 6 }: Share): Wanted {
  const queuing = { queues, handSize, queueLengthLimit: 50 };
  const limitResponse = { type: 'Queue', queuing };
  const nominal = { nominalConcurrencyShares: shares, lendablePercent: lendable };
  return level(name, { type: 'Limited', limited: { ...nominal, limitResponse } });
}

/** The priority levels that a cluster has from its beginning, as Kubernetes' do. */
export const SUGGESTED_LEVELS: readonly Wanted[] = [
  ...Object.entries(MANDATORY_LEVELS).map(([name, spec]) => level(name, spec)),
  limited('system', { shares: 30, lendable: 33, queues: 64 }),
  limited('node-high', { shares: 40, lendable: 25, queues: 64 }),
  limited('leader-election', { shares: 10, lendable: 0, queues: 16, handSize: 4 }),
  limited('workload-high', { shares: 40, lendable: 50, queues: 128 }),
  limited('workload-low', { shares: 100, lendable: 90, queues: 128 }),
  limited('global-default', { shares: 20, lendable: 50, queues: 128 }),
];

function schema(
  name: string,
  to: { readonly level: string; readonly precedence: number; readonly by?: Fairness },
  rules: PolicyRulesWithSubjects,
): Wanted {
  return schemaOf(name, {
    priorityLevelConfiguration: { name: to.level },
    matchingPrecedence: to.precedence,
    ...(to.by && { distinguisherMethod: { type: to.by } }),
    rules: [rules],
  });
}

function schemaOf(name: string, spec: FlowSchemaSpec): Wanted {
  const body = { kind: 'FlowSchema', apiVersion, metadata: { name, annotations }, spec };
  return { group, version: 'v1', plural: 'flowschemas', name, body };
}

const groups = (...names: readonly string[]): Subject[] =>
  names.map((name) => ({ kind: 'Group', group: { name } }));

const users = (...names: readonly string[]): Subject[] =>
  names.map((name) => ({ kind: 'User', user: { name } }));

const systemAccounts = (...names: readonly string[]): Subject[] =>
  names.map((name) => ({
    kind: 'ServiceAccount',
    serviceAccount: { namespace: 'kube-system', name },
  }));

const all = (subjects: readonly Subject[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: [
    { verbs: ALL, apiGroups: ALL, resources: ALL, clusterScope: true, namespaces: ALL },
  ],
  nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
});

const writing = (apiGroup: string, ...resources: readonly string[]): ResourcePolicyRule => ({
  verbs: ['get', 'create', 'update'],
  apiGroups: [apiGroup],
  resources,
  namespaces: ALL,
});

const LEASES = writing('coordination.k8s.io', 'leases');

/** Which requests go to which of these levels. */
export const SUGGESTED_SCHEMAS: readonly Wanted[] = [
  ...Object.entries(MANDATORY_SCHEMAS).map(([name, spec]) => schemaOf(name, spec)),
  schema(
    'system-nodes',
    { level: 'system', precedence: 500, by: 'ByUser' },
    all(groups('system:nodes')),
  ),
  schema(
    'system-node-high',
    { level: 'node-high', precedence: 400, by: 'ByUser' },
    {
      subjects: groups('system:nodes'),
      resourceRules: [
        {
          verbs: ALL,
          apiGroups: [''],
          resources: ['nodes', 'nodes/status'],
          clusterScope: true,
          namespaces: ALL,
        },
        { ...LEASES, verbs: ALL },
      ],
    },
  ),
  schema(
    'probes',
    { level: 'exempt', precedence: 2 },
    {
      subjects: groups(...EVERYBODY),
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    },
  ),
  schema(
    'system-leader-election',
    { level: 'leader-election', precedence: 100, by: 'ByUser' },
    {
      subjects: [...users(CONTROLLERS, SCHEDULER), ...systemAccounts('*')],
      resourceRules: [LEASES],
    },
  ),
  schema(
    'workload-leader-election',
    { level: 'leader-election', precedence: 200, by: 'ByUser' },
    {
      subjects: systemAccounts('*'),
      resourceRules: [writing('', 'endpoints', 'configmaps'), LEASES],
    },
  ),
  schema(
    'endpoint-controller',
    { level: 'workload-high', precedence: 150, by: 'ByUser' },
    {
      subjects: [
        ...users(CONTROLLERS),
        ...systemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
      ],
      resourceRules: [writing('', 'endpoints')],
    },
  ),
  schema(
    'kube-controller-manager',
    { level: 'workload-high', precedence: 800, by: 'ByNamespace' },
    all(users(CONTROLLERS)),
  ),
  schema(
    'kube-scheduler',
    { level: 'workload-high', precedence: 800, by: 'ByNamespace' },
    all(users(SCHEDULER)),
  ),
  schema(
    'kube-system-service-accounts',
    { level: 'workload-high', precedence: 900, by: 'ByNamespace' },
    all(systemAccounts('*')),
  ),
  schema(
    'service-accounts',
    { level: 'workload-low', precedence: 9000, by: 'ByUser' },
    all(groups('system:serviceaccounts')),
  ),
  schema(
    'global-default',
    { level: 'global-default', precedence: 9900, by: 'ByUser' },
    all(groups(...EVERYBODY)),
  ),
];
