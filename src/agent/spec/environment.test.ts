// Goal: pin what variables a container gets, from where, and what is said when something is missing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Service } from '../../api/generated/core/v1/types.ts';
import { container, podOf } from '../testing.ts';
import { environmentOf } from './environment.ts';
import { expand } from './expand.ts';

const values: Record<string, string> = { A: 'one', B: 'two', '': 'empty' };
for (const [text, want] of [
  ['$(A)', 'one'],
  ['$(A)-$(B)', 'one-two'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$one'],
  ['$(missing)', '$(missing)'],
  ['$()', 'empty'],
  ['$(A', '$(A'],
  ['$A $', '$A $'],
  ['$$', '$'],
  ['a$(A)$$(B)$(C)$', 'aone$(B)$(C)$'],
]) {
  test(`expand ${text}`, () =>
    assert.equal(
      expand(text!, (name) => values[name]),
      want,
    ));
}

const meta = { uid: 'x', resourceVersion: '1', creationTimestamp: '' };
const service = (name: string, clusterIP: string, namespace = 'default'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...meta, name, namespace },
  spec: {
    clusterIP,
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ],
  },
  status: {},
});

function environment(more: Partial<Container>, spec = {}, services: Service[] = []) {
  const main = container('main', more);
  const list = environmentOf({
    container: main,
    pod: podOf({ containers: [main], nodeName: 'n1', ...spec }, { labels: { app: 'web' } }),
    podIps: ['10.0.0.1', 'fd00::1'],
    hostIps: ['192.0.2.1'],
    allocatable: { cpu: '2', memory: '4Gi' },
    services,
    references: {
      configMap: (name) =>
        name === 'conf'
          ? {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: { ...meta, name },
              data: { k: 'v', 'a.b': 'c' },
            }
          : undefined,
      secret: (name) =>
        name === 'sec'
          ? { apiVersion: 'v1', kind: 'Secret', metadata: { ...meta, name }, data: { k: 'c8Op' } }
          : undefined,
    },
  });
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

const from = (valueFrom: object): Partial<Container> => ({ env: [{ name: 'X', valueFrom }] });
const rows: { name: string; more: Partial<Container>; want?: object; error?: string }[] = [
  {
    name: 'later variables see earlier ones',
    more: { env: [{ name: 'A', value: '1' }, { name: 'B', value: '$(A)2$(C)' }, { name: 'C' }] },
    want: { A: '1', B: '12$(C)', C: '' },
  },
  {
    name: 'all of a ConfigMap and a Secret, with prefixes',
    more: {
      envFrom: [{ configMapRef: { name: 'conf' } }, { prefix: 'S_', secretRef: { name: 'sec' } }],
    },
    want: { k: 'v', 'a.b': 'c', S_k: 'sé' },
  },
  {
    name: 'a key of a ConfigMap',
    more: from({ configMapKeyRef: { name: 'conf', key: 'k' } }),
    want: { X: 'v' },
  },
  {
    name: 'a key of a Secret',
    more: from({ secretKeyRef: { name: 'sec', key: 'k' } }),
    want: { X: 'sé' },
  },
  {
    name: 'its own name',
    more: from({ fieldRef: { fieldPath: 'metadata.name' } }),
    want: { X: 'web' },
  },
  {
    name: 'a label',
    more: from({ fieldRef: { fieldPath: "metadata.labels['app']" } }),
    want: { X: 'web' },
  },
  {
    name: 'both addresses',
    more: from({ fieldRef: { fieldPath: 'status.podIPs' } }),
    want: { X: '10.0.0.1,fd00::1' },
  },
  {
    name: 'a limit, rounded up',
    more: {
      ...from({ resourceFieldRef: { resource: 'limits.cpu' } }),
      resources: { limits: { cpu: '1500m' } },
    },
    want: { X: '2' },
  },
  {
    name: 'a limit in thousandths',
    more: {
      ...from({ resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } }),
      resources: { limits: { cpu: '1500m' } },
    },
    want: { X: '1500' },
  },
  {
    name: 'a limit that is that of the node',
    more: from({ resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } }),
    want: { X: '4096' },
  },
  {
    name: 'a request that is not there',
    more: from({ resourceFieldRef: { resource: 'requests.cpu' } }),
    want: { X: '0' },
  },
  {
    name: 'optional sources may be missing',
    more: {
      envFrom: [{ secretRef: { name: 'no', optional: true } }],
      env: [
        { name: 'X', valueFrom: { configMapKeyRef: { name: 'no', key: 'k', optional: true } } },
        { name: 'Y', valueFrom: { secretKeyRef: { name: 'sec', key: 'no', optional: true } } },
      ],
    },
    want: {},
  },
  {
    name: 'no ConfigMap',
    more: { envFrom: [{ configMapRef: { name: 'no' } }] },
    error: 'configmap "no" not found',
  },
  {
    name: 'no Secret',
    more: from({ secretKeyRef: { name: 'no', key: 'k' } }),
    error: 'secret "no" not found',
  },
  {
    name: 'no key in a ConfigMap',
    more: from({ configMapKeyRef: { name: 'conf', key: 'no' } }),
    error: "couldn't find key no in ConfigMap default/conf",
  },
  {
    name: 'no key in a Secret',
    more: from({ secretKeyRef: { name: 'sec', key: 'no' } }),
    error: "couldn't find key no in Secret default/sec",
  },
];
for (const { name, more, want, error } of rows) {
  test(name, () => {
    if (error) assert.throws(() => environment(more), { message: error });
    else assert.deepEqual(environment(more), want);
  });
}

test('services are named by variables, unless the container says otherwise', () => {
  const services = [
    service('my-db', '10.96.0.5'),
    service('headless', 'None'),
    service('far', '10.96.0.6', 'other'),
  ];
  const more = { env: [{ name: 'URL', value: 'http://$(MY_DB_SERVICE_HOST)' }] };
  assert.deepEqual(environment(more, {}, services), {
    URL: 'http://10.96.0.5',
    MY_DB_SERVICE_HOST: '10.96.0.5',
    MY_DB_SERVICE_PORT: '80',
    MY_DB_SERVICE_PORT_HTTP: '80',
    MY_DB_PORT: 'tcp://10.96.0.5:80',
    MY_DB_PORT_80_TCP: 'tcp://10.96.0.5:80',
    MY_DB_PORT_80_TCP_PROTO: 'tcp',
    MY_DB_PORT_80_TCP_PORT: '80',
    MY_DB_PORT_80_TCP_ADDR: '10.96.0.5',
    MY_DB_PORT_53_UDP: 'udp://10.96.0.5:53',
    MY_DB_PORT_53_UDP_PROTO: 'udp',
    MY_DB_PORT_53_UDP_PORT: '53',
    MY_DB_PORT_53_UDP_ADDR: '10.96.0.5',
  });
});

test('without service links only the API server is named', () => {
  const services = [service('my-db', '10.96.0.5'), service('kubernetes', '10.96.0.1')];
  const names = Object.keys(environment({}, { enableServiceLinks: false }, services));
  assert.ok(names.length > 0 && names.every((name) => name.startsWith('KUBERNETES_')));
});
