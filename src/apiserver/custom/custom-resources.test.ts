import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiRequest } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { DiscoveryDocuments } from '../discovery/documents.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: pin how kinds come, are served, change and go, while the server runs.

const GROUP = 'orchard.example';
const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

interface Version {
  readonly [field: string]: unknown;
}

const version = (more: Version = {}): Version => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { n: { type: 'integer', default: 1 }, s: { type: 'string' } },
        },
        status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
  ...more,
});

const definitionOf = (plural: string, kind: string, spec: object = {}): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural, kind },
    versions: [version()],
    ...spec,
  },
});

/** Lets what a commit sets off come to its end. */
async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function define(server: TestHeart, body: object): Promise<void> {
  await server.send({ ...CRDS, verb: 'create', body });
  await settled();
}

const crates = (more: Partial<ApiRequest> = {}) => ({
  group: GROUP,
  version: 'v1',
  plural: 'crates',
  namespace: 'default',
  ...more,
});
const crate = (name: string, more: object = {}, apiVersion = `${GROUP}/v1`): object => ({
  apiVersion,
  kind: 'Crate',
  metadata: { name },
  ...more,
});

const conditionsOf = (definition: KubeObject): string[] =>
  (
    definition as unknown as { status: { conditions: { type: string; status: string }[] } }
  ).status.conditions.map(({ type, status }) => `${type}=${status}`);

test('a definition is established, and its kind served', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  const found = await server.send({ ...CRDS, verb: 'get', name: `crates.${GROUP}` });
  assert.deepEqual(conditionsOf(found), ['NamesAccepted=True', 'Established=True']);
  const made = await server.send(
    crates({ verb: 'create', body: crate('a', { spec: { x: 1 } }) }) as never,
  );
  assert.deepEqual(made.spec, { n: 1 });
  assert.equal(made.metadata.generation, 1);
});

test('a kind that is taken is not served', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  await define(server, definitionOf('boxes', 'Crate'));
  const found = await server.send({ ...CRDS, verb: 'get', name: `boxes.${GROUP}` });
  assert.deepEqual(conditionsOf(found), ['NamesAccepted=False', 'Established=False']);
  assert.equal(server.table.find(GROUP, 'v1', 'boxes'), undefined);

  await server.send({ ...CRDS, verb: 'delete', name: `crates.${GROUP}` });
  await settled();
  const freed = await server.send({ ...CRDS, verb: 'get', name: `boxes.${GROUP}` });
  assert.deepEqual(conditionsOf(freed), ['NamesAccepted=True', 'Established=True']);
});

test('deleting a definition takes its objects along, and ends watches', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  await server.send(crates({ verb: 'create', body: crate('a') }) as never);
  let isEnded = false;
  const end = () => {
    isEnded = true;
  };
  const sink = { next: () => {}, end };
  server.heart.watch(crates({ verb: 'watch', options: {} }) as ApiRequest, ADMIN_USER, sink);
  await settled();
  await server.send({ ...CRDS, verb: 'delete', name: `crates.${GROUP}` });
  await settled();
  assert.equal(isEnded, true);
  assert.equal(server.table.find(GROUP, 'v1', 'crates'), undefined);
  assert.deepEqual(server.store.snapshot().list(`/registry/${GROUP}/`), []);
  assert.deepEqual(server.store.snapshot().list('/registry/apiextensions.k8s.io/'), []);
});

const ADMIN_USER = { name: 'admin', groups: ['system:masters'] };

