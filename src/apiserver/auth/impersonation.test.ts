import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, refusal } from '../testing.ts';
import { allowAll, type ResourceAttributes } from './authorizer.ts';
import { impersonated } from './impersonation.ts';
import { CompiledRules } from './rbac/compiled-rules.ts';

// Goal: who may act for others is taken for them, whole, and nobody else is.

const asked = { verb: 'list', group: '', plural: 'pods', namespace: 'n' };
const pia = { name: 'pia', groups: ['system:authenticated'] };

for (const { name, headers, user } of [
  { name: 'nobody', headers: {}, user: ADMIN },
  {
    name: 'a user',
    headers: { 'impersonate-user': 'pia' },
    user: { name: 'pia', groups: ['system:authenticated'] },
  },
  {
    name: 'a user with groups, uid and extra',
    headers: {
      'impersonate-user': 'pia',
      'impersonate-group': 'a, b',
      'impersonate-uid': 'u',
      'impersonate-extra-farm%2fside': 'west',
    },
    user: {
      name: 'pia',
      groups: ['a', 'b', 'system:authenticated'],
      uid: 'u',
      extra: { 'farm/side': ['west'] },
    },
  },
  {
    name: 'a user with an extra whose key is not encoded well',
    headers: { 'impersonate-user': 'pia', 'impersonate-extra-100%': 'a' },
    user: { name: 'pia', groups: ['system:authenticated'], extra: { '100%': ['a'] } },
  },
  {
    name: 'an account',
    headers: { 'impersonate-user': 'system:serviceaccount:n:default' },
    user: {
      name: 'system:serviceaccount:n:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
    },
  },
  {
    name: 'nobody in particular',
    headers: { 'impersonate-user': 'system:anonymous' },
    user: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  },
]) {
  test(`acts for ${name}`, () => {
    assert.deepEqual(
      impersonated(ADMIN, headers, allowAll, () => asked),
      user,
    );
  });
}

const refuses = { allows: () => false, allowsPath: () => false };

for (const { headers, message } of [
  {
    headers: { 'impersonate-user': 'admin' },
    message:
      'pods is forbidden: User "pia" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "n"',
  },
  {
    headers: { 'impersonate-user': 'system:serviceaccount:n:a' },
    message:
      'pods is forbidden: User "pia" cannot impersonate-on:serviceaccount:list resource "pods" in API group "" in the namespace "n"',
  },
  {
    headers: { 'impersonate-user': 'system:serviceaccount:n:a', 'impersonate-group': 'a' },
    message:
      'serviceaccounts "a" is forbidden: User "pia" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "n"',
  },
]) {
  test(`refused: ${message}`, () => {
    assert.throws(() => impersonated(pia, headers, refuses, () => asked), refusal(403, message));
  });
}

test('of a path it is refused as such', () => {
  const headers = { 'impersonate-user': 'admin' };
  const path = { verb: 'get', path: '/api' };
  assert.throws(
    () => impersonated(pia, headers, refuses, () => path),
    refusal(403, 'forbidden: User "pia" cannot impersonate-on:user-info:get path "/api"'),
  );
});

const rule = (verb: string, plural: string, names?: string[]) => ({
  verbs: [verb],
  apiGroups: [verb.includes(':') ? 'authentication.k8s.io' : ''],
  resources: [plural],
  ...(names && { resourceNames: names }),
});
const ON_PODS = {
  verbs: ['impersonate-on:user-info:list', 'impersonate-on:arbitrary-node:list'],
  apiGroups: [''],
  resources: ['pods'],
};

