import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { clusterRoles } from './cluster-role.ts';
import { clusterRoleBindings } from './cluster-role-binding.ts';
import { roles } from './role.ts';
import { roleBindings } from './role-binding.ts';

// Goal: what roles may say, whom they are given to, and that a binding stays with its role.

const reads = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const health = { verbs: ['get'], nonResourceURLs: ['/healthz'] };

test('only the cluster has roles for what is no resource', () => {
  assert.deepEqual(refusals(clusterRoles, { rules: [reads, health] }), []);
  assert.deepEqual(refusals(roles, { rules: [reads, health] }), [
    'rules[1].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
  ]);
  assert.deepEqual(refusals(clusterRoles, { rules: [{ ...reads, ...health }] }), [
    'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
  ]);
});

test('a role made of others says which', () => {
  const of = (clusterRoleSelectors: object[]) => ({ aggregationRule: { clusterRoleSelectors } });
  assert.deepEqual(refusals(clusterRoles, of([{ matchLabels: { a: 'b' } }])), []);
  assert.deepEqual(refusals(clusterRoles, of([])), [
    'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
  ]);
});

const roleRef = { kind: 'ClusterRole', name: 'view' };
const GROUP = 'rbac.authorization.k8s.io';

test('groups are filled in, but for accounts', () => {
  const subjects = ['User', 'Group', 'ServiceAccount'].map((kind) => ({ kind, name: 'a' }));
  const binding = made(roleBindings, { roleRef, subjects });
  assert.equal(binding.roleRef.apiGroup, GROUP);
  assert.deepEqual(
    binding.subjects?.map(({ apiGroup }) => apiGroup),
    [GROUP, GROUP, undefined],
  );
});

for (const { name, subject, namespaced, cluster } of [
  { name: 'a user', subject: { kind: 'User', name: 'a' }, namespaced: [], cluster: [] },
  {
    name: 'an account of no namespace',
    subject: { kind: 'ServiceAccount', name: 'a' },
    namespaced: [],
    cluster: ['subjects[0].namespace: Required value'],
  },
  {
    name: 'nobody',
    subject: { kind: 'Group' },
    namespaced: ['subjects[0].name: Required value'],
    cluster: ['subjects[0].name: Required value'],
  },
]) {
  test(`a role for ${name}`, () => {
    const body = { roleRef, subjects: [subject] };
    assert.deepEqual(refusals(roleBindings, body), namespaced);
    assert.deepEqual(refusals(clusterRoleBindings, body), cluster);
  });
}

test('another role takes another binding', () => {
  const previous = made(roleBindings, { roleRef });
  const { errors } = changed(roleBindings, previous, { roleRef: { name: 'edit' } });
  assert.deepEqual(errors, [
    'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef',
  ]);
});

test('cells', () => {
  const subjects = [
    { kind: 'User', name: 'ann' },
    { kind: 'User', name: 'bob' },
    { kind: 'ServiceAccount', namespace: 'a', name: 'b' },
  ];
  const cells = cellsOf(roleBindings, made(roleBindings, { roleRef, subjects }));
  assert.deepEqual(
    [cells.Role, cells.Users, cells.Groups, cells.ServiceAccounts],
    ['ClusterRole/view', 'ann, bob', '', 'a/b'],
  );
});

test('their names are what fits in a path, and PUT makes them', () => {
  for (const definition of [roles, clusterRoles, roleBindings, clusterRoleBindings]) {
    assert.equal(definition.nameRule, 'path-segment');
    assert.equal(definition.createOnUpdate, true);
  }
});
