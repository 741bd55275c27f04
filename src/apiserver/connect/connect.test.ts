import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ADMIN, createTestHeart, refusal, type TestHeart } from '../testing.ts';
import { isGlobalUnicast } from './addresses.ts';
import { parseProxyName } from './location.ts';
import { parseLogRequest } from './log-options.ts';

// Goal: requests for logs, streams and proxies lead to where they belong, and nowhere else.

let heart: TestHeart;

const container = (name: string, port?: number) => ({
  name,
  image: 'x',
  ...(port && { ports: [{ containerPort: port }] }),
});

async function make(plural: string, body: object, status?: object, group = ''): Promise<void> {
  const namespace = plural === 'nodes' ? undefined : 'default';
  const at = { group, plural, namespace };
  const { metadata } = await heart.send({ ...at, verb: 'create', body });
  if (status === undefined) return;
  const patch = { verb: 'patch', patchType: 'merge', subresource: 'status' } as const;
  await heart.send({ ...at, ...patch, name: metadata.name, body: { status } });
}

before(async () => {
  heart = await createTestHeart();
  await make('serviceaccounts', { metadata: { name: 'default' } });
  const addresses = [
    { type: 'Hostname', address: 'one' },
    { type: 'InternalIP', address: '192.0.2.7' },
  ];
  const daemonEndpoints = { kubeletEndpoint: { Port: 10251 } };
  await make('nodes', { metadata: { name: 'one' } }, { addresses, daemonEndpoints });
  await make('nodes', { metadata: { name: 'mute' } });
  const pod = (name: string, spec: object) => ({ metadata: { name }, spec });
  const running = { podIPs: [{ ip: '10.0.0.9' }], podIP: '10.0.0.9' };
  await make(
    'pods',
    pod('web', { nodeName: 'one', containers: [container('main', 8080)] }),
    running,
  );
  const two = { nodeName: 'one', containers: [container('a'), container('b')] };
  await make('pods', pod('two', { ...two, initContainers: [container('first')] }));
  await make('pods', pod('waiting', { containers: [container('main')] }));
  await make('pods', pod('lost', { nodeName: 'gone', containers: [container('main')] }));
  const ports = [{ name: 'http', port: 80 }];
  await make('services', { metadata: { name: 'web' }, spec: { ports } });
  await make('services', { metadata: { name: 'none' }, spec: { ports } });
  await make('services', { metadata: { name: 'trap' }, spec: { ports } });
  const slice = (name: string, ...ends: readonly object[]) => ({
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: ends,
  });
  const targetRef = { kind: 'Pod', namespace: 'default', name: 'web' };
  const web = { addresses: ['10.0.0.9'], targetRef };
  const unready = { addresses: ['10.0.0.8'], conditions: { ready: false }, targetRef };
  const elsewhere = { addresses: ['10.0.0.7'], targetRef };
  const discovery = 'discovery.k8s.io';
  await make('endpointslices', slice('web', web, unready), undefined, discovery);
  await make(
    'endpointslices',
    slice('trap', elsewhere, { addresses: ['10.0.0.9'] }),
    undefined,
    discovery,
  );
});

interface Asked {
  readonly path: string;
  readonly query?: string;
  readonly rest?: string;
}

function locate({ path, query = '', rest }: Asked) {
  const [plural = '', name = '', subresource = ''] = path.split(' ');
  const namespace = plural === 'nodes' ? undefined : 'default';
  const request = { verb: 'get', group: '', version: 'v1', plural, namespace, name, subresource };
  return heart.heart.connect({ ...request, options: {} } as never, ADMIN, { query, rest });
}

const agent = { scheme: 'https', host: '192.0.2.7', port: 10251, node: 'one' };

