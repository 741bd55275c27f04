import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ApiRequest } from '../../machinery/api-request.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: what is changed through an object's other paths changes that alone, by its own rules.

const pods = { plural: 'pods', namespace: 'default' };
const deployments = { group: 'apps', plural: 'deployments', namespace: 'default' };
const budgets = { group: 'policy', plural: 'poddisruptionbudgets', namespace: 'default' };
const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'main', image: 'x' }] },
};

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
  const body = { metadata: { name: 'default' } };
  await heart.send({ plural: 'serviceaccounts', namespace: 'default', verb: 'create', body });
});

const makePod = (name: string, more: object = {}) => {
  const body = { metadata: { name, labels: { app: 'a' } }, spec: { ...template.spec, ...more } };
  return heart.send({ ...pods, verb: 'create', body });
};

const setStatus = (at: object, name: string, status: object) =>
  heart.send({
    ...at,
    verb: 'patch',
    patchType: 'merge',
    name,
    subresource: 'status',
    body: { status },
  } as never);

const bind = (name: string, target: object, metadata: object = {}) =>
  heart.send({
    ...pods,
    verb: 'create',
    name,
    subresource: 'binding',
    body: { metadata: { name, ...metadata }, target },
  });

const evict = (name: string) =>
  heart.send({
    ...pods,
    verb: 'create',
    name,
    subresource: 'eviction',
    body: { metadata: { name } },
  });

test('a pod is bound once, and told so', async () => {
  await makePod('a');
  const answer = await bind('a', { kind: 'Node', name: 'one' });
  assert.equal(answer.status, 'Success');
  const { spec, status } = await heart.send({ ...pods, verb: 'get', name: 'a' });
  assert.equal((spec as { nodeName: string }).nodeName, 'one');
  const [condition] = (status as { conditions: { type: string; status: string }[] }).conditions;
  assert.deepEqual([condition?.type, condition?.status], ['PodScheduled', 'True']);
  await assert.rejects(
    bind('a', { kind: 'Node', name: 'two' }),
    refusal(409, /pod a is already assigned to node "one"/),
  );
});

test('a bound pod says where its node is', async () => {
  await makePod('a');
  const labels = { 'topology.kubernetes.io/zone': 'z1', other: 'x' };
  const body = { metadata: { name: 'one', labels } };
  await heart.send({ plural: 'nodes', verb: 'create', body });
  await bind('a', { kind: 'Node', name: 'one' });
  const { metadata } = await heart.send({ ...pods, verb: 'get', name: 'a' });
  assert.equal(metadata.labels?.['topology.kubernetes.io/zone'], 'z1');
  assert.equal(metadata.labels?.other, undefined);
});

test('two schedulers at once: one of them is told', async () => {
  await makePod('a');
  const results = await Promise.allSettled(['one', 'two'].map((name) => bind('a', { name })));
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a binding for a pod that is another one by now is refused', async () => {
  await makePod('a');
  const message = /Precondition failed: UID in precondition: other/;
  await assert.rejects(bind('a', { name: 'one' }, { uid: 'other' }), refusal(409, message));
});

test('a binding names its pod, and may name the state that it is for', async () => {
  const { metadata } = await makePod('a');
  const at = { ...pods, name: 'a' };
  const body = { target: { name: 'one' } };
  await assert.rejects(
    heart.send({ ...at, subresource: 'binding', verb: 'create', body }),
    refusal(400, 'name in URL does not match name in Binding object'),
  );
  const patch = { verb: 'patch', patchType: 'merge', subresource: 'status' } as const;
  await heart.send({ ...at, ...patch, body: { status: { nominatedNodeName: 'one' } } });
  const { resourceVersion } = metadata;
  const message = new RegExp(
    `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta`,
  );
  await assert.rejects(bind('a', { name: 'one' }, { resourceVersion }), refusal(409, message));
  await bind('a', { name: 'one' });
  const { status } = await heart.send({ ...at, verb: 'get' });
  assert.equal((status as { nominatedNodeName?: string }).nominatedNodeName, undefined);
});

test('what is wrong with a binding is an error of the server, as in Kubernetes', async () => {
  await makePod('a');
  await assert.rejects(bind('a', {}), refusal(500, 'target.name: Required value'));
  const both =
    '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]';
  await assert.rejects(bind('a', { kind: 'Pod' }), refusal(500, both));
});

test('bindings may be posted beside the pods', async () => {
  await makePod('a');
  const body = { metadata: { name: 'a' }, target: { name: 'one' } };
  await heart.send({ ...pods, plural: 'bindings', verb: 'create', body });
  const { spec } = await heart.send({ ...pods, verb: 'get', name: 'a' });
  assert.equal((spec as { nodeName: string }).nodeName, 'one');
});

