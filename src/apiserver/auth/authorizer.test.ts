import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../testing.ts';
import { checkPath, checkRequest, nameSelected } from './authorizer.ts';
import { createRoleHeart, person } from './rbac/testing.ts';

// Goal: who may do what in a new cluster, and how those are told who may not.

const admin = { name: 'admin', groups: ['system:masters'] };
const node = person('system:node:a', 'system:nodes');
const scheduler = person('system:kube-scheduler');
const pia = person('pia');
const robot = person('system:serviceaccount:n:robot', 'system:serviceaccounts');
const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const pods = { group: '', plural: 'pods', namespace: 'n' };
const review = { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews' };

const { authorizer } = await createRoleHeart();

for (const [user, verb, resource, allowed] of [
  [admin, 'delete', pods, true],
  [node, 'list', pods, true],
  [node, 'patch', { ...pods, subresource: 'status' }, true],
  [node, 'patch', pods, false],
  [node, 'create', { ...pods, subresource: 'exec' }, false],
  [node, 'list', { group: 'apps', plural: 'deployments' }, false],
  [scheduler, 'create', { ...pods, subresource: 'binding' }, true],
  [scheduler, 'create', pods, false],
  [scheduler, 'delete', pods, true],
  [pia, 'get', pods, false],
  [pia, 'create', review, true],
  [anonymous, 'create', review, false],
  // The name alone is worth nothing to whom the roles of all users are for.
  [{ ...pia, groups: [] }, 'create', review, false],
] as const) {
  const { plural } = resource;
  test(`${user.name} ${allowed ? 'may' : 'may not'} ${verb} ${plural}`, () => {
    assert.equal(authorizer.allows(user, { verb, ...resource }), allowed);
  });
}

for (const [user, path, allowed] of [
  [admin, '/metrics', true],
  [person('prometheus', 'system:monitoring'), '/metrics', true],
  [pia, '/metrics', false],
  [pia, '/apis/apps/v1', true],
  [pia, '/openapi/v3', true],
  [pia, '/apisomething', false],
  [pia, '/openid/v1/jwks', false],
  [robot, '/openid/v1/jwks', true],
  [anonymous, '/apis', false],
  [anonymous, '/healthz', true],
  [anonymous, '/readyz/ping', false],
  [anonymous, '/version', true],
  [anonymous, '/', false],
] as const) {
  test(`${user.name} ${allowed ? 'may' : 'may not'} get ${path}`, () => {
    assert.equal(authorizer.allowsPath(user, 'get', path), allowed);
    assert.equal(authorizer.allowsPath(user, 'post', path), user === admin);
  });
}

for (const { request, message } of [
  {
    request: { verb: 'list', ...pods },
    message:
      'pods is forbidden: User "pia" cannot list resource "pods" in API group "" in the namespace "n"',
  },
  {
    request: { verb: 'get', group: 'apps', plural: 'deployments', namespace: 'n', name: 'd' },
    message:
      'deployments.apps "d" is forbidden: User "pia" cannot get resource "deployments" in API group "apps" in the namespace "n"',
  },
  {
    request: { verb: 'get', ...pods, name: 'p', subresource: 'log' },
    message:
      'pods "p" is forbidden: User "pia" cannot get resource "pods/log" in API group "" in the namespace "n"',
  },
  {
    request: { verb: 'get', group: '', plural: 'namespaces', name: 'n' },
    message:
      'namespaces "n" is forbidden: User "pia" cannot get resource "namespaces" in API group "" in the namespace "n"',
  },
  {
    request: { verb: 'list', group: '', plural: 'namespaces', name: 'n' },
    message:
      'namespaces "n" is forbidden: User "pia" cannot list resource "namespaces" in API group "" at the cluster scope',
  },
]) {
  test(`refused: ${message}`, () => {
    assert.throws(() => checkRequest(authorizer, pia, request), refusal(403, message));
  });
}

test('what is no resource is refused by its path, and no markup comes back', () => {
  assert.throws(
    () => checkPath(authorizer, pia, 'get', '/<b>'),
    refusal(403, 'forbidden: User "pia" cannot get path "/&lt;b&gt;"'),
  );
});

for (const [verb, fieldSelector, name] of [
  ['list', 'metadata.name=a', 'a'],
  ['watch', 'status.phase=Running,metadata.name==a', 'a'],
  ['list', 'metadata.name!=a', undefined],
  ['list', 'metadata.name=..', undefined],
  ['list', 'metadata.name=a/b', undefined],
  ['list', 'metadata.name=a,=b=', undefined],
  // Text that belongs to the value of another field.
  ['list', 'type!=x\\,metadata.name=a', undefined],
  ['watch', 'type!=x\\\\,metadata.name=a', 'a'],
  ['deletecollection', 'metadata.name=a', undefined],
] as const) {
  test(`${verb} where ${fieldSelector} is for ${name ?? 'all'}`, () => {
    const request = { verb, group: '', version: 'v1', plural: 'pods', options: { fieldSelector } };
    assert.equal(nameSelected(request).name, name);
  });
}
