import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ResourceQuota } from '../../../api/generated/core/v1/types.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { createTestHeart, refusal, type TestHeart } from '../../testing.ts';

// Goal: nobody exceeds a quota, not even together; what is written is charged, and nothing else.

const quotas = { plural: 'resourcequotas', namespace: 'default' };
const at = { namespace: 'default', verb: 'create' } as const;

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
  const body = { metadata: { name: 'default' } };
  await heart.send({ ...at, plural: 'serviceaccounts', body });
});

async function limit(hard: object, used: object | undefined, spec: object = {}, name = 'q') {
  const body = { metadata: { name }, spec: { hard, ...spec } };
  await heart.send({ ...quotas, verb: 'create', body });
  const status = { ...body, status: { hard, used } };
  await heart.send({ ...quotas, verb: 'update', name, subresource: 'status', body: status });
}

const usedOf = async (name = 'q') =>
  ((await heart.send({ ...quotas, verb: 'get', name })) as unknown as ResourceQuota).status.used;

const makeMap = (name: string, options: object = {}) =>
  heart.send({ ...at, plural: 'configmaps', body: { metadata: { name } }, options });

const makePod = (resources: object = {}, spec: object = {}, namespace = 'default') =>
  heart.send({
    ...at,
    namespace,
    plural: 'pods',
    body: {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'main', image: 'x', resources }], ...spec },
    },
  });

const exceeded = (what: string, rest: string) =>
  refusal(403, `${what} is forbidden: exceeded quota: q, ${rest}`);

test('many that come at once get no more than there is', async () => {
  await limit(
    { configmaps: '3', 'count/configmaps': '10' },
    { configmaps: '0', 'count/configmaps': '0' },
  );
  const all = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => makeMap(`m${i}`)));
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 3);
  assert.deepEqual(await usedOf(), { configmaps: '3', 'count/configmaps': '3' });
  await assert.rejects(
    makeMap('more'),
    exceeded(
      'configmaps "more"',
      'requested: configmaps=1, used: configmaps=3, limited: configmaps=3',
    ),
  );
});

test('a charge is older than what it is for by a revision, and the server says so', async () => {
  await limit({ configmaps: '3' }, { configmaps: '0' });
  const { metadata } = await makeMap('m');
  const quota = await heart.send({ ...quotas, verb: 'get', name: 'q' });
  assert.equal(Number(quota.metadata.resourceVersion), Number(metadata.resourceVersion) - 1);
  const entry = quota.metadata.managedFields?.find(({ manager }) => manager === 'kube-apiserver');
  assert.deepEqual(
    [entry?.operation, entry?.subresource, entry?.fieldsV1],
    ['Update', 'status', { 'f:status': { 'f:used': { 'f:configmaps': {} } } }],
  );
});

test('what is only tried, exists already, or fails otherwise costs nothing', async () => {
  await limit({ configmaps: '2' }, { configmaps: '0' });
  await makeMap('m');
  await makeMap('other', { dryRun: ['All'] });
  await assert.rejects(makeMap('m'), refusal(409, 'configmaps "m" already exists'));
  await assert.rejects(makeMap('Not a name'), refusal(422, /metadata\.name/));
  assert.deepEqual(await usedOf(), { configmaps: '1' });
  await makeMap('n');
  await assert.rejects(makeMap('o', { dryRun: ['All'] }), refusal(403, /exceeded quota/));
});

test('a quota that nobody has counted yet is known to say nothing', async () => {
  await heart.send({
    ...quotas,
    verb: 'create',
    body: { metadata: { name: 'new' }, spec: { hard: { configmaps: '0' } } },
  });
  await makeMap('a');
  await limit({ configmaps: '0', secrets: '1' }, { secrets: '0' });
  await assert.rejects(
    makeMap('b'),
    refusal(403, 'configmaps "b" is forbidden: status unknown for quota: q, resources: configmaps'),
  );
});

