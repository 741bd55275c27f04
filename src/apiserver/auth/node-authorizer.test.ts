import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';
import { type Authorizer, allowAll, authorizerChain, superusers } from './authorizer.ts';
import { nodeAuthorizer } from './node-authorizer.ts';

// Goal: what falls into the hands of one node is what its own pods need, and nothing of others.

const user = (name: string, ...groups: string[]) => ({
  name,
  groups: [...groups, 'system:authenticated'],
});
const nodeA = user('system:node:a', 'system:nodes');

let heart: TestHeart;
let authorizer: Authorizer = allowAll;

const podOn = (nodeName: string, name: string, spec: object) => ({
  metadata: { name },
  spec: { nodeName, automountServiceAccountToken: false, ...spec },
});
const container = (more: object = {}) => ({ name: 'main', image: 'x', ...more });

before(async () => {
  heart = await createTestHeart({
    authorizer: {
      allows: (...asked) => authorizer.allows(...asked),
      allowsPath: () => true,
      reason: (...asked) => authorizer.reason?.(...asked) ?? '',
    },
  });
  authorizer = authorizerChain([superusers, nodeAuthorizer(heart.store)]);
  const at = { plural: 'pods', namespace: 'default', verb: 'create' } as const;
  for (const name of ['default', 'robot']) {
    const body = { metadata: { name } };
    await heart.send({ ...at, plural: 'serviceaccounts', body });
  }
  const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 'of-env', key: 'k' } } }];
  const envFrom = [{ configMapRef: { name: 'of-env-from' } }];
  const volumes = [
    { name: 's', secret: { secretName: 'of-volume' } },
    { name: 'c', configMap: { name: 'of-volume' } },
    { name: 'd', persistentVolumeClaim: { claimName: 'of-volume' } },
    {
      name: 'e',
      ephemeral: {
        volumeClaimTemplate: {
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } },
        },
      },
    },
    { name: 'p', projected: { sources: [{ secret: { name: 'of-projected' } }] } },
  ];
  const spec = { containers: [container({ env, envFrom })], volumes };
  const imagePullSecrets = [{ name: 'of-pull' }];
  await heart.send({ ...at, body: podOn('a', 'mine', { ...spec, imagePullSecrets }) });
  const theirs = { containers: [container()], serviceAccountName: 'robot' };
  const other = [{ name: 's', secret: { secretName: 'of-other' } }];
  await heart.send({ ...at, body: podOn('b', 'theirs', { ...theirs, volumes: other }) });
  for (const name of ['of-volume', 'of-other']) {
    await heart.send({ ...at, plural: 'secrets', body: { metadata: { name } } });
  }
});

const inDefault = { namespace: 'default' };
const lease = { group: 'coordination.k8s.io', plural: 'leases' };

for (const [verb, asked, allowed] of [
  ['get', { plural: 'secrets', ...inDefault, name: 'of-volume' }, true],
  ['watch', { plural: 'secrets', ...inDefault, name: 'of-env' }, true],
  ['get', { plural: 'secrets', ...inDefault, name: 'of-projected' }, true],
  ['get', { plural: 'secrets', ...inDefault, name: 'of-pull' }, true],
  ['get', { plural: 'secrets', ...inDefault, name: 'of-other' }, false],
  ['get', { plural: 'secrets', ...inDefault, name: 'of-env-from' }, false],
  ['get', { plural: 'secrets', namespace: 'kube-system', name: 'of-volume' }, false],
  ['list', { plural: 'secrets', ...inDefault }, false],
  ['list', { plural: 'secrets' }, false],
  ['get', { plural: 'configmaps', ...inDefault, name: 'of-env-from' }, true],
  ['get', { plural: 'configmaps', ...inDefault, name: 'of-volume' }, true],
  ['list', { plural: 'configmaps', ...inDefault }, false],
  ['get', { plural: 'configmaps', namespace: 'kube-system', name: 'cluster-networks' }, true],
  [
    'create',
    { plural: 'serviceaccounts', subresource: 'token', ...inDefault, name: 'default' },
    true,
  ],
  [
    'create',
    { plural: 'serviceaccounts', subresource: 'token', ...inDefault, name: 'robot' },
    false,
  ],
  ['get', { plural: 'serviceaccounts', ...inDefault, name: 'robot' }, false],
  ['deletecollection', { group: 'resource.k8s.io', plural: 'resourceslices' }, false],
  ['get', { plural: 'persistentvolumeclaims', ...inDefault, name: 'of-volume' }, true],
  ['get', { plural: 'persistentvolumeclaims', ...inDefault, name: 'mine-e' }, true],
  ['get', { plural: 'persistentvolumeclaims', ...inDefault, name: 'of-other' }, false],
  [
    'patch',
    { plural: 'persistentvolumeclaims', subresource: 'status', ...inDefault, name: 'of-other' },
    false,
  ],
  ['patch', { plural: 'nodes', subresource: 'status', name: 'a' }, true],
  ['patch', { plural: 'nodes', subresource: 'status', name: 'b' }, false],
  ['update', { plural: 'nodes', name: 'b' }, false],
  ['list', { plural: 'nodes' }, true],
  ['create', { plural: 'nodes' }, true],
  ['update', { ...lease, namespace: 'kube-node-lease', name: 'a' }, true],
  ['update', { ...lease, namespace: 'kube-node-lease', name: 'b' }, false],
  ['create', { ...lease, namespace: 'kube-system' }, false],
  ['delete', { plural: 'pods', ...inDefault, name: 'mine' }, true],
  ['delete', { plural: 'pods', ...inDefault, name: 'theirs' }, false],
  ['delete', { plural: 'pods', ...inDefault, name: 'gone' }, true],
  ['patch', { plural: 'pods', subresource: 'status', ...inDefault, name: 'theirs' }, false],
  ['create', { plural: 'pods', subresource: 'eviction', ...inDefault, name: 'theirs' }, false],
  ['create', { plural: 'pods', ...inDefault }, false],
  ['watch', { plural: 'pods' }, true],
  ['watch', { plural: 'services' }, true],
] as const) {
  const place = Object.values(asked).join(' ');
  test(`a node ${allowed ? 'may' : 'may not'} ${verb} ${place}`, () => {
    assert.equal(authorizer.allows(nodeA, { group: '', verb, ...asked }), allowed);
  });
}

test('of the group or the name alone one owns nothing', () => {
  const asked = { group: '', verb: 'get', plural: 'secrets', ...inDefault, name: 'of-volume' };
  assert.equal(authorizer.allows(user('mallory', 'system:nodes'), asked), false);
  assert.equal(authorizer.allows(user('system:node:a'), asked), false);
  const admin = user('system:node:a', 'system:nodes', 'system:masters');
  assert.equal(authorizer.allows(admin, { ...asked, name: 'of-other' }), true);
});

test('a list by name is one of that name', async () => {
  const asked = { plural: 'secrets', ...inDefault, verb: 'list' } as const;
  const byName = (name: string) => ({
    ...asked,
    options: { fieldSelector: `metadata.name=${name}` },
  });
  const found = await heart.send(byName('of-volume'), nodeA);
  assert.equal((found.items as readonly unknown[]).length, 1);
  for (const request of [asked, byName('of-other'), byName('of-other,metadata.name!=x')]) {
    const text =
      /User "system:node:a" cannot list resource "secrets" in API group "" in the namespace "default"/;
    await assert.rejects(heart.send(request, nodeA), refusal(403, text));
  }
});
