import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: what a cluster adds to an object, or refuses, before its kind's own rules look at it.

const pods = { plural: 'pods', namespace: 'default' };
const classes = { group: 'scheduling.k8s.io', plural: 'priorityclasses' };

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
  const body = { metadata: { name: 'default' } };
  await heart.send({ plural: 'serviceaccounts', namespace: 'default', verb: 'create', body });
});

async function make(
  spec: object = {},
  namespace = 'default',
  annotations: object = {},
): Promise<Pod> {
  const containers = [{ name: 'main', image: 'x' }];
  const body = { metadata: { name: 'p', annotations }, spec: { containers, ...spec } };
  return (await heart.send({ ...pods, namespace, verb: 'create', body })) as unknown as Pod;
}

test('a pod has an account, and its token where it is looked for', async () => {
  const { spec } = await make();
  assert.equal(spec.serviceAccountName, 'default');
  const [volume] = spec.volumes ?? [];
  assert.match(volume?.name ?? '', /^kube-api-access-/);
  const [mount] = spec.containers[0]?.volumeMounts ?? [];
  assert.equal(mount?.name, volume?.name);
  assert.equal(mount?.mountPath, '/var/run/secrets/kubernetes.io/serviceaccount');
});

test('a pod that wants no token has none', async () => {
  const { spec } = await make({ automountServiceAccountToken: false });
  assert.equal(spec.volumes, undefined);
});

test('a pod of an account that is not there is refused', async () => {
  await assert.rejects(
    make({ serviceAccountName: 'ghost' }),
    refusal(
      403,
      'pods "p" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found',
    ),
  );
});

test('a pod bears a while with a node that is lost', async () => {
  const { spec } = await make();
  assert.deepEqual(
    spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ],
  );
});

test('a new node gets no pods before it says that it is ready', async () => {
  const node = await heart.send({
    plural: 'nodes',
    verb: 'create',
    body: { metadata: { name: 'n' } },
  });
  assert.deepEqual((node.spec as { taints: unknown }).taints, [
    { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
  ]);
});

test('the priority of a pod is that of its class', async () => {
  const body = { metadata: { name: 'high' }, value: 1000 };
  await heart.send({ ...classes, verb: 'create', body });
  const { spec } = await make({ priorityClassName: 'high' });
  assert.equal(spec.priority, 1000);
});

test('a class that is not there is refused', async () => {
  const message = 'pods "p" is forbidden: no PriorityClass with name ghost was found';
  await assert.rejects(make({ priorityClassName: 'ghost' }), refusal(403, message));
});

test('the default class is that of pods which name none', async () => {
  assert.equal((await make()).spec.priority, 0);
  await heart.send({ ...pods, verb: 'delete', name: 'p', options: { gracePeriodSeconds: 0 } });
  const body = { metadata: { name: 'usual' }, value: 7, globalDefault: true };
  await heart.send({ ...classes, verb: 'create', body });
  const { spec } = await make();
  assert.deepEqual([spec.priorityClassName, spec.priority], ['usual', 7]);
});

test('there is one default class', async () => {
  const create = (name: string, globalDefault: boolean) =>
    heart.send({
      ...classes,
      verb: 'create',
      body: { metadata: { name }, value: 7, globalDefault },
    });
  const mark = (name: string) =>
    heart.send({
      ...classes,
      verb: 'patch',
      patchType: 'merge',
      name,
      body: { globalDefault: true, description: 'x' },
    });
  const taken = (name: string) =>
    refusal(
      403,
      `priorityclasses.scheduling.k8s.io "${name}" is forbidden: PriorityClass usual is already marked as default. Only one default can exist`,
    );
  await create('usual', true);
  await assert.rejects(create('other', true), taken('other'));
  await create('other', false);
  await assert.rejects(mark('other'), taken('other'));
  await mark('usual');
});

const MIRROR = { 'kubernetes.io/config.mirror': 'x' };
const onNode = { nodeName: 'n', automountServiceAccountToken: false };
const token = { serviceAccountToken: { path: 't', expirationSeconds: 3600 } };

for (const { name, spec, why } of [
  {
    name: 'an account',
    spec: { serviceAccountName: 'default' },
    why: 'a mirror pod may not reference service accounts',
  },
  {
    name: 'a secret',
    spec: { imagePullSecrets: [{ name: 's' }] },
    why: 'a mirror pod may not reference secrets',
  },
  {
    name: 'a token',
    spec: { volumes: [{ name: 't', projected: { sources: [token] } }] },
    why: 'a mirror pod may not use ServiceAccountToken volume projections',
  },
]) {
  test(`what mirrors a pod of a node refers to no ${name}`, () =>
    assert.rejects(
      make({ ...onNode, ...spec }, 'default', MIRROR),
      refusal(403, `pods "p" is forbidden: ${why}`),
    ));
}

const secretKeyRef = { name: 'other', key: 'k' };
const unlisted = 'because service account strict does not reference that secret';
for (const { name, spec, why } of [
  {
    name: 'volume',
    spec: { volumes: [{ name: 'v', secret: { secretName: 'other' } }] },
    why: `volume with secret.secretName="other" is not allowed ${unlisted}`,
  },
  {
    name: 'variable',
    spec: {
      containers: [{ name: 'c', image: 'x', env: [{ name: 'E', valueFrom: { secretKeyRef } }] }],
    },
    why: `container c with envVar E referencing secret.secretName="other" is not allowed ${unlisted}`,
  },
  {
    name: 'image',
    spec: { imagePullSecrets: [{ name: 'other' }] },
    why: 'imagePullSecrets[0].name="other" is not allowed because service account strict does not reference that imagePullSecret',
  },
]) {
  test(`an account that says so limits its pods to the secrets it lists: ${name}`, async () => {
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    const body = { metadata: { name: 'strict', annotations }, secrets: [{ name: 'listed' }] };
    await heart.send({ plural: 'serviceaccounts', namespace: 'default', verb: 'create', body });
    const refused = refusal(403, `pods "p" is forbidden: ${why}`);
    await assert.rejects(make({ serviceAccountName: 'strict', ...spec }), refused);
    const volumes = [{ name: 'v', secret: { secretName: 'listed' } }];
    await make({ serviceAccountName: 'strict', volumes });
  });
}

test('the classes of the system stay', async () => {
  const message =
    'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted';
  const request = { ...classes, verb: 'delete', name: 'system-node-critical' } as const;
  await assert.rejects(heart.send(request), refusal(403, message));
});

test('nothing is made in a namespace that is not there', async () => {
  await assert.rejects(make({}, 'ghost'), refusal(404, 'namespaces "ghost" not found'));
});

test('nothing is made in a namespace that goes', async () => {
  const namespaces = { plural: 'namespaces', name: 'old' };
  const body = { metadata: { name: 'old' } };
  await heart.send({ plural: 'namespaces', verb: 'create', body });
  await heart.send({ ...namespaces, verb: 'delete' });
  await assert.rejects(
    make({}, 'old'),
    refusal(
      403,
      'pods "p" is forbidden: unable to create new content in namespace old because it is being terminated',
    ),
  );
});

test('the namespaces of the system stay', async () => {
  const message = 'namespaces "default" is forbidden: this namespace may not be deleted';
  const request = { plural: 'namespaces', verb: 'delete', name: 'default' } as const;
  await assert.rejects(heart.send(request), refusal(403, message));
});
