import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../../testing.ts';
import { createRoleHeart, person } from './testing.ts';

// Goal: roles allow what they say to whom they are bound, from the moment they are there until they
// go, and whoever is refused or asks learns why.

const robot = person(
  'system:serviceaccount:n:robot',
  'system:serviceaccounts',
  'system:serviceaccounts:n',
);
const pia = person('pia', 'pickers');

const role = (name: string, rules: object[]) => ({ metadata: { name }, rules });
const reads = (resources: string[], more: object = {}) => ({
  verbs: ['get', 'list'],
  apiGroups: [''],
  resources,
  ...more,
});
const ROBOT = { kind: 'ServiceAccount', name: 'robot' };
const PICKERS = { kind: 'Group', name: 'pickers' };
const binding = (name: string, kind: string, of: string, subjects: object[]) => ({
  metadata: { name },
  roleRef: { kind, name: of },
  subjects,
});

const heart = await createRoleHeart();
for (const name of ['n', 'm']) {
  const body = { metadata: { name } };
  await heart.send({ verb: 'create', plural: 'namespaces', body });
}
const scale = { verbs: ['*'], apiGroups: ['*'], resources: ['*/scale'] };
const named = reads(['configmaps'], { resourceNames: ['a'] });
await heart.make('roles', 'n', role('r', [named, reads(['pods', 'pods/log']), scale]));
await heart.make('rolebindings', 'n', binding('r', 'Role', 'r', [ROBOT, PICKERS]));
const paths = { verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] };
await heart.make('clusterroles', '', role('c', [reads(['secrets']), paths]));
await heart.make('clusterrolebindings', '', binding('c', 'ClusterRole', 'c', [PICKERS]));
await heart.make(
  'rolebindings',
  'm',
  binding('c', 'ClusterRole', 'c', [{ ...ROBOT, namespace: 'n' }]),
);

const inN = { namespace: 'n', group: '' };

for (const [user, asked, allowed] of [
  [robot, { ...inN, verb: 'list', plural: 'pods' }, true],
  [robot, { ...inN, verb: 'delete', plural: 'pods' }, false],
  [robot, { group: '', verb: 'list', plural: 'pods' }, false],
  [robot, { group: '', namespace: 'm', verb: 'list', plural: 'pods' }, false],
  [robot, { ...inN, verb: 'get', plural: 'pods', subresource: 'log', name: 'p' }, true],
  [robot, { ...inN, verb: 'get', plural: 'pods', subresource: 'exec', name: 'p' }, false],
  [robot, { ...inN, verb: 'get', plural: 'configmaps', name: 'a' }, true],
  [robot, { ...inN, verb: 'get', plural: 'configmaps', name: 'b' }, false],
  [robot, { ...inN, verb: 'list', plural: 'configmaps' }, false],
  [
    robot,
    { ...inN, group: 'apps', verb: 'patch', plural: 'deployments', subresource: 'scale' },
    true,
  ],
  [robot, { ...inN, group: 'apps', verb: 'patch', plural: 'deployments' }, false],
  [robot, { group: 'apps', namespace: 'n', verb: 'list', plural: 'pods' }, false],
  [robot, { group: '', namespace: 'm', verb: 'get', plural: 'secrets', name: 's' }, true],
  [robot, { ...inN, verb: 'get', plural: 'secrets', name: 's' }, false],
  [pia, { ...inN, verb: 'get', plural: 'secrets', name: 's' }, true],
  [pia, { group: '', verb: 'list', plural: 'secrets' }, true],
  [pia, { ...inN, verb: 'list', plural: 'pods' }, true],
  [person('system:serviceaccount:m:robot'), { ...inN, verb: 'list', plural: 'pods' }, false],
] as const) {
  const text = Object.values(asked).join(' ');
  test(`${user.name} ${allowed ? 'may' : 'may not'}: ${text}`, () => {
    assert.equal(heart.authorizer.allows(user, asked), allowed);
  });
}

for (const [user, path, allowed] of [
  [pia, '/metrics', true],
  [pia, '/logs/a/b', true],
  [pia, '/logs', false],
  // A role that is bound in a namespace reaches no further.
  [robot, '/metrics', false],
] as const) {
  test(`${user.name} ${allowed ? 'may' : 'may not'} get ${path}`, () => {
    assert.equal(heart.authorizer.allowsPath(user, 'get', path), allowed);
  });
}

for (const [user, asked, reason] of [
  [
    robot,
    { ...inN, verb: 'list', plural: 'pods' },
    'RBAC: allowed by RoleBinding "r/n" of Role "r" to ServiceAccount "robot/n"',
  ],
  [
    robot,
    { group: '', namespace: 'm', verb: 'list', plural: 'secrets' },
    'RBAC: allowed by RoleBinding "c/m" of ClusterRole "c" to ServiceAccount "robot/n"',
  ],
  [
    pia,
    { verb: 'get', path: '/metrics' },
    'RBAC: allowed by ClusterRoleBinding "c" of ClusterRole "c" to Group "pickers"',
  ],
  [pia, { ...inN, verb: 'delete', plural: 'secrets' }, ''],
] as const) {
  test(`because ${reason || 'of nothing'}`, () => {
    assert.equal(heart.authorizer.reason?.(user, asked), reason);
  });
}

