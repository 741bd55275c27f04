import type { TokenRequest } from '../../api/generated/authentication/v1/types.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { forbidden, notFound } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import { nodeNameOf } from '../auth/node-authorizer.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

const PODS_PREFIX = '/registry/pods/';
const RESTRICTED = 'node-restriction.kubernetes.io';
/** The labels of Kubernetes that a node says of itself, and the domains of others. */
const OWN_LABELS = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const OWN_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/** What is wrong with what a node does, in Kubernetes' words; undefined if nothing is. */
type Check = (
  node: string,
  attributes: AdmissionAttributes,
  store: Pick<Store<KubeObject>, 'latest'>,
) => string | undefined;

/**
 * What a node may not do even to what is its own: be another node, steer pods to itself by labels
 * and taints, and have tokens that outlive the pods they are for. What it may do at all is for the
 * node authorizer, which doesn't see the object of a request.
 */
export const nodeRestriction = (store: Pick<Store<KubeObject>, 'latest'>): AdmissionPlugin => ({
  name: 'NodeRestriction',
  isForAllKinds: true,
  admit(attributes) {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return;
    const { group, plural } = attributes.definition;
    const why = CHECKS.get(`${group}/${plural}`)?.(node, attributes, store);
    if (why !== undefined) throw forbidden(attributes.definition, attributes.name, why);
  },
});

const checkNode: Check = (node, { operation, name, object, oldObject }) => {
  if (name !== node) return `node ${quote(node)} is not allowed to modify node ${quote(name)}`;
  const [next, previous] = [object as Node | undefined, oldObject as Node | undefined];
  const labels = refusedLabels(next?.metadata.labels, previous?.metadata.labels).join(', ');
  if (operation === 'CREATE' && labels) {
    return `node ${quote(node)} is not allowed to set the following labels: ${labels}`;
  }
  if (operation !== 'UPDATE') return undefined;
  if (!isSemanticallyEqual(next?.spec.taints ?? [], previous?.spec.taints ?? [])) {
    return `node ${quote(node)} is not allowed to modify taints`;
  }
  return labels ? `is not allowed to modify labels: ${labels}` : undefined;
};

type Labels = Readonly<Record<string, string>> | undefined;

function refusedLabels(next: Labels = {}, previous: Labels = {}): string[] {
  const keys = new Set([...Object.keys(next), ...Object.keys(previous)]);
  return [...keys].filter((key) => next[key] !== previous[key] && !isOwnLabel(key)).sort();
}

function isOwnLabel(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const isIn = (other: string) => domain === other || domain.endsWith(`.${other}`);
  if (isIn(RESTRICTED)) return false;
  const isOfKubernetes = isIn('kubernetes.io') || isIn('k8s.io');
  return !isOfKubernetes || OWN_LABELS.has(key) || OWN_DOMAINS.some(isIn);
}

/** Made under its own name only; what there is, the authorizer has told apart by name. */
const checkName =
  (why: string): Check =>
  (node, { name }) =>
    name === node ? undefined : why;

const checkPod: Check = (node, { operation, subresource, object, oldObject }) => {
  if (operation !== 'UPDATE' || subresource !== 'status') return undefined;
  const [next, previous] = [object as Pod, oldObject as Pod];
  if (isSemanticallyEqual(next.metadata.labels ?? {}, previous.metadata.labels ?? {})) {
    return undefined;
  }
  return `node ${quote(node)} cannot update labels through pod status`;
};

const OWN_CLAIM_STATUS = [
  'allocatedResourceStatuses',
  'allocatedResources',
  'capacity',
  'conditions',
];

const checkClaim: Check = (node, { operation, object, oldObject }) => {
  if (operation !== 'UPDATE' || isSemanticallyEqual(othersOf(object), othersOf(oldObject))) {
    return undefined;
  }
  return `node ${quote(node)} is not allowed to update fields other than status.capacity and status.conditions`;
};

/** All of a claim that is none of a node's business. */
function othersOf(claim: object | undefined): object {
  const { metadata, status, ...others } = claim as PersistentVolumeClaim;
  const { resourceVersion: _, managedFields: __, ...meta } = metadata;
  const rest = Object.entries(status ?? {}).filter(([name]) => !OWN_CLAIM_STATUS.includes(name));
  return { ...others, metadata: meta, status: Object.fromEntries(rest) };
}

const checkToken: Check = (node, { operation, subresource, namespace, object }, store) => {
  if (operation !== 'CREATE' || subresource !== 'token') return undefined;
  const { boundObjectRef: bound } = (object as unknown as TokenRequest).spec;
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) {
    return 'node requested token not bound to a pod';
  }
  if (!bound.uid) return 'node requested token with a pod binding without a uid';
  const pod = store.latest(`${PODS_PREFIX}${namespace}/${bound.name}`)?.value as Pod | undefined;
  if (pod === undefined) throw notFound({ group: '', plural: 'pods' }, bound.name);
  if (bound.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  if (pod.spec.nodeName === node) return undefined;
  return 'node requested token bound to a pod scheduled on a different node';
};

const CHECKS: ReadonlyMap<string, Check> = new Map([
  ['/nodes', checkNode],
  ['/pods', checkPod],
  ['/persistentvolumeclaims', checkClaim],
  ['/serviceaccounts', checkToken],
  [
    'coordination.k8s.io/leases',
    checkName('can only access node lease with the same name as the requesting node'),
  ],
  [
    'storage.k8s.io/csinodes',
    checkName('can only access CSINode with the same name as the requesting node'),
  ],
]);