for (const { name, rules, headers, groups, message } of [
  {
    name: 'the verb of old is enough for all',
    rules: [rule('impersonate', 'users', ['max']), rule('impersonate', 'groups', ['pickers'])],
    headers: { 'impersonate-user': 'max', 'impersonate-group': 'pickers' },
    groups: ['pickers', 'system:authenticated'],
  },
  {
    name: 'what was granted for lists of pods',
    rules: [ON_PODS, rule('impersonate:user-info', 'users', ['max'])],
    headers: { 'impersonate-user': 'max' },
    groups: ['system:authenticated'],
  },
  {
    name: 'somebody else than was granted',
    rules: [ON_PODS, rule('impersonate:user-info', 'users', ['max'])],
    headers: { 'impersonate-user': 'ben' },
    message:
      'users.authentication.k8s.io "ben" is forbidden: User "pia" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
  },
  {
    name: 'superusers, as part of a grant',
    rules: [ON_PODS, rule('impersonate:user-info', 'users')],
    headers: { 'impersonate-user': 'max', 'impersonate-group': 'system:masters' },
    message:
      'groups.authentication.k8s.io "system:masters" is forbidden: User "pia" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
  },
  {
    name: 'a user with a uid and an extra, by the verb of old',
    rules: [
      rule('impersonate', 'users'),
      { ...rule('impersonate', 'uids', ['7']), apiGroups: ['authentication.k8s.io'] },
      { ...rule('impersonate', 'userextras/scopes'), apiGroups: ['authentication.k8s.io'] },
    ],
    headers: {
      'impersonate-user': 'max',
      'impersonate-uid': '7',
      'impersonate-extra-scopes': 'view',
    },
    groups: ['system:authenticated'],
  },
  {
    name: 'who is called nearly as an account, and is a user',
    rules: [rule('impersonate', 'serviceaccounts')],
    headers: { 'impersonate-user': 'system:serviceaccount:n:No_Account' },
    message:
      'pods is forbidden: User "pia" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "n"',
  },
  {
    name: 'an extra called as what objects inherit from',
    rules: [rule('impersonate', 'users'), ON_PODS, rule('impersonate:user-info', 'users')],
    headers: { 'impersonate-user': 'max', 'impersonate-extra-__proto__': 'west' },
    message:
      'userextras.authentication.k8s.io is forbidden: User "pia" cannot impersonate:user-info resource "userextras" in API group "authentication.k8s.io" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "__proto__": must be a domain-prefixed path (such as "acme.io/foo")',
  },
  {
    name: 'an extra that was not granted',
    rules: [rule('impersonate', 'users'), ON_PODS, rule('impersonate:user-info', 'users')],
    headers: { 'impersonate-user': 'max', 'impersonate-extra-farm.example%2fside': 'west' },
    message:
      'userextras.authentication.k8s.io "west" is forbidden: User "pia" cannot impersonate:user-info resource "userextras/farm.example/side" in API group "authentication.k8s.io" at the cluster scope',
  },
  {
    name: 'a node, which is then of the nodes',
    rules: [ON_PODS, rule('impersonate:arbitrary-node', 'nodes', ['a'])],
    headers: { 'impersonate-user': 'system:node:a' },
    groups: ['system:nodes', 'system:authenticated'],
  },
  {
    name: 'a name alone, without the right to what is asked',
    rules: [rule('impersonate:user-info', 'users')],
    headers: { 'impersonate-user': 'max' },
    message:
      'pods is forbidden: User "pia" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "n"',
  },
]) {
  test(`by roles: ${name}`, () => {
    const compiled = new CompiledRules(rules);
    const authorizer = {
      allows: (_: unknown, wanted: ResourceAttributes) => compiled.allows(wanted),
      allowsPath: () => false,
    };
    const attempt = () => impersonated(pia, headers, authorizer, () => asked);
    if (message !== undefined) assert.throws(attempt, refusal(403, message));
    else assert.deepEqual(attempt().groups, groups);
  });
}

test('an account may be the node that its token was made for', () => {
  const compiled = new CompiledRules([
    { ...ON_PODS, verbs: ['impersonate-on:associated-node:list'] },
    rule('impersonate:associated-node', 'nodes', ['*']),
  ]);
  const authorizer = {
    allows: (_: unknown, wanted: ResourceAttributes) => compiled.allows(wanted),
    allowsPath: () => false,
  };
  const extra = { 'authentication.kubernetes.io/node-name': ['a'] };
  const robot = { name: 'system:serviceaccount:n:robot', groups: [], extra };
  const be = (node: string) =>
    impersonated(robot, { 'impersonate-user': `system:node:${node}` }, authorizer, () => asked);
  assert.equal(be('a').name, 'system:node:a');
  assert.throws(() => be('b'), refusal(403, /cannot impersonate-on:arbitrary-node:list/));
});

test('groups of nobody are refused', () => {
  const message =
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name';
  assert.throws(
    () => impersonated(ADMIN, { 'impersonate-group': 'a' }, allowAll, () => asked),
    refusal(400, message),
  );
});
