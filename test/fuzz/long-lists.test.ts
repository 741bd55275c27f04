import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestHeart } from '../../src/apiserver/testing.ts';

// Goal: what is long takes about as long as it is: nobody keeps a server from its work by one
// request. A rule that compares all with all takes a minute for these, or all memory there is.

const LENGTH = 20_000;
const LIMIT_SECONDS = 5;

const many = (make: (i: number) => object): object[] =>
  Array.from({ length: LENGTH }, (_, i) => make(i));
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

for (const { name, plural, body } of [
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
]) {
  test(`many ${name}`, async () => {
    const before = process.cpuUsage();
    const metadata = { name: name.replaceAll(' ', '-') };
    const whole = {
      ...body,
      metadata: { ...metadata, ...(body as { metadata?: object }).metadata },
    };
    const request = { plural, namespace: 'default', verb: 'create', body: whole } as const;
    await heart.answer(request).catch(() => undefined); // Taken or refused, but soon.
    const { user, system } = process.cpuUsage(before);
    assert.ok((user + system) / 1e6 < LIMIT_SECONDS, `${(user + system) / 1e6} s`);
  });
}