test('a definition waits for objects that something holds', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  const held = { ...crate('a'), metadata: { name: 'a', finalizers: ['orchard.example/x'] } };
  await server.send(crates({ verb: 'create', body: held }) as never);
  await server.send({ ...CRDS, verb: 'delete', name: `crates.${GROUP}` });
  await settled();
  const create = () => server.send(crates({ verb: 'create', body: crate('b') }) as never);
  await assert.rejects(
    create(),
    refusal(405, 'create not allowed while custom resource definition is terminating'),
  );
  const holding = await server.send({ ...CRDS, verb: 'get', name: `crates.${GROUP}` });
  const { conditions } = (holding as unknown as { status: { conditions: { reason: string }[] } })
    .status;
  assert.equal(conditions.at(-1)?.reason, 'InstanceDeletionInProgress');
  const body = { metadata: { finalizers: null } };
  await server.send(crates({ verb: 'patch', name: 'a', patchType: 'merge', body }) as never);
  server.clock.advance(2000);
  await settled();
  assert.deepEqual(server.store.snapshot().list('/registry/apiextensions.k8s.io/'), []);
});

test('objects are served in all versions, and read by the schema of today', async () => {
  const server = await createTestHeart();
  const versions = [version(), version({ name: 'v2', storage: false, served: true })];
  await define(server, definitionOf('crates', 'Crate', { versions }));
  await server.send(crates({ verb: 'create', body: crate('a', { spec: { s: 'x' } }) }) as never);
  const other = await server.send(crates({ verb: 'get', version: 'v2', name: 'a' }) as never);
  assert.equal(other.apiVersion, `${GROUP}/v2`);
  assert.deepEqual(Object.keys(other).slice(0, 2), ['kind', 'apiVersion']);

  const spec = {
    type: 'object',
    properties: { n: { type: 'integer' }, d: { type: 'string', default: 'd' } },
  };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  const patch = {
    spec: { versions: [version({ schema, storage: false }), version({ name: 'v2', schema })] },
  };
  await server.send({
    ...CRDS,
    verb: 'patch',
    name: `crates.${GROUP}`,
    patchType: 'merge',
    body: patch,
  });
  await settled();
  const read = await server.send(crates({ verb: 'get', name: 'a' }) as never);
  assert.deepEqual(read.spec, { n: 1, d: 'd' });
  const definition = await server.send({ ...CRDS, verb: 'get', name: `crates.${GROUP}` });
  const { storedVersions } = (definition as unknown as { status: { storedVersions: string[] } })
    .status;
  assert.deepEqual(storedVersions, ['v1', 'v2']);
});

test('objects keep what the storage version knows, and get back its defaults only', async () => {
  const server = await createTestHeart();
  const schemaWith = (properties: object): object => ({
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
  });
  const [a, b] = [{ type: 'string' }, { type: 'string', default: 'b' }];
  const versions = [
    version({ schema: schemaWith({ a, o: { type: 'string', default: 'o' } }) }),
    version({ name: 'v2', storage: false, schema: schemaWith({ a, b }) }),
  ];
  await define(server, definitionOf('crates', 'Crate', { versions }));
  const body = crate('a', { spec: { a: '1' } }, `${GROUP}/v2`);
  const made = await server.send(crates({ verb: 'create', version: 'v2', body }) as never);
  assert.deepEqual(made.spec, { a: '1' });
  assert.equal(made.apiVersion, `${GROUP}/v2`);
  const read = await server.send(crates({ verb: 'get', name: 'a' }) as never);
  assert.deepEqual(read.spec, { a: '1', o: 'o' });
});

test('an object of a custom kind says of which kind it is', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  const apiVersion = `${GROUP}/v1`;
  const metadata = { name: 'a' };
  for (const { body, code, text } of [
    {
      body: { apiVersion, metadata },
      code: 400,
      text: `Crate in version "v1" cannot be handled as a Crate: Object 'Kind' is missing in '{"apiVersion":"orchard.example/v1","metadata":{"name":"a"}}'`,
    },
    {
      body: { kind: 'Crate', metadata },
      code: 400,
      text: 'the API version in the data () does not match the expected API version (orchard.example/v1)',
    },
    {
      body: { apiVersion, kind: 'Box', metadata },
      code: 422,
      text: 'Box.orchard.example "a" is invalid: kind: Invalid value: "Box": must be Crate',
    },
  ]) {
    const sent = server.send(crates({ verb: 'create', body }) as never);
    await assert.rejects(sent, refusal(code, text));
  }
});

