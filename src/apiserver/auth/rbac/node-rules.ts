import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';
import { allow, CORE, EVENTS, READS, reads } from './rules.ts';

const CERTIFICATES = 'certificates.k8s.io';
const STORAGE = 'storage.k8s.io';

/** What kubelets need: the role `system:node`. */
export const NODE_RULES: readonly PolicyRule[] = [
  allow('create', 'tokenreviews', 'authentication.k8s.io'),
  allow('create', 'localsubjectaccessreviews subjectaccessreviews', 'authorization.k8s.io'),
  reads('services'),
  allow(`create ${READS}`, 'nodes'),
  allow('patch update', 'nodes/status'),
  allow('patch update', 'nodes'),
  EVENTS,
  reads('pods'),
  allow('create delete', 'pods'),
  allow('patch update', 'pods/status'),
  allow('create', 'pods/eviction'),
  reads('configmaps secrets'),
  allow('get', 'persistentvolumeclaims persistentvolumes'),
  allow('get', 'endpoints'),
  allow(`create ${READS}`, 'certificatesigningrequests', CERTIFICATES),
  allow('create delete get patch update', 'leases', 'coordination.k8s.io'),
  allow('get', 'volumeattachments', STORAGE),
  allow('create', 'serviceaccounts/token'),
  allow('get patch update', 'persistentvolumeclaims/status'),
  reads('csidrivers', STORAGE),
  allow('create delete get patch update', 'csinodes', STORAGE),
  reads('runtimeclasses', 'node.k8s.io'),
  allow('get', 'resourceclaims', 'resource.k8s.io'),
  allow('deletecollection', 'resourceslices', 'resource.k8s.io'),
  allow('get', 'serviceaccounts', CORE),
];

/** What service proxies need: the role `system:node-proxier`. */
export const PROXY_RULES: readonly PolicyRule[] = [
  allow('list watch', 'endpoints services'),
  reads('nodes'),
  EVENTS,
  allow('list watch', 'servicecidrs', 'networking.k8s.io'),
  allow('list watch', 'endpointslices', 'discovery.k8s.io'),
];
