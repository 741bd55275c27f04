import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../../testing.ts';
import { uncovered } from './coverage.ts';
import { createRoleHeart, person } from './testing.ts';

// Goal: nobody gives what they don't have, unless it was said that they may.

const group = 'rbac.authorization.k8s.io';
const pia = person('pia');
const heart = await createRoleHeart();

const write = (resources: string[], verbs: string[], names?: string[]) => ({
  apiGroups: [group],
  resources,
  verbs,
  ...(names && { resourceNames: names }),
});
const WRITES = ['create', 'update', 'patch', 'get'];
const POLICY = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];
const pods = (verbs: string[], more: object = {}) => ({
  apiGroups: [''],
  resources: ['pods'],
  verbs,
  ...more,
});

async function give(name: string, rules: object[], namespace = '') {
  const prefix = namespace ? '' : 'cluster';
  await heart.make(`${prefix}roles`, namespace, { metadata: { name }, rules });
  const kind = namespace ? 'Role' : 'ClusterRole';
  const subjects = [{ kind: 'User', name }];
  const body = { metadata: { name }, roleRef: { kind, name }, subjects };
  await heart.make(`${prefix}rolebindings`, namespace, body);
}

await heart.send({ verb: 'create', plural: 'namespaces', body: { metadata: { name: 'n' } } });
await give('pia', [write(POLICY, WRITES), pods(['get', 'list'])]);
await give('bea', [write(['rolebindings'], WRITES), write(['clusterroles'], ['bind'], ['view'])]);
await give('eva', [write(['roles', 'clusterroles'], [...WRITES, 'escalate'])]);
await give('ned', [pods(['delete'])], 'n');
await heart.make('clusterroles', '', {
  metadata: { name: 'made', finalizers: ['a/b'] },
  rules: [pods(['delete'])],
});

const create = (user: string, plural: string, body: object, namespace?: string) =>
  heart.send(
    { verb: 'create', group, plural, body, ...(namespace && { namespace }) },
    person(user),
  );

const role = (name: string, rules: object[], more: object = {}) => ({
  metadata: { name },
  rules,
  ...more,
});
const binding = (name: string, kind: string, of: string) => ({
  metadata: { name },
  roleRef: { kind, name: of },
});

const BY_PIA =
  'is forbidden: user "pia" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';

for (const { name, plural, namespace, body, message } of [
  {
    name: 'verbs of one resource stand together, sorted lines',
    plural: 'roles',
    namespace: 'n',
    body: role('a', [
      pods(['get', 'watch', 'delete']),
      { apiGroups: ['', 'apps'], resources: ['x'], verbs: ['get'] },
      pods(['get', 'create'], { resourceNames: ['p'] }),
    ]),
    message: `roles.rbac.authorization.k8s.io "a" ${BY_PIA}{APIGroups:[""], Resources:["pods"], ResourceNames:["p"], Verbs:["create"]}\n{APIGroups:[""], Resources:["pods"], Verbs:["watch" "delete"]}\n{APIGroups:[""], Resources:["x"], Verbs:["get"]}\n{APIGroups:["apps"], Resources:["x"], Verbs:["get"]}`,
  },
  {
    name: 'paths',
    plural: 'clusterroles',
    body: role('a', [{ nonResourceURLs: ['/metrics', '/version'], verbs: ['get'] }]),
    message: `clusterroles.rbac.authorization.k8s.io "a" ${BY_PIA}{NonResourceURLs:["/metrics"], Verbs:["get"]}`,
  },
  {
    name: 'a name that is still to come',
    plural: 'roles',
    namespace: 'n',
    body: { metadata: { generateName: 'a-' }, rules: [pods(['delete'])] },
    message: `roles.rbac.authorization.k8s.io ${BY_PIA}{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}`,
  },
  {
    name: 'a role made of others',
    plural: 'clusterroles',
    body: role('a', [], {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    }),
    message:
      'clusterroles.rbac.authorization.k8s.io "a" is forbidden: must have cluster-admin privileges to use the aggregationRule',
  },
  {
    name: 'a binding of what is more',
    plural: 'clusterrolebindings',
    body: binding('a', 'ClusterRole', 'made'),
    message: `clusterrolebindings.rbac.authorization.k8s.io "a" ${BY_PIA}{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}`,
  },
]) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(create('pia', plural, body, namespace), refusal(403, message));
  });
}

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