test('the number of replicas has a path of its own', async () => {
  const spec = { selector: { matchLabels: { app: 'a' } }, template };
  await heart.send({ ...deployments, verb: 'create', body: { metadata: { name: 'd' }, spec } });
  const at = { ...deployments, name: 'd', subresource: 'scale' };
  const scale = await heart.send({ ...at, verb: 'get' });
  assert.deepEqual(scale.spec, { replicas: 1 });
  assert.deepEqual(scale.status, { replicas: 0, selector: 'app=a' });
  await heart.send({ ...at, verb: 'update', body: { ...scale, spec: { replicas: 3 } } });
  const { spec: after, metadata } = await heart.send({ ...deployments, verb: 'get', name: 'd' });
  assert.equal((after as { replicas: number }).replicas, 3);
  assert.equal(metadata.generation, 2);
  await assert.rejects(
    heart.send({ ...at, verb: 'patch', patchType: 'merge', body: { spec: { replicas: -1 } } }),
    refusal(422, /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/),
  );
});

test('a new number of replicas is warned of what the object has that should not be', async () => {
  const nodeSelector = { 'beta.kubernetes.io/os': 'linux' };
  const body = {
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: { ...template, spec: { ...template.spec, nodeSelector } },
    },
  };
  await heart.send({ ...deployments, verb: 'create', body });
  const at = { ...deployments, verb: 'patch', patchType: 'merge', name: 'd' } as const;
  const scaled = { ...at, subresource: 'scale', body: { spec: { replicas: 3 } } };
  assert.deepEqual((await heart.answer(scaled)).warnings, [
    'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
  const watched = { ...at, subresource: 'status', body: { status: { replicas: 1 } } };
  assert.deepEqual((await heart.answer(watched)).warnings, []);
});

test('a state has warnings of its own', async () => {
  await makePod('a');
  const podIPs = [{ ip: '2001:db8::0' }];
  const at = {
    ...pods,
    verb: 'patch',
    patchType: 'merge',
    name: 'a',
    subresource: 'status',
  } as const;
  assert.deepEqual((await heart.answer({ ...at, body: { status: { podIPs } } })).warnings, [
    'status.podIPs[0].ip: IPv6 address "2001:db8::0" should be in RFC 5952 canonical format ("2001:db8::")',
  ]);
});

test('the status changes through its own path, and nothing else does', async () => {
  const pod = await makePod('a');
  const body = { ...pod, metadata: { ...pod.metadata, labels: { app: 'b' } } };
  const status = { phase: 'Running' };
  const at = { ...pods, name: 'a' };
  const after = await heart.send({
    ...at,
    verb: 'update',
    subresource: 'status',
    body: { ...body, spec: { containers: [] }, status },
  });
  assert.deepEqual(after.spec, pod.spec);
  assert.equal((after.status as { phase: string }).phase, 'Running');
  const main = await heart.send({
    ...at,
    verb: 'update',
    body: { ...after, status: { phase: 'Failed' } },
  });
  assert.equal((main.status as { phase: string }).phase, 'Running');
});

test('an eviction takes from the budget, and is refused when there is none', async () => {
  for (const name of ['a', 'b']) {
    await makePod(name);
    const conditions = [{ type: 'Ready', status: 'True' }];
    await setStatus(pods, name, { phase: 'Running', conditions });
  }
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'a' } } };
  await heart.send({ ...budgets, verb: 'create', body: { metadata: { name: 'b' }, spec } });
  const counts = { currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, disruptionsAllowed: 1 };
  await setStatus(budgets, 'b', { ...counts, observedGeneration: 1 });
  assert.equal((await evict('a')).status, 'Success');
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  await assert.rejects(evict('b'), refusal(429, message));
  const { status } = await heart.send({ ...budgets, verb: 'get', name: 'b' });
  assert.deepEqual(Object.keys((status as { disruptedPods: object }).disruptedPods), ['a']);
});

test('a pod that never ran may always be evicted', async () => {
  await makePod('a');
  assert.equal((await evict('a')).status, 'Success');
});

test('a scale is told apart from its object where Kubernetes tells it', async () => {
  const body = {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'a' } }, template },
  };
  await heart.send({ ...deployments, verb: 'create', body });
  const put = (name: string, scale: object) =>
    heart.send({ ...deployments, verb: 'update', name, subresource: 'scale', body: scale });
  await assert.rejects(
    put('ghost', { metadata: { name: 'ghost' }, spec: { replicas: 1 } }),
    refusal(404, 'deployments/scale.apps "ghost" not found'),
  );
  await assert.rejects(
    put('d', { metadata: { name: 'd', uid: 'x' }, spec: { replicas: 1 } }),
    refusal(
      409,
      /on deployments\.apps "d": StorageError: .* Key: \/registry\/deployments\/default\/d,/,
    ),
  );
  await assert.rejects(
    put('d', { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'd' } }),
    refusal(400, /^Deployment in version "v1" cannot be handled as a Scale: converting/),
  );
  const sets = { group: 'apps', plural: 'replicasets', namespace: 'default' };
  await assert.rejects(
    heart.send({ ...sets, verb: 'get', name: 'ghost', subresource: 'scale' }),
    refusal(404, 'replicasets/scale.apps "ghost" not found'),
  );
});

