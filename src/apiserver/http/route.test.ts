import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeOf, verbOf } from './route.ts';

// Goal: every form of a resource's path is read for what it is, and nothing else for a resource.

const pods = { group: '', version: 'v1', plural: 'pods' };
const namespaces = { group: '', version: 'v1', plural: 'namespaces' };
const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };

for (const { path, route } of [
  { path: '/api/v1/pods', route: pods },
  { path: '/api/v1/namespaces', route: namespaces },
  { path: '/api/v1/namespaces/a', route: { ...namespaces, name: 'a' } },
  { path: '/api/v1/namespaces/a/', route: { ...namespaces, name: 'a' } },
  {
    path: '/api/v1/namespaces/a/finalize',
    route: { ...namespaces, name: 'a', subresource: 'finalize' },
  },
  { path: '/api/v1/namespaces/a/pods', route: { ...pods, namespace: 'a' } },
  { path: '/api/v1/namespaces/a/pods/b', route: { ...pods, namespace: 'a', name: 'b' } },
  {
    path: '/api/v1/namespaces/a/pods/b/log',
    route: { ...pods, namespace: 'a', name: 'b', subresource: 'log' },
  },
  {
    path: '/api/v1/namespaces/a/pods/https:b:8443/proxy/x%2Fy/z/',
    route: {
      ...pods,
      namespace: 'a',
      name: 'https:b:8443',
      subresource: 'proxy',
      rest: '/x%2Fy/z/',
    },
  },
  {
    path: '/api/v1/nodes/n/proxy/',
    route: { ...pods, plural: 'nodes', name: 'n', subresource: 'proxy', rest: '/' },
  },
  {
    path: '/apis/apps/v1/namespaces/a/deployments/d/scale',
    route: { ...deployments, namespace: 'a', name: 'd', subresource: 'scale' },
  },
  { path: '/apis/apps/v1/deployments/a%20b', route: { ...deployments, name: 'a b' } },
  { path: '/apis/apps/v1/deployments/100%', route: { ...deployments, name: '100%' } },
  {
    path: '/api/v1/watch/namespaces/a/pods/b',
    route: { ...pods, namespace: 'a', name: 'b', isWatchPath: true },
  },
  { path: '/apis/apps/v1/watch/deployments', route: { ...deployments, isWatchPath: true } },
  { path: '/api/v1/watch', route: { ...pods, plural: 'watch' } },
  { path: '/api', route: undefined },
  { path: '/api/v1', route: undefined },
  { path: '/api/v1/', route: undefined },
  { path: '/apis/apps', route: undefined },
  { path: '/apis/apps/v1', route: undefined },
  { path: '/version', route: undefined },
  { path: '/', route: undefined },
]) {
  test(`the path ${path}`, () => {
    const empty = {
      namespace: undefined,
      name: undefined,
      subresource: undefined,
      rest: undefined,
      isWatchPath: false,
    };
    assert.deepEqual(routeOf(path), route && { ...empty, ...route });
  });
}

for (const [method, path, isWatch, verb] of [
  ['GET', '/api/v1/pods', false, 'list'],
  ['HEAD', '/api/v1/pods', false, 'list'],
  ['GET', '/api/v1/pods', true, 'watch'],
  ['GET', '/api/v1/namespaces/a/pods/b', true, 'get'],
  ['POST', '/api/v1/namespaces/a/pods', false, 'create'],
  ['PUT', '/api/v1/namespaces/a/pods/b', false, 'update'],
  ['PATCH', '/api/v1/namespaces/a/pods/b', false, 'patch'],
  ['DELETE', '/api/v1/namespaces/a/pods/b', false, 'delete'],
  ['DELETE', '/api/v1/namespaces/a/pods', false, 'deletecollection'],
  ['GET', '/api/v1/watch/namespaces/a/pods/b', false, 'watch'],
  ['POST', '/api/v1/watch/pods', false, undefined],
  ['BREW', '/api/v1/pods', false, undefined],
] as const) {
  test(`${method} ${path}${isWatch ? '?watch' : ''} is ${verb}`, () => {
    assert.equal(verbOf(method, routeOf(path)!, isWatch), verb);
  });
}
