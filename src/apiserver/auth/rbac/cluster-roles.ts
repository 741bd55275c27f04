import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';
import { NODE_RULES, PROXY_RULES } from './node-rules.ts';
import {
  allow,
  allowPaths,
  CORE,
  EVENTS,
  READS,
  READS_AND_WRITES,
  reads,
  WRITES,
} from './rules.ts';

/** A role that every cluster has: with rules of its own, or made of those that have its label. */
export interface BuiltinRole {
  readonly name: string;
  readonly rules?: readonly PolicyRule[];
  /** It takes in all roles that say so. */
  readonly aggregates?: Audience;
  /** It says so to this one. */
  readonly aggregatesTo?: Audience;
}

/** Whom a role that is made of others is for. */
export type Audience = 'admin' | 'edit' | 'view';

const AUTHENTICATION = 'authentication.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const COORDINATION = 'coordination.k8s.io';
const NETWORKING = 'networking.k8s.io';
const RESOURCE = 'resource.k8s.io';
const STORAGE = 'storage.k8s.io';

const HEALTH = '/healthz /livez /readyz';
const TOKEN_REVIEWS = allow('create', 'tokenreviews', AUTHENTICATION);
const ACCESS_REVIEWS = allow('create', 'subjectaccessreviews', AUTHORIZATION);

const ADMIN_RULES = [
  allow('create', 'localsubjectaccessreviews', AUTHORIZATION),
  allow(READS_AND_WRITES, 'rolebindings roles', 'rbac.authorization.k8s.io'),
];