describe('a scale', () => {
  const send = (rest: Partial<ApiRequest>) =>
    heart.send({ ...deployments, verb: 'patch', name: 'd', subresource: 'scale', ...rest });
  beforeEach(async () => {
    const spec = { selector: { matchLabels: { app: 'a' } }, template };
    await heart.send({ ...deployments, verb: 'create', body: { metadata: { name: 'd' }, spec } });
  });

  for (const { name, request, code = 400, message } of [
    {
      name: 'without a name',
      request: { verb: 'update', body: { spec: { replicas: 1 } } },
      message: 'the name of the object (d based on URL) was undeterminable: name must be provided',
    },
    {
      name: 'of another object, before it is looked for',
      request: { verb: 'update', name: 'ghost', body: { metadata: { name: 'd' } } },
      message: 'the name of the object (d) does not match the name on the URL (ghost)',
    },
    {
      name: 'of another namespace',
      request: { verb: 'update', body: { metadata: { name: 'd', namespace: 'x' } } },
      message:
        'the namespace of the provided object does not match the namespace sent on the request',
    },
    {
      name: 'that a patch gives another name',
      request: { body: { metadata: { name: 'e' } } },
      message: 'the name of the object (e) does not match the name on the URL (d)',
    },
    {
      name: 'of less than nothing, whatever is said of the object',
      request: { body: { metadata: { uid: 'x', resourceVersion: '1' }, spec: { replicas: -1 } } },
      code: 422,
      message:
        'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      name: 'of another object of that name',
      request: { body: { metadata: { uid: 'x', resourceVersion: '1' } } },
      code: 409,
      message: /on deployments\/scale\.apps "d": Precondition failed: UID/,
    },
    {
      name: 'of another object of that name, of less than nothing',
      request: {
        verb: 'update',
        body: { metadata: { name: 'd', uid: 'x' }, spec: { replicas: -1 } },
      },
      code: 409,
      message: /on deployments\.apps "d": StorageError: /,
    },
    {
      name: 'of what the object was',
      request: { body: { metadata: { resourceVersion: '1' } } },
      code: 409,
      message: /on deployments\.apps "d": the object has been modified/,
    },
    {
      name: 'of no revision',
      request: { body: { metadata: { resourceVersion: 'x' } } },
      code: 500,
      message: 'strconv.ParseUint: parsing "x": invalid syntax',
    },
    {
      name: 'that a patch makes something else',
      request: { body: { kind: 'Foo' } },
      code: 422,
      message:
        /^ "" is invalid: patch: Invalid value: .*: no kind "Foo" is registered for version "autoscaling\/v1" in scheme/,
    },
    {
      name: 'of which a patch makes none',
      request: { body: { spec: { replicas: 'x' } } },
      code: 422,
      message:
        /"spec\\":{\\"replicas\\":\\"x\\"},.*: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32$/,
    },
    {
      name: 'of which a strategic patch makes none',
      request: { patchType: 'strategic', body: { spec: { replicas: 'x' } } },
      code: 422,
      message:
        ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32',
    },
  ] satisfies {
    name: string;
    request: Partial<ApiRequest>;
    code?: number;
    message: string | RegExp;
  }[]) {
    test(`${name} is refused`, () => assert.rejects(send(request), refusal(code, message)));
  }
});

describe('bodies of subresources are read as what they are', () => {
  const post = (subresource: string, body: object) =>
    heart.send({ ...pods, verb: 'create', name: 'a', subresource, body });

  for (const { name, subresource, body, code, message } of [
    {
      name: 'a part of the wrong type',
      subresource: 'eviction',
      body: { metadata: { name: 5 } },
      code: 400,
      message: /^Eviction in version "v1" cannot be handled as a Eviction: json: cannot unmarshal/,
    },
    {
      name: 'another kind',
      subresource: 'binding',
      body: { kind: 'Pod', apiVersion: 'v1' },
      code: 400,
      message:
        'Pod in version "v1" cannot be handled as a Binding: converting (v1.Pod) to (core.Binding): unknown conversion',
    },
    {
      name: 'no kind at all',
      subresource: 'binding',
      body: { kind: 'Foo', apiVersion: 'x/v1' },
      code: 400,
      message: /no kind "Foo" is registered for version "x\/v1"/,
    },
    {
      name: 'another namespace',
      subresource: 'eviction',
      body: { metadata: { name: 'a', namespace: 'b' } },
      code: 400,
      message: /^the namespace of the provided object does not match/,
    },
  ]) {
    test(name, () => assert.rejects(post(subresource, body), refusal(code, message)));
  }

  test('an eviction may still come in its beta version', async () => {
    await makePod('a');
    await post('eviction', {
      kind: 'Eviction',
      apiVersion: 'policy/v1beta1',
      metadata: { name: 'a' },
    });
  });
});