test('metadata has owners as such in objects that are parts of others, too', async () => {
  const server = await createTestHeart();
  const part = {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  };
  const schema = { openAPIV3Schema: { type: 'object', properties: { part } } };
  await define(server, definitionOf('crates', 'Crate', { versions: [version({ schema })] }));
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 'b' } }, x: { y: 1 } };
  const made = await server.send(
    crates({
      verb: 'patch',
      name: 'a',
      patchType: 'apply',
      options: { fieldManager: 'm' },
      body: crate('a', { part: pod }),
    }) as never,
  );
  assert.deepEqual(made.metadata.managedFields?.[0]?.fieldsV1, {
    'f:part': {
      'f:apiVersion': {},
      'f:kind': {},
      'f:metadata': { 'f:labels': { 'f:a': {} } },
      'f:x': { '.': {}, 'f:y': {} },
    },
  });
});

test('discovery lists the status before the scale', async () => {
  const server = await createTestHeart();
  const scale = { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' };
  const versions = [version({ subresources: { scale, status: {} } })];
  await define(server, definitionOf('crates', 'Crate', { versions }));
  const documents = new DiscoveryDocuments(server.table);
  const { resources } = documents.resources(GROUP, 'v1') as { resources: { name: string }[] };
  assert.deepEqual(
    resources.map(({ name }) => name),
    ['crates', 'crates/status', 'crates/scale'],
  );
});

test('a refused patch is told with all keys of the object sorted', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  const body = crate('a', { spec: { s: 'x', n: 2 } });
  await server.send(crates({ verb: 'create', body }) as never);
  const bad = { metadata: { labels: { a: 1 } } };
  const patch = server.send(
    crates({ verb: 'patch', name: 'a', patchType: 'merge', body: bad }) as never,
  );
  const order =
    /"{\\"apiVersion.*\\"kind.*\\"metadata\\":{\\"creationTimestamp.*\\"generation.*\\"labels.*\\"managedFields\\":\[{\\"apiVersion.*\\"fieldsType.*\\"manager.*\\"name.*\\"namespace.*\\"uid.*\\"spec\\":{\\"n\\":2,\\"s\\":\\"x\\"}}"/;
  await assert.rejects(patch, refusal(422, order));
});

test('a patch makes nothing else of an object', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  await server.send(crates({ verb: 'create', body: crate('a') }) as never);
  const patch = (body: object) =>
    server.send(crates({ verb: 'patch', name: 'a', patchType: 'merge', body }) as never);
  await assert.rejects(
    patch({ apiVersion: 'x.example/v2', kind: 'Box' }),
    refusal(
      422,
      'Box.x.example "a" is invalid: [kind: Invalid value: "Box": must be Crate, apiVersion: Invalid value: "x.example/v2": must be orchard.example/v1]',
    ),
  );
  await assert.rejects(patch({ kind: null }), /Object 'Kind' is missing in/);
});

test('a scale may be given to what has none', async () => {
  const server = await createTestHeart();
  const scale = { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' };
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  const versions = [version({ schema, subresources: { scale } })];
  await define(server, definitionOf('crates', 'Crate', { versions }));
  await server.send(crates({ verb: 'create', body: crate('a') }) as never);
  const patch = (body: object) =>
    server.send(
      crates({ verb: 'patch', subresource: 'scale', name: 'a', patchType: 'merge', body }) as never,
    );
  await assert.rejects(
    patch({ metadata: {} }),
    refusal(400, 'the spec replicas field ".spec.n" cannot be empty'),
  );
  const scaled = await patch({ spec: { replicas: 3 } });
  assert.deepEqual(scaled.spec, { replicas: 3 });
});

test('requests without a namespace or a name are told of as upstream', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  const served = 'the server could not find the requested resource';
  const send = (more: Partial<ApiRequest>) => {
    const { namespace: _, ...others } = crates(more);
    return server.send({ ...others, ...more } as never);
  };
  const body = crate('a');
  await assert.rejects(send({ verb: 'create', body }), refusal(404, served));
  await assert.rejects(send({ verb: 'deletecollection' }), refusal(404, served));
  const put = send({ verb: 'update', namespace: 'default', body });
  await assert.rejects(put, refusal(400, 'name must be provided'));
  await assert.rejects(
    async () => send({ verb: 'delete', namespace: 'default', name: 'a', subresource: 'status' }),
    refusal(404, 'crates.orchard.example "a" not found'),
  );
});

