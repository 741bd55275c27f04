import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../testing.ts';
import { checkPath, checkRequest } from './authorizer.ts';
import { componentAuthorizer } from './component-authorizer.ts';

// Goal: who may do what until roles say so, and how those are told who may not.

const authenticated = ['system:authenticated'];
const admin = { name: 'admin', groups: ['system:masters'] };
const node = { name: 'system:node:a', groups: ['system:nodes', ...authenticated] };
const scheduler = { name: 'system:kube-scheduler', groups: authenticated };
const pia = { name: 'pia', groups: authenticated };
const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const pods = { group: '', plural: 'pods', namespace: 'n' };
const review = { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews' };

for (const [user, verb, resource, allowed] of [
  [admin, 'delete', pods, true],
  [node, 'list', pods, true],
  [node, 'patch', { ...pods, subresource: 'status' }, true],
  [node, 'patch', pods, false],
  [node, 'create', { ...pods, subresource: 'exec' }, false],
  [scheduler, 'create', { ...pods, subresource: 'binding' }, true],
  [scheduler, 'create', pods, false],
  [scheduler, 'delete', pods, true],
  [pia, 'get', pods, false],
  [pia, 'create', review, true],
  [anonymous, 'create', review, false],
  // The name alone, without being authenticated, is worth nothing.
  [{ ...scheduler, groups: [] }, 'list', pods, false],
] as const) {
  const { plural } = resource;
  test(`${user.name} ${allowed ? 'may' : 'may not'} ${verb} ${plural}`, () => {
    assert.equal(componentAuthorizer.allows(user, { verb, ...resource }), allowed);
  });
}

for (const [user, path, allowed] of [
  [admin, '/metrics', true],
  [scheduler, '/metrics', true],
  [pia, '/metrics', false],
  [pia, '/apis/apps/v1', true],
  [pia, '/openapi/v3', true],
  [pia, '/apisomething', false],
  [anonymous, '/apis', false],
  [anonymous, '/healthz', true],
  [anonymous, '/readyz/ping', true],
  [anonymous, '/version', true],
  [anonymous, '/', false],
] as const) {
  test(`${user.name} ${allowed ? 'may' : 'may not'} get ${path}`, () => {
    assert.equal(componentAuthorizer.allowsPath(user, 'get', path), allowed);
    assert.equal(componentAuthorizer.allowsPath(user, 'post', path), user === admin);
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
]) {
  test(`refused: ${message}`, () => {
    assert.throws(() => checkRequest(componentAuthorizer, pia, request), refusal(403, message));
  });
}

test('what is no resource is refused by its path, and no markup comes back', () => {
  assert.throws(
    () => checkPath(componentAuthorizer, pia, 'get', '/<b>'),
    refusal(403, 'forbidden: User "pia" cannot get path "/&lt;b&gt;"'),
  );
});
