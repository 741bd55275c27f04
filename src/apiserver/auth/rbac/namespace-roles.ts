import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';
import { allow, CORE, EVENTS, reads } from './rules.ts';

const COORDINATION = 'coordination.k8s.io';
const ELECTION = 'create get list update watch';

/** What whoever wants to lead may do, with the lock of that name. */
const leaderRules = (lock: string): readonly PolicyRule[] => [
  allow('watch', 'configmaps'),
  allow('get update', 'configmaps', CORE, lock),
  allow(ELECTION, 'leases', COORDINATION),
  allow(ELECTION, 'leasecandidates', COORDINATION),
];

/** A Role of `kube-system` or `kube-public`, with who has it. */
export interface NamespaceRole {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  /** The name of the binding where it is another. */
  readonly binding?: string;
  readonly users?: readonly string[];
  /** Of `kube-system`. */
  readonly accounts?: readonly string[];
}

const SYSTEM = 'kube-system';
const MANAGER = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';

/** The Roles that a kube-apiserver 1.36 makes. */
export const NAMESPACE_ROLES: readonly NamespaceRole[] = [
  {
    namespace: SYSTEM,
    name: 'extension-apiserver-authentication-reader',
    rules: [allow('get list watch', 'configmaps', CORE, 'extension-apiserver-authentication')],
    binding: 'system::extension-apiserver-authentication-reader',
    users: [MANAGER, SCHEDULER],
  },
  {
    namespace: SYSTEM,
    name: 'system:controller:bootstrap-signer',
    rules: [reads('secrets')],
    accounts: ['bootstrap-signer'],
  },
  {
    namespace: SYSTEM,
    name: 'system:controller:cloud-provider',
    rules: [allow('create get list watch', 'configmaps')],
    accounts: ['cloud-provider'],
  },
  {
    namespace: SYSTEM,
    name: 'system:controller:token-cleaner',
    rules: [allow('delete get list watch', 'secrets'), EVENTS],
    accounts: ['token-cleaner'],
  },
  {
    namespace: SYSTEM,
    name: 'system::leader-locking-kube-controller-manager',
    rules: leaderRules('kube-controller-manager'),
    users: [MANAGER],
    accounts: ['kube-controller-manager'],
  },
  {
    namespace: SYSTEM,
    name: 'system::leader-locking-kube-scheduler',
    rules: leaderRules('kube-scheduler'),
    users: [SCHEDULER],
    accounts: ['kube-scheduler'],
  },
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [reads('configmaps'), allow('update', 'configmaps', CORE, 'cluster-info'), EVENTS],
    accounts: ['bootstrap-signer'],
  },
];