test('what changes, and what goes, holds at once', async () => {
  const group = 'rbac.authorization.k8s.io';
  const at = { group, plural: 'roles', namespace: 'n', name: 'later' };
  const eva = person('eva');
  const asked = { ...inN, verb: 'get', plural: 'pods', name: 'p' };
  const may = () => heart.authorizer.allows(eva, asked);
  await heart.make(
    'rolebindings',
    'n',
    binding('later', 'Role', 'later', [{ kind: 'User', name: 'eva' }]),
  );
  assert.equal(may(), false);
  const message =
    'pods "p" is forbidden: User "eva" cannot get resource "pods" in API group "" in the namespace "n": RBAC: role.rbac.authorization.k8s.io "later" not found';
  const request = { verb: 'get', plural: 'pods', namespace: 'n', name: 'p' } as const;
  await assert.rejects(heart.send(request, eva), refusal(403, message));
  await heart.make('roles', 'n', role('later', [reads(['pods'])]));
  assert.equal(may(), true);
  await heart.send({ ...at, verb: 'update', body: role('later', [reads(['services'])]) });
  assert.equal(may(), false);
  await heart.send({ ...at, verb: 'update', body: role('later', [reads(['*'])]) });
  assert.equal(may(), true);
  await heart.send({ ...at, plural: 'rolebindings', verb: 'delete' });
  assert.equal(may(), false);
});

test('several roles that are missing are all named', async () => {
  const max = { kind: 'User', name: 'max' };
  for (const name of ['x', 'y']) {
    await heart.make('clusterrolebindings', '', binding(`max-${name}`, 'ClusterRole', name, [max]));
  }
  assert.equal(
    heart.authorizer.reason?.(person('max'), { ...inN, verb: 'get', plural: 'pods' }),
    'RBAC: [clusterrole.rbac.authorization.k8s.io "x" not found, clusterrole.rbac.authorization.k8s.io "y" not found]',
  );
});

test('all rules that hold in a namespace are told, and which are missing', async () => {
  const answer = await heart.send(
    {
      group: 'authorization.k8s.io',
      plural: 'selfsubjectrulesreviews',
      verb: 'create',
      body: { spec: { namespace: 'n' } },
    },
    pia,
  );
  const status = answer.status as { resourceRules: { resources: string[] }[] };
  const resources = status.resourceRules.flatMap((each) => each.resources);
  assert.ok(['secrets', 'configmaps', 'pods/log', '*/scale'].every((it) => resources.includes(it)));
  assert.equal((answer.status as { incomplete: boolean }).incomplete, false);
});

test('nobody without a name has access to objects, whatever is bound', async () => {
  const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  const subjects = [{ kind: 'User', name: 'system:anonymous' }];
  await heart.make(
    'clusterrolebindings',
    '',
    binding('open', 'ClusterRole', 'cluster-admin', subjects),
  );
  assert.equal(heart.authorizer.allows(anonymous, { ...inN, verb: 'get', plural: 'pods' }), false);
});

test('who may get a stream may not open it', async () => {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods/exec', 'pods/portforward'] };
  await heart.make('roles', 'n', role('look', [rule]));
  const subjects = [{ kind: 'User', name: 'leo' }];
  await heart.make('rolebindings', 'n', binding('look', 'Role', 'look', subjects));
  for (const subresource of ['exec', 'portforward']) {
    const at = { group: '', version: 'v1', plural: 'pods', namespace: 'n', name: 'p', subresource };
    const message = `pods "p" is forbidden: User "leo" cannot create resource "pods/${subresource}" in API group "" in the namespace "n"`;
    const open = () =>
      heart.heart.connect({ ...at, verb: 'get', options: {} }, person('leo'), {
        query: 'command=sh',
        rest: undefined,
      });
    assert.throws(open, refusal(403, message));
  }
});

test('who may change an object makes none by that', async () => {
  const rule = {
    verbs: ['patch', 'update'],
    apiGroups: [''],
    resources: ['services', 'configmaps'],
  };
  await heart.make('roles', 'n', role('change', [rule]));
  await heart.make(
    'rolebindings',
    'n',
    binding('change', 'Role', 'change', [{ kind: 'User', name: 'ida' }]),
  );
  const at = { plural: 'configmaps', namespace: 'n', name: 'new' };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } };
  const options = { fieldManager: 'ida' };
  const message =
    'configmaps "new" is forbidden: User "ida" cannot create resource "configmaps" in API group "" in the namespace "n"';
  const request = { ...at, verb: 'patch', patchType: 'apply', body, options } as const;
  await assert.rejects(heart.send(request, person('ida')), refusal(403, message));
});
