import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestHeart } from '../../src/apiserver/testing.ts';

// Goal: what is long takes about as long as it is: nobody keeps a server from its work by one
// request. A rule that compares all with all takes a minute for these, or all memory there is.

const LENGTH = 20_000;
const LIMIT_SECONDS = 5;

const many = <T>(make: (i: number) => T): T[] => Array.from({ length: LENGTH }, (_, i) => make(i));
const heart = await createTestHeart();
await heart.send({
  plural: 'serviceaccounts',
  namespace: 'default',
  verb: 'create',
  body: { metadata: { name: 'default' } },
});

const spec = { containers: [{ name: 'main', image: 'x' }] };
const volumes = (items: object[]) => ({
  ...spec,
  volumes: [{ name: 'v', configMap: { name: 'c', items } }],
});
const file = (path: string) => ({ key: 'k', path });

interface Row {
  readonly name: string;
  readonly plural: string;
  readonly body: object;
  readonly group?: string;
  readonly isOfCluster?: boolean;
}

const drivers = many((i) => ({ name: `d${i}`, nodeID: 'n', topologyKeys: ['a'] }));
const topology = (i: number) => ({ matchLabelExpressions: [{ key: 'a', values: [`v${i}`] }] });
const keyed = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
};
const texts = { type: 'object', additionalProperties: { type: 'string' } };
const crateSchema = { type: 'object', properties: { keyed, texts } };
const crate = { apiVersion: 'orchard.example/v1', kind: 'Crate' };
await heart.send({
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
  verb: 'create',
  body: {
    metadata: { name: 'crates.orchard.example' },
    spec: {
      group: 'orchard.example',
      scope: 'Namespaced',
      names: { plural: 'crates', kind: 'Crate' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: crateSchema } },
      ],
    },
  },
});
const served = Promise.withResolvers<void>();
setImmediate(served.resolve);
await served.promise;

const rows: readonly Row[] = [
  {
    name: 'ports of a service',
    plural: 'services',
    body: { spec: { ports: many((i) => ({ name: `p${i}`, port: i + 1 })) } },
  },
  {
    name: 'ports of nodes',
    plural: 'services',
    body: { spec: { type: 'NodePort', ports: many((i) => ({ name: `p${i}`, port: i + 1 })) } },
  },
  {
    name: 'owners',
    plural: 'configmaps',
    body: {
      metadata: {
        ownerReferences: many((i) => ({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: `u${i}` })),
      },
    },
  },
  {
    name: 'files of a volume',
    plural: 'pods',
    body: { spec: volumes(many((i) => file(`f${i}`))) },
  },
  { name: 'files in one place', plural: 'pods', body: { spec: volumes(many(() => file('f'))) } },
  {
    name: 'folders in folders',
    plural: 'pods',
    body: { spec: volumes([file('a/'.repeat(LENGTH)), file('b')]) },
  },
  {
    name: 'secrets to pull by',
    plural: 'pods',
    body: { spec: { ...spec, imagePullSecrets: many((i) => ({ name: `s${i}` })) } },
  },
  {
    name: 'ports of a container',
    plural: 'pods',
    body: {
      spec: {
        containers: [{ name: 'main', image: 'x', ports: many(() => ({ containerPort: 1 })) }],
      },
    },
  },
  {
    name: 'names of hosts',
    plural: 'pods',
    body: {
      spec: {
        ...spec,
        hostAliases: many((i) => ({ ip: `10.0.${i >> 8}.${i & 255}`, hostnames: ['a'] })),
      },
    },
  },
  {
    name: 'topologies of a class',
    group: 'storage.k8s.io',
    plural: 'storageclasses',
    body: { provisioner: 'a', allowedTopologies: many(topology) },
    isOfCluster: true,
  },
  {
    name: 'drivers of a node',
    group: 'storage.k8s.io',
    plural: 'csinodes',
    body: { spec: { drivers } },
    isOfCluster: true,
  },
  {
    name: 'tolerations of a class',
    group: 'node.k8s.io',
    plural: 'runtimeclasses',
    body: {
      handler: 'a',
      scheduling: { tolerations: many((i) => ({ key: `k${i}`, operator: 'Exists' })) },
    },
    isOfCluster: true,
  },
  {
    name: 'elements with keys',
    group: 'orchard.example',
    plural: 'crates',
    body: { ...crate, keyed: many((i) => ({ k: `k${i}` })) },
  },
  {
    name: 'values that are wrong',
    group: 'orchard.example',
    plural: 'crates',
    body: {
      ...crate,
      texts: Object.fromEntries([...many((i) => [`k${i}`, i]), ...many((i) => [`l${i}`, i])]),
    },
  },
  {
    name: 'steps of an expression, each of which says twice what comes before',
    group: 'resource.k8s.io',
    plural: 'deviceclasses',
    body: {
      spec: {
        selectors: [
          {
            cel: {
              expression: `device.attributes[?"a"]${'.optMap(x, x)'.repeat(12)}.hasValue()`,
            },
          },
        ],
      },
    },
    isOfCluster: true,
  },
];

for (const { name, group = '', plural, body, isOfCluster } of rows) {
  test(`many ${name}`, async () => {
    const before = process.cpuUsage();
    const metadata = { name: name.replaceAll(/\W+/g, '-') };
    const whole = {
      ...body,
      metadata: { ...metadata, ...(body as { metadata?: object }).metadata },
    };
    const target = { group, plural, ...(!isOfCluster && { namespace: 'default' }) };
    const change = { metadata: { labels: { changed: 'yes' } } };
    for (const request of [
      { ...target, verb: 'create', body: whole },
      { ...target, verb: 'patch', patchType: 'merge', name: metadata.name, body: change },
    ] as const) {
      await heart.answer(request).catch(() => undefined); // Taken or refused, but soon.
    }
    const { user, system } = process.cpuUsage(before);
    assert.ok((user + system) / 1e6 < LIMIT_SECONDS, `${(user + system) / 1e6} s`);
  });
}

test('what has more faults than can be told is refused all the same', async () => {
  const containers = Array.from({ length: 400_000 }, () => ({}));
  const body = { metadata: { name: 'faulty' }, spec: { containers } };
  const target = { plural: 'pods', namespace: 'default' };
  await assert.rejects(heart.send({ ...target, verb: 'create', body }), {
    code: 422,
    message: 'Pod "faulty" is invalid: <nil>: Internal error: more faults than can be told',
  });
});