test('compute that is limited has to be said, and fits or does not', async () => {
  const none = { 'requests.cpu': '0', 'limits.memory': '0' };
  await limit({ 'requests.cpu': '1', 'limits.memory': '1Gi' }, none);
  await assert.rejects(
    makePod({ requests: { cpu: '1' } }),
    refusal(403, 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: main'),
  );
  await assert.rejects(
    makePod({ requests: { cpu: '1500m' }, limits: { memory: '512Mi' } }),
    exceeded(
      'pods "p"',
      'requested: requests.cpu=1500m, used: requests.cpu=0, limited: requests.cpu=1',
    ),
  );
  await makePod({ requests: { cpu: '600m' }, limits: { memory: '512Mi' } });
  assert.deepEqual(await usedOf(), { 'limits.memory': '512Mi', 'requests.cpu': '600m' });
});

test('a quota is only about what is in its scopes, and its namespace', async () => {
  await limit({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] });
  await assert.rejects(
    makePod(),
    exceeded('pods "p"', 'requested: pods=1, used: pods=0, limited: pods=0'),
  );
  const account = { metadata: { name: 'default' } };
  await heart.send({ ...at, namespace: 'kube-public', plural: 'serviceaccounts', body: account });
  await makePod({}, {}, 'kube-public');
  await makePod({ requests: { cpu: '1' } });
  assert.deepEqual(await usedOf(), { pods: '0' });
});

test('an update is charged with what it adds', async () => {
  const hard = { services: '5', 'services.nodeports': '2', 'services.loadbalancers': '0' };
  const none = { services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0' };
  await limit(hard, none);
  const service = { ...at, plural: 'services' };
  const ports = [{ port: 80 }];
  await heart.send({ ...service, body: { metadata: { name: 's' }, spec: { ports } } });
  const patch = (spec: object) =>
    heart.send({ ...service, verb: 'patch', patchType: 'merge', name: 's', body: { spec } });
  await patch({ type: 'NodePort' });
  assert.deepEqual(await usedOf(), { ...none, services: '1', 'services.nodeports': '1' });
  await patch({ sessionAffinity: 'ClientIP' });
  await assert.rejects(
    patch({ type: 'LoadBalancer' }),
    exceeded(
      'services "s"',
      'requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
    ),
  );
  await patch({ type: 'ClusterIP' }); // Given back by the controller, not here.
  assert.deepEqual(await usedOf(), { ...none, services: '1', 'services.nodeports': '1' });
});

test('what is so already is charged, and not refused', async () => {
  const claims = { plural: 'persistentvolumeclaims', namespace: 'default', name: 'c' } as const;
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claim = { metadata: { name: 'c' }, spec };
  await heart.send({ ...claims, name: undefined, verb: 'create', body: claim } as never);
  await limit({ 'requests.storage': '1Gi' }, { 'requests.storage': '1Gi' });
  const body = { status: { allocatedResources: { storage: '2Gi' } } };
  await heart.send({ ...claims, verb: 'patch', patchType: 'merge', subresource: 'status', body });
  assert.deepEqual(await usedOf(), { 'requests.storage': '2Gi' });
});

test('of several quotas each is charged, and the first that is exceeded is told of', async () => {
  await limit({ secrets: '5' }, { secrets: '0' }, {}, 'a');
  await limit({ 'count/secrets': '1' }, { 'count/secrets': '0' });
  const make = (name: string): Promise<KubeObject> =>
    heart.send({ ...at, plural: 'secrets', body: { metadata: { name } } });
  await make('one');
  assert.deepEqual(
    [await usedOf('a'), await usedOf()],
    [{ secrets: '1' }, { 'count/secrets': '1' }],
  );
  await assert.rejects(make('two'), refusal(403, /exceeded quota: q, requested: count\/secrets=1/));
  assert.deepEqual(await usedOf('a'), { secrets: '1' });
  await heart.send({ ...quotas, verb: 'delete', name: 'q' });
  await make('two');
});