test('lists that multiply to more than there is time for count as a whole', async () => {
  const all = { apiGroups: many('g', 300), resources: many('r', 300), verbs: many('v', 300) };
  await assert.rejects(
    create('pia', 'roles', role('a', [all]), 'n'),
    refusal(403, /Resources:\["r0" .* "r299"\], Verbs:\["v0" .* "v299"\]\}$/),
  );
  // Of what one has one may give as much.
  await heart.make('roles', 'n', role('much', [all]));
  const subjects = [{ kind: 'User', name: 'pia' }];
  await heart.make('rolebindings', 'n', { ...binding('much', 'Role', 'much'), subjects });
  await create('pia', 'roles', role('as-much', [all]), 'n');
  const more = { ...all, verbs: [...all.verbs, 'more'] };
  await assert.rejects(create('pia', 'roles', role('more', [more]), 'n'), refusal(403, /"more"/));
});

test('no names are all names, and who has one of them has not all', () => {
  const [one, all] = [pods(['get'], { resourceNames: ['p'] }), pods(['get'])];
  assert.deepEqual(uncovered([one], [{ ...all, resourceNames: [] }]), [all]);
  assert.deepEqual(uncovered([{ ...all, resourceNames: [] }], [one]), []);
});

for (const verbs of [undefined, null, []]) {
  test(`a rule whose verbs are ${JSON.stringify(verbs)} is told what is wrong with it`, async () => {
    const rule = { apiGroups: [''], resources: ['pods'], ...(verbs !== undefined && { verbs }) };
    const message = /rules\[0\].verbs: Required value: verbs must contain at least one value/;
    await assert.rejects(create('pia', 'roles', role('a', [rule]), 'n'), refusal(422, message));
  });
}

test('a role that is not there is said to be missing as what was to be bound', async () => {
  const message = 'rolebindings.rbac.authorization.k8s.io "ghost" not found';
  const body = binding('a', 'Role', 'ghost');
  await assert.rejects(create('pia', 'rolebindings', body, 'n'), refusal(404, message));
});

test('a role of no kind', async () => {
  const body = binding('a', 'Foo', 'x');
  const message = 'unsupported role reference kind: "Foo"';
  await assert.rejects(create('pia', 'rolebindings', body, 'n'), refusal(500, message));
});

test('what one has one may give', async () => {
  await create('pia', 'roles', role('mine', [pods(['get'])]), 'n');
  await create('pia', 'rolebindings', binding('mine', 'Role', 'mine'), 'n');
});

test('roles that may be bound, in that namespace, and roles of those who may escalate', async () => {
  await create('bea', 'rolebindings', binding('v', 'ClusterRole', 'view'), 'n');
  const more = create('bea', 'rolebindings', binding('e', 'ClusterRole', 'cluster-admin'), 'n');
  await assert.rejects(
    more,
    refusal(403, /\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}/),
  );
  await create('eva', 'clusterroles', role('everything', [pods(['*'])]));
});

test('a change is held against the same', async () => {
  const at = { group, plural: 'clusterroles', name: 'made' } as const;
  const patch = (body: object) =>
    heart.send({ ...at, verb: 'patch', patchType: 'merge', body }, pia);
  await assert.rejects(
    patch({ metadata: { labels: { a: 'b' } } }),
    refusal(403, /not currently held/),
  );
  // Whoever collects garbage takes away finalizers.
  await patch({ metadata: { finalizers: null } });
});

test('roles that are missing are told beside what is', async () => {
  const subjects = [{ kind: 'User', name: 'pia' }];
  await heart.make('clusterrolebindings', '', {
    ...binding('ghost', 'ClusterRole', 'ghost'),
    subjects,
  });
  const message = `roles.rbac.authorization.k8s.io "z" ${BY_PIA}{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}; resolution errors: [roles.rbac.authorization.k8s.io "ghost" not found]`;
  await assert.rejects(
    create('pia', 'roles', role('z', [pods(['delete'])]), 'n'),
    refusal(403, message),
  );
});

test('what holds in a namespace is no more than that', async () => {
  const rule = write(['roles', 'clusterroles'], WRITES);
  await heart.make('clusterroles', '', role('write', [rule]));
  await heart.make('clusterrolebindings', '', {
    ...binding('ned-writes', 'ClusterRole', 'write'),
    subjects: [{ kind: 'User', name: 'ned' }],
  });
  await create('ned', 'roles', role('d', [pods(['delete'])]), 'n');
  await assert.rejects(
    create('ned', 'clusterroles', role('d', [pods(['delete'])])),
    refusal(403, /not currently held/),
  );
});
