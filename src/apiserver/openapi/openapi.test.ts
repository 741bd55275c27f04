import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createTestHeart, type TestHeart } from '../testing.ts';
import { OpenApiDocuments } from './documents.ts';
import { encodeGnostic } from './gnostic.ts';

// Goal: the documents that clients validate, explain and generate by are whole, and change when
// what is served changes.

let heart: TestHeart;
let documents: OpenApiDocuments;
before(async () => {
  heart = await createTestHeart();
  documents = new OpenApiDocuments(heart.table, '1');
});

/** All that a document refers to. */
function referencesIn(document: object): Set<string> {
  const found = new Set<string>();
  JSON.stringify(document, (key, value) => {
    if (key === '$ref' && typeof value === 'string') found.add(value);
    return value;
  });
  return found;
}

function resolve(document: object, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce(
      (part, name) => (part as Record<string, unknown> | undefined)?.[name],
      document as unknown,
    );
}

test('every group-version that is served has a document without loose ends', () => {
  const paths = [...documents.index().keys()];
  const served = heart.table
    .list()
    .map(({ group, version }) => (group ? `apis/${group}/${version}` : `api/${version}`));
  assert.deepEqual(new Set(paths), new Set(served));
  for (const path of paths) {
    const { json } = documents.groupVersion(path)!;
    for (const reference of referencesIn(json)) {
      assert.ok(resolve(json, reference), `${path}: ${reference}`);
    }
  }
});

test('the document of everything has no loose ends', () => {
  const { json } = documents.whole();
  for (const reference of referencesIn(json)) assert.ok(resolve(json, reference), reference);
});

test('lists say how they are merged', () => {
  const { json } = documents.groupVersion('api/v1')!;
  const pod = resolve(json, '#/components/schemas/io.k8s.api.core.v1.PodSpec') as {
    properties: Record<string, Record<string, unknown>>;
  };
  const { containers } = pod.properties;
  assert.equal(containers?.['x-kubernetes-patch-merge-key'], 'name');
  assert.deepEqual(containers?.['x-kubernetes-list-map-keys'], ['name']);
});

test('custom kinds are told by their schema, to older clients by less of it', async () => {
  const own = await createTestHeart();
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const properties = {
    a: { type: 'string', nullable: true, example: 'x', externalDocs: { url: 'u' } },
    b: { type: 'integer', allOf: [{ minimum: 1 }], not: { enum: [5] } },
    c: { ...open, properties: { d: { type: 'string' } } },
  };
  const spec = { type: 'object', required: ['a', 'b'], properties };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  const selectableFields = [{ jsonPath: '.spec.b' }];
  const version = { name: 'v1', served: true, storage: true, schema, selectableFields };
  const [group, names] = ['orchard.example', { plural: 'crates', kind: 'Crate' }];
  const body = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'crates.orchard.example' },
    spec: { group, scope: 'Namespaced', names, versions: [version] },
  };
  const plural = 'customresourcedefinitions';
  const { promise, resolve: done } = Promise.withResolvers<void>();
  await own.send({ verb: 'create', group: 'apiextensions.k8s.io', version: 'v1', plural, body });
  setImmediate(done);
  await promise;
  const told = new OpenApiDocuments(own.table, '1');
  const name = 'example.orchard.v1.Crate';
  const crateIn = (document: object, path: string) =>
    (resolve(document, path) as Record<string, Record<string, unknown>>)[name]!;
  const newer = crateIn(told.groupVersion('apis/orchard.example/v1')!.json, '#/components/schemas');
  assert.deepEqual(newer['x-kubernetes-selectable-fields'], [{ fieldPath: 'spec.b' }]);
  const { a: _, ...others } = properties;
  assert.deepEqual((newer.properties as Record<string, unknown>).spec, {
    ...spec,
    properties: { a: { type: 'string', nullable: true }, ...others },
  });
  const older = crateIn(told.whole().json, '#/definitions');
  assert.deepEqual((older.properties as Record<string, unknown>).spec, {
    type: 'object',
    required: ['b'],
    properties: { a: {}, b: { type: 'integer' }, c: open },
  });
  const tags = new Set([told.index().get('apis/orchard.example/v1')]);
  for (const change of [{ selectableFields: null }, { subresources: { status: {} } }]) {
    await own.send({
      verb: 'patch',
      patchType: 'merge',
      group: 'apiextensions.k8s.io',
      plural,
      name: body.metadata.name,
      body: { spec: { versions: [{ ...version, ...change }] } },
    });
    const settled = Promise.withResolvers<void>();
    setImmediate(settled.resolve);
    await settled.promise;
    tags.add(told.index().get('apis/orchard.example/v1'));
  }
  assert.equal(tags.size, 3, 'the tag changes with all that is told');
});

test('what goes is gone from the documents, and their tags change', async () => {
  const own = new OpenApiDocuments(heart.table, '1');
  const before = new Map(own.index());
  const leases = heart.table.get('coordination.k8s.io', 'v1', 'leases');
  heart.table.remove([leases]);
  const after = own.index();
  assert.equal(after.has('apis/coordination.k8s.io/v1'), false);
  assert.equal(after.get('api/v1'), before.get('api/v1'));
  heart.table.add([leases]);
  assert.deepEqual(new Map(own.index()), before);
});

test('another version of the server has other tags', () => {
  const other = new OpenApiDocuments(heart.table, '2');
  assert.notEqual(other.index().get('api/v1'), documents.index().get('api/v1'));
});

test('the form for older clients is read back as what it says', () => {
  const bytes = encodeGnostic({ swagger: '2.0', info: { title: 'T', version: 'v' }, paths: {} });
  // Fields 1 (swagger), 2 (info: 1 title, 2 version), 8 (paths, empty).
  assert.equal(bytes.toString('hex'), '0a03322e3012060a01541201764200');
});
