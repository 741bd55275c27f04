import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole, PolicyRule } from '../../api/generated/rbac/v1/types.ts';
import { reconcileClusterRole } from './reconcile.ts';

// Goal: a role that takes in others says what they say, once, in an order that doesn't change by
// itself.

const allow = (...verbs: string[]): PolicyRule => ({ verbs, apiGroups: [''], resources: ['pods'] });

const role = (name: string, of: string | undefined, rules: PolicyRule[] | null): ClusterRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '',
    ...(of && { labels: { to: of } }),
  },
  rules,
});

const gathering = (rules: PolicyRule[] | null, ...from: string[]): ClusterRole => ({
  ...role('all', 'edit', rules),
  aggregationRule: {
    clusterRoleSelectors: from.map((to) => ({ matchLabels: { to } })),
  },
});

for (const { name, gatherer, others, want } of [
  {
    name: 'takes in what is chosen, by name',
    gatherer: gathering(null, 'edit'),
    others: [
      role('b', 'edit', [allow('get')]),
      role('a', 'edit', [allow('list')]),
      role('c', 'x', []),
    ],
    want: [allow('list'), allow('get')],
  },
  {
    name: 'in the order of its selectors',
    gatherer: gathering(null, 'view', 'edit'),
    others: [role('a', 'edit', [allow('list')]), role('b', 'view', [allow('get')])],
    want: [allow('get'), allow('list')],
  },
  {
    name: 'each rule once, and nothing of itself',
    gatherer: gathering([allow('delete')], 'edit'),
    others: [role('a', 'edit', [allow('get')]), role('b', 'edit', [allow('get'), allow('get')])],
    want: [allow('get')],
  },
  {
    name: 'once what differs only in lists that say nothing',
    gatherer: gathering(null, 'edit'),
    others: [
      role('a', 'edit', [allow('get')]),
      role('b', 'edit', [{ ...allow('get'), resourceNames: [], nonResourceURLs: [] }]),
    ],
    want: [allow('get')],
  },
  {
    name: 'nothing any more',
    gatherer: gathering([allow('get')], 'edit'),
    others: [role('a', undefined, [allow('get')])],
    want: [],
  },
  {
    name: 'writes nothing when all is said',
    gatherer: gathering([allow('get')], 'edit'),
    others: [role('a', 'edit', [allow('get')])],
    want: undefined,
  },
  {
    name: 'writes nothing where there is nothing',
    gatherer: gathering(null, 'edit'),
    others: [role('a', 'edit', null)],
    want: undefined,
  },
  {
    name: 'leaves roles alone that take in nothing',
    gatherer: role('all', 'edit', [allow('get')]),
    others: [role('a', 'edit', [allow('list')])],
    want: undefined,
  },
]) {
  test(name, () => {
    const actions = reconcileClusterRole({ role: gatherer, roles: [gatherer, ...others] });
    assert.deepEqual(actions[0]?.rules, want);
  });
}