test('what a subresource is not for is told of as upstream', async () => {
  const server = await createTestHeart();
  const versions = [version({ subresources: { status: {} } })];
  await define(server, definitionOf('crates', 'Crate', { versions }));
  await assert.rejects(
    async () => server.send(crates({ verb: 'delete', name: 'a', subresource: 'status' }) as never),
    refusal(405, 'delete is not supported on resources of kind "crates.orchard.example"'),
  );
});

test('what was there before the server starts is served from its start', async () => {
  const first = await createTestHeart();
  await define(first, definitionOf('crates', 'Crate'));
  const { store, clock } = first;
  const second = await createTestHeart({ store, clock });
  assert.notEqual(second.table.find(GROUP, 'v1', 'crates'), undefined);
});

test('without a subresource the status is data that counts', async () => {
  const server = await createTestHeart();
  await define(server, definitionOf('crates', 'Crate'));
  await server.send(crates({ verb: 'create', body: crate('a', { status: { x: 1 } }) }) as never);
  const body = { status: { x: 2 } };
  const request = crates({ verb: 'patch', name: 'a', patchType: 'merge', body });
  const changed = await server.send(request as never);
  assert.deepEqual([changed.metadata.generation, changed.status], [2, { x: 2 }]);
  await assert.rejects(
    server.send(crates({ verb: 'get', name: 'a', subresource: 'status' }) as never),
    refusal(404, 'crates.orchard.example "a" not found'),
  );
  await assert.rejects(
    server.send({ ...request, patchType: 'strategic' } as never),
    refusal(415, /^the body of the request was in an unknown format/),
  );
});

test('lists and watches select by the fields that a definition names', async () => {
  const server = await createTestHeart();
  const versions = [version({ selectableFields: [{ jsonPath: '.spec.s' }] })];
  await define(server, definitionOf('crates', 'Crate', { versions }));
  for (const [name, s] of [
    ['a', 'x'],
    ['b', 'y'],
  ] as const) {
    await server.send(crates({ verb: 'create', body: crate(name, { spec: { s } }) }) as never);
  }
  const options = { fieldSelector: 'spec.s=y' };
  const found = await server.send(crates({ verb: 'list', options }) as never);
  assert.deepEqual(
    (found.items as KubeObject[]).map(({ metadata }) => metadata.name),
    ['b'],
  );
});

test('a definition that changes while its status is written is served as it is then', async () => {
  const server = await createTestHeart();
  const body = definitionOf('crates', 'Crate');
  await server.send({ ...CRDS, verb: 'create', body });
  const patch = { metadata: { labels: { a: 'b' } }, spec: { names: { shortNames: ['cr'] } } };
  const request = {
    ...CRDS,
    verb: 'patch' as const,
    name: `crates.${GROUP}`,
    patchType: 'merge' as const,
  };
  await Promise.all([1, 2, 3].map(() => server.send({ ...request, body: patch })));
  await settled();
  const found = await server.send({ ...CRDS, verb: 'get', name: `crates.${GROUP}` });
  assert.deepEqual(conditionsOf(found), ['NamesAccepted=True', 'Established=True']);
  assert.deepEqual(server.table.get(GROUP, 'v1', 'crates').definition.shortNames, ['cr']);
});