const EDIT_RULES = [
  reads('pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
  allow('impersonate', 'serviceaccounts'),
  allow(WRITES, 'pods pods/attach pods/exec pods/portforward pods/proxy'),
  allow('create', 'pods/eviction'),
  allow(
    WRITES,
    'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
  ),
  allow('create', 'serviceaccounts/token'),
  allow(WRITES, 'events', `${CORE} events.k8s.io`),
  allow(
    WRITES,
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    'apps',
  ),
  allow(WRITES, 'horizontalpodautoscalers', 'autoscaling'),
  allow(WRITES, 'cronjobs jobs', 'batch'),
  allow(
    WRITES,
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
    'extensions',
  ),
  allow(WRITES, 'poddisruptionbudgets', 'policy'),
  allow(WRITES, 'ingresses networkpolicies', NETWORKING),
  allow(READS_AND_WRITES, 'leases', COORDINATION),
  allow(WRITES, 'resourceclaims resourceclaimtemplates', RESOURCE),
];

const VIEW_RULES = [
  reads(
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
  ),
  reads(
    'bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  reads('namespaces'),
  reads('events', `${CORE} events.k8s.io`),
  reads('endpointslices', 'discovery.k8s.io'),
  reads(
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    'apps',
  ),
  reads('horizontalpodautoscalers horizontalpodautoscalers/status', 'autoscaling'),
  reads('cronjobs cronjobs/status jobs jobs/status', 'batch'),
  reads(
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
    'extensions',
  ),
  reads('poddisruptionbudgets poddisruptionbudgets/status', 'policy'),
  reads('ingresses ingresses/status networkpolicies', NETWORKING),
  reads('resourceclaims resourceclaims/status resourceclaimtemplates', RESOURCE),
];

const CONTROLLER_MANAGER_RULES = [
  EVENTS,
  allow('create', 'leases', COORDINATION),
  allow('get update', 'leases', COORDINATION, 'kube-controller-manager'),
  allow('create', 'secrets serviceaccounts'),
  allow('delete', 'secrets'),
  allow('get', 'configmaps namespaces secrets serviceaccounts'),
  allow('update', 'secrets serviceaccounts'),
  TOKEN_REVIEWS,
  ACCESS_REVIEWS,
  allow('list watch', '*', '*'),
  allow('create', 'serviceaccounts/token'),
];

const SCHEDULER_RULES = [
  EVENTS,
  allow('create', 'leases', COORDINATION),
  allow('get list update watch', 'leases', COORDINATION, 'kube-scheduler'),
  allow(READS_AND_WRITES, 'leasecandidates', COORDINATION),
  reads('nodes'),
  allow(`delete ${READS}`, 'pods'),
  allow('create', 'bindings pods/binding'),
  allow('patch update', 'pods/status'),
  reads('replicationcontrollers services'),
  reads('replicasets', 'apps extensions'),
  reads('statefulsets', 'apps'),
  reads('poddisruptionbudgets', 'policy'),
  reads('persistentvolumeclaims persistentvolumes'),
  TOKEN_REVIEWS,
  ACCESS_REVIEWS,
  reads('csinodes', STORAGE),
  reads('volumeattachments', STORAGE),
  reads('namespaces'),
  reads('csidrivers', STORAGE),
  reads('csistoragecapacities', STORAGE),
  reads('deviceclasses', RESOURCE),
  allow('get list patch update watch', 'resourceclaims', RESOURCE),
  allow('get list patch update watch', 'resourceclaims/status', RESOURCE),
  allow('get list patch update watch', 'pods/finalizers'),
  reads('resourceslices', RESOURCE),
  allow('create delete', 'resourceclaims', RESOURCE),
  allow('patch update', 'resourceclaims/binding', RESOURCE),
];

const signers = (verb: string, names: string): PolicyRule =>
  allow(verb, 'signers', CERTIFICATES, names);

const approver = (name: string, signer: string): BuiltinRole => ({
  name: `system:certificates.k8s.io:${name}-approver`,
  rules: [signers('approve', `kubernetes.io/${signer}`)],
});

const requester = (kind: string): BuiltinRole => ({
  name: `system:certificates.k8s.io:certificatesigningrequests:${kind}`,
  rules: [allow('create', `certificatesigningrequests/${kind}`, CERTIFICATES)],
});

/**
 * The ClusterRoles that a kube-apiserver 1.36 makes, but for those of controllers: what they are
 * called and say are facts of Kubernetes, that clients and users rely on.
 */
export const CLUSTER_ROLES: readonly BuiltinRole[] = [
  {
    name: 'cluster-admin',
    rules: [allow('*', '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }],
  },
  {
    name: 'system:discovery',
    rules: [
      allowPaths(
        `/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/`,
      ),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [
      allowPaths('/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'),
      allowPaths('/flagz'),
      allowPaths('/statusz'),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      allow('create', 'selfsubjectaccessreviews selfsubjectrulesreviews', AUTHORIZATION),
      allow('create', 'selfsubjectreviews', AUTHENTICATION),
    ],
  },
  { name: 'system:public-info-viewer', rules: [allowPaths(`${HEALTH} /version /version/`)] },
  { name: 'admin', aggregates: 'admin' },
  { name: 'edit', aggregates: 'edit', aggregatesTo: 'admin' },
  { name: 'view', aggregates: 'view', aggregatesTo: 'edit' },
  { name: 'system:aggregate-to-admin', aggregatesTo: 'admin', rules: ADMIN_RULES },
  { name: 'system:aggregate-to-edit', aggregatesTo: 'edit', rules: EDIT_RULES },
  { name: 'system:aggregate-to-view', aggregatesTo: 'view', rules: VIEW_RULES },
  {
    name: 'system:heapster',
    rules: [reads('events namespaces nodes pods'), reads('deployments', 'extensions')],
  },
  { name: 'system:node', rules: NODE_RULES },
  {
    name: 'system:node-problem-detector',
    rules: [allow('get', 'nodes'), allow('patch', 'nodes/status'), EVENTS],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [allow(`create ${READS}`, 'certificatesigningrequests', CERTIFICATES)],
  },
  { name: 'system:auth-delegator', rules: [TOKEN_REVIEWS, ACCESS_REVIEWS] },
  { name: 'system:kube-aggregator', rules: [reads('endpoints services')] },
  { name: 'system:kube-controller-manager', rules: CONTROLLER_MANAGER_RULES },
  { name: 'system:kube-dns', rules: [allow('list watch', 'endpoints services')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      allow('create delete get list watch', 'persistentvolumes'),
      allow('get list update watch', 'persistentvolumeclaims'),
      reads('storageclasses', STORAGE),
      allow('watch', 'events'),
      EVENTS,
    ],
  },
  requester('nodeclient'),
  requester('selfnodeclient'),
  {
    name: 'system:volume-scheduler',
    rules: [
      allow('get list patch update watch', 'persistentvolumes'),
      reads('storageclasses', STORAGE),
      allow('get list patch update watch', 'persistentvolumeclaims'),
    ],
  },
  approver('legacy-unknown', 'legacy-unknown'),
  approver('kubelet-serving', 'kubelet-serving'),
  approver('kube-apiserver-client', 'kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet', 'kube-apiserver-client-kubelet'),
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      allowPaths(
        '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      reads('nodes'),
      allow('proxy', 'nodes'),
      allow('*', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
      allow('*', 'nodes/configz nodes/healthz nodes/pods'),
    ],
  },
  { name: 'system:node-proxier', rules: PROXY_RULES },
  { name: 'system:kube-scheduler', rules: SCHEDULER_RULES },
];
