import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AppsV1Api,
  CoreV1Api,
  type CoreV1Event,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { ADMIN, ServedApi } from '../support/served-api.ts';

// Goal: the official JavaScript client, generated from Kubernetes' own documents, works unchanged.

const namespace = 'default';
let api: ServedApi;
let config: KubeConfig;

before(async () => {
  api = await ServedApi.start();
  const { server, ca } = api.address;
  config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server, caData: Buffer.from(ca).toString('base64') }],
    users: [{ name: 'u', token: api.tokenOf(ADMIN) }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
});
after(() => api.close());

const configMap = (name: string, data: Record<string, string> = {}): V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

const deployment: V1Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web:1' }] },
    },
  },
};

describe('typed calls', () => {
  test('create, read, replace, list, delete', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const made = await core.createNamespacedConfigMap({
      namespace,
      body: configMap('a', { k: '1' }),
    });
    assert.ok(made.metadata?.creationTimestamp instanceof Date);
    const read = await core.readNamespacedConfigMap({ name: 'a', namespace });
    assert.deepEqual(read.data, { k: '1' });
    const body = { ...read, data: { k: '2' } };
    const replaced = await core.replaceNamespacedConfigMap({ name: 'a', namespace, body });
    assert.equal(replaced.data?.k, '2');
    const { items } = await core.listNamespacedConfigMap({ namespace });
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      ['a'],
    );
    const gone = await core.deleteNamespacedConfigMap({ name: 'a', namespace });
    assert.equal(gone.status, 'Success');
  });

  test('errors are told as Status', async () => {
    const core = config.makeApiClient(CoreV1Api);
    await assert.rejects(core.readNamespacedPod({ name: 'none', namespace }), (error) => {
      const { code, body } = error as { code: number; body: string };
      assert.equal(code, 404);
      assert.equal(JSON.parse(body).message, 'pods "none" not found');
      return true;
    });
  });

  test('paging', async () => {
    const core = config.makeApiClient(CoreV1Api);
    for (const name of ['p1', 'p2', 'p3']) {
      await core.createNamespacedConfigMap({ namespace, body: configMap(name) });
    }
    const names: (string | undefined)[] = [];
    let _continue: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({
        namespace,
        limit: 2,
        ...(_continue && { _continue }),
      });
      names.push(...page.items.map(({ metadata }) => metadata?.name));
      _continue = page.metadata?._continue;
    } while (_continue);
    assert.deepEqual(names, ['p1', 'p2', 'p3']);
  });

  test('patches of all types', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({ namespace, body: deployment });
    const patch = (strategy: PatchStrategy, body: object, more: object = {}) =>
      apps.patchNamespacedDeployment(
        { name: 'web', namespace, body, ...more },
        setHeaderOptions('Content-Type', strategy),
      );
    const json = [{ op: 'replace', path: '/spec/replicas', value: 3 }];
    assert.equal((await patch(PatchStrategy.JsonPatch, json)).spec?.replicas, 3);
    const merged = await patch(PatchStrategy.MergePatch, { metadata: { labels: { a: 'b' } } });
    assert.deepEqual(merged.metadata?.labels, { a: 'b' });
    const containers = [{ name: 'main', image: 'web:2' }];
    const template = { spec: { template: { spec: { containers } } } };
    const strategic = await patch(PatchStrategy.StrategicMergePatch, template);
    assert.equal(strategic.spec?.template.spec?.containers[0]?.image, 'web:2');
    const applied = await patch(
      PatchStrategy.ServerSideApply,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { replicas: 5 },
      },
      { fieldManager: 'test', force: true },
    );
    assert.equal(applied.spec?.replicas, 5);
    assert.ok(applied.metadata?.managedFields?.some(({ manager }) => manager === 'test'));
  });

  test('scale and status are of their own', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const scale = await apps.readNamespacedDeploymentScale({ name: 'web', namespace });
    assert.equal(scale.spec?.replicas, 5);
    const body = { ...scale, spec: { replicas: 1 } };
    await apps.replaceNamespacedDeploymentScale({ name: 'web', namespace, body });
    assert.equal(
      (await apps.readNamespacedDeployment({ name: 'web', namespace })).spec?.replicas,
      1,
    );
  });

  test('the version', async () => {
    const { major, minor } = await config.makeApiClient(VersionApi).getCode();
    assert.deepEqual([major, minor], ['1', '36']);
  });
});

test('objects of any kind, found by discovery', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const made = await objects.create(configMap('any', { x: 'y' }));
  assert.equal(made.metadata?.name, 'any');
  const read = await objects.read({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'any', namespace },
  });
  assert.equal((read as V1ConfigMap).data?.x, 'y');
  await objects.delete(configMap('any'));
});

test('custom objects', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const names = { plural: 'teas', singular: 'tea', kind: 'Tea', listKind: 'TeaList' };
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { minutes: { type: 'integer' } } } },
    },
  };
  await objects.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'teas.example.com' },
    spec: {
      group: 'example.com',
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  } as never);
  const custom = config.makeApiClient(CustomObjectsApi);
  const where = { group: 'example.com', version: 'v1', namespace, plural: 'teas' };
  const body = {
    apiVersion: 'example.com/v1',
    kind: 'Tea',
    metadata: { name: 'green' },
    spec: { minutes: 3 },
  };
  await custom.createNamespacedCustomObject({ ...where, body });
  const list = await custom.listNamespacedCustomObject(where);
  assert.equal((list as { items: unknown[] }).items.length, 1);
});

test('watch tells of changes as they come', async () => {
  const core = config.makeApiClient(CoreV1Api);
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const seen: string[] = [];
  let done = (): void => {};
  const enough = new Promise<void>((resolve) => {
    done = resolve;
  });
  const watch = new Watch(config);
  const request = await watch.watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { resourceVersion: metadata?.resourceVersion },
    (type, object: CoreV1Event) => {
      seen.push(`${type} ${object.metadata?.name}`);
      if (type === 'DELETED') done();
    },
    () => done(),
  );
  await core.createNamespacedConfigMap({ namespace, body: configMap('w') });
  await core.deleteNamespacedConfigMap({ name: 'w', namespace });
  await enough;
  request.abort();
  assert.deepEqual(seen, ['ADDED w', 'DELETED w']);
});

test('an informer fills its cache and follows', async () => {
  const core = config.makeApiClient(CoreV1Api);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const added = new Promise<string | undefined>((resolve) => {
    informer.on('add', ({ metadata }) => {
      if (metadata?.name === 'later') resolve(metadata.name);
    });
  });
  await informer.start();
  assert.ok(informer.get('p1', namespace));
  await core.createNamespacedConfigMap({ namespace, body: configMap('later') });
  assert.equal(await added, 'later');
  await informer.stop();
});