for (const { asked, location } of [
  {
    asked: { path: 'pods web log' },
    location: { mode: 'text', ...agent, path: '/containerLogs/default/web/main' },
  },
  {
    asked: { path: 'pods two log', query: 'container=first&follow=true&tailLines=5' },
    location: {
      mode: 'text',
      ...agent,
      path: '/containerLogs/default/two/first?follow=true&tailLines=5',
    },
  },
  { asked: { path: 'pods waiting log' }, location: undefined },
  {
    asked: { path: 'pods web exec', query: 'command=sh&command=-c&stdin=true&stdout=1&tty=false' },
    location: {
      mode: 'stream',
      ...agent,
      path: '/exec/default/web/main?input=1&output=1&command=sh&command=-c',
    },
  },
  {
    asked: { path: 'pods web attach', query: 'stdout=true&command=x' },
    location: { mode: 'stream', ...agent, path: '/attach/default/web/main?output=1' },
  },
  {
    asked: { path: 'pods web portforward', query: 'ports=80&ports=81' },
    location: { mode: 'stream', ...agent, path: '/portForward/default/web?port=80%2C81' },
  },
  {
    asked: { path: 'pods web proxy', rest: '/a%2Fb/', query: 'x=1' },
    location: { mode: 'proxy', scheme: 'http', host: '10.0.0.9', port: 8080, path: '/a%2Fb/?x=1' },
  },
  {
    asked: { path: 'pods https:web:8443 proxy', rest: '/' },
    location: { mode: 'proxy', scheme: 'https', host: '10.0.0.9', port: 8443, path: '/' },
  },
  {
    asked: { path: 'services web proxy', rest: '/' },
    location: { mode: 'proxy', scheme: 'http', host: '10.0.0.9', port: 8080, path: '/' },
  },
  {
    asked: { path: 'services web:80 proxy', rest: '/' },
    location: { mode: 'proxy', scheme: 'http', host: '10.0.0.9', port: 8080, path: '/' },
  },
  {
    asked: { path: 'nodes one proxy', rest: '/healthz' },
    location: { mode: 'proxy', ...agent, path: '/healthz' },
  },
  {
    asked: { path: 'nodes one:9100 proxy', rest: '/metrics' },
    location: { mode: 'proxy', scheme: 'http', host: '192.0.2.7', port: 9100, path: '/metrics' },
  },
] as const) {
  test(`${asked.path} leads to ${location?.path ?? 'nothing'}`, () => {
    assert.deepEqual(locate(asked), location);
  });
}

for (const { path, query, code = 400, message } of [
  { path: 'pods ghost log', code: 404, message: 'pods "ghost" not found' },
  {
    path: 'pods two log',
    message: 'a container name must be specified for pod two, choose one of: [first a b]',
  },
  { path: 'pods two log', query: 'container=c', message: 'container c is not valid for pod two' },
  { path: 'pods waiting exec', message: 'pod waiting does not have a host assigned' },
  { path: 'pods lost exec', code: 404, message: 'nodes "gone" not found' },
  { path: 'pods waiting proxy', message: 'address not allowed' },
  { path: 'pods ftp:web:21 proxy', message: 'invalid pod request "ftp:web:21"' },
  {
    path: 'nodes mute proxy',
    code: 500,
    message: 'no preferred addresses found; known addresses: []',
  },
  { path: 'services none proxy', code: 404, message: 'services "none" not found' },
  {
    path: 'services trap proxy',
    code: 503,
    message: 'no endpoints available for service "trap"',
  },
  {
    path: 'services web:other proxy',
    code: 503,
    message: 'no endpoints available for service "web:other"',
  },
  {
    path: 'services web:81 proxy',
    code: 503,
    message: 'no service port 81 found for service "web"',
  },
]) {
  test(`${path} is refused: ${message}`, () => {
    assert.throws(() => locate({ path, query }), refusal(code, message));
  });
}

for (const { query, message } of [
  {
    query: 'tailLines=-1',
    message:
      'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  },
  {
    query: 'limitBytes=0',
    message: 'PodLogOptions "web" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
  },
  {
    query: 'sinceSeconds=0',
    message:
      'PodLogOptions "web" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0',
  },
  {
    query: 'stream=All',
    message: 'PodLogOptions "web" is invalid: stream: Forbidden: may not be specified',
  },
]) {
  test(`a log with ${query} is refused`, () => {
    assert.throws(() => parseLogRequest('web', query), refusal(422, message));
  });
}

test('a log with a number that has no digits is refused', () => {
  assert.throws(
    () => parseLogRequest('web', 'tailLines='),
    refusal(400, 'strconv.ParseInt: parsing "": invalid syntax'),
  );
});

for (const [text, name] of [
  ['a', { scheme: undefined, name: 'a', port: '' }],
  ['a:80', { scheme: undefined, name: 'a', port: '80' }],
  ['https:a:', { scheme: 'https', name: 'a', port: '' }],
  [':a:web', { scheme: undefined, name: 'a', port: 'web' }],
  ['ftp:a:1', undefined],
  ['a:b:c:d', undefined],
  ['http::80', undefined],
] as const) {
  test(`${text} as the name of what to proxy to`, () => {
    assert.deepEqual(parseProxyName(text), name);
  });
}

for (const [address, is] of [
  ['10.0.0.9', true],
  ['2001:db8::1', true],
  ['127.0.0.1', false],
  ['::ffff:127.0.0.1', false],
  ['169.254.169.254', false],
  ['0.0.0.0', false],
  ['::1', false],
  ['fe80::1', false],
  ['ff02::1', false],
  ['localhost', false],
  ['', false],
] as const) {
  test(`${address || 'nothing'} ${is ? 'may be' : 'is not'} a pod's address`, () => {
    assert.equal(isGlobalUnicast(address), is);
  });
}
