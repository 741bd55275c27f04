// Goal: the server on its socket: who is known how, what is refused how, both versions of HTTP,
// streams, and an end that loses no answer.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { staticTokens } from '../apiserver/auth/authenticator.ts';
import { objectCodec } from '../apiserver/encoding/json.ts';
import { ADMIN } from '../apiserver/testing.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { Pki } from './pki.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-api-'));
let pki: Pki;
let server: RunningApiServer;

function start(): Promise<RunningApiServer> {
  const names = ['localhost', '127.0.0.1'];
  const serving = pki.keyPair('api', { subject: { commonName: 'api' }, usages: ['server'], names });
  return startApiServer({
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    store: createMemoryStore(objectCodec),
    tokens: [staticTokens(new Map([['secret', ADMIN]]))],
    listen: { host: '127.0.0.1', port: 0, tls: { ...serving, ca: pki.ca } },
  });
}

before(async () => {
  pki = new Pki(folder, systemClock, systemRandom);
  server = await start();
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const bearer = { authorization: 'Bearer secret' };

function ask(
  path: string,
  {
    body,
    to = server,
    ...options
  }: RequestOptions & { body?: string | Buffer; to?: RunningApiServer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = to.listening;
    const asked = request({ port, path, ca: pki.ca, headers: bearer, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const messageOf = ({ text }: Answer): string => JSON.parse(text).message;

test('users are known by a certificate of the cluster, or by a token', async () => {
  const asWho = async (options: RequestOptions) =>
    messageOf(await ask('/api/v1/nodes', { headers: {}, ...options }));
  const pia = pki.keyPair('pia', { subject: { commonName: 'pia' }, usages: ['client'] });
  assert.match(await asWho(pia), /User "pia" cannot list resource "nodes"/);
  assert.match(await asWho({}), /User "system:anonymous" cannot/);
  assert.equal(await asWho({ headers: { authorization: 'Bearer wrong' } }), 'Unauthorized');
  assert.equal((await ask('/api/v1/nodes')).status, 200);
});

test('a certificate of somebody else makes nobody', async () => {
  const others = mkdtempSync(join(tmpdir(), 'tutti-other-'));
  const other = new Pki(others, systemClock, systemRandom);
  const wanted = { subject: { commonName: 'x', organizations: ['system:masters'] } };
  const mallory = other.keyPair('x', { ...wanted, usages: ['client'] });
  rmSync(others, { recursive: true });
  const answer = await ask('/api/v1/nodes', { headers: {}, ...mallory });
  assert.match(messageOf(answer), /User "system:anonymous" cannot/);
});

test('a later certificate is shown to new connections, whose clients are known as before', async (t) => {
  const own = await start();
  const kept = new Agent({ keepAlive: true });
  t.after(() => {
    kept.destroy();
    return own.stop(0);
  });
  const seenBy = (agent: Agent) =>
    new Promise<{ serial: string; user: string | undefined }>((resolve, reject) => {
      const { port } = own.listening;
      const pia = pki.keyPair('pia', { subject: { commonName: 'pia' }, usages: ['client'] });
      const asked = request({ port, path: CONFIG_MAPS, ca: pki.ca, agent, ...pia }, (response) => {
        const { serialNumber: serial } = (response.socket as TLSSocket).getPeerCertificate();
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ serial, user: /User \\"(\w+)/.exec(text)?.[1] }));
      });
      asked.on('error', reject).end();
    });
  const before = await seenBy(kept);
  const names = ['localhost', '127.0.0.1'];
  own.listening.use(pki.issue({ subject: { commonName: 'api' }, usages: ['server'], names }));
  assert.deepEqual(await seenBy(kept), before, 'connections go on');
  const fresh = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  const after = await seenBy(fresh);
  assert.notEqual(after.serial, before.serial);
  assert.equal(after.user, 'pia');
});

const configMap = (name: string) =>
  JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name } });
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const json = { ...bearer, 'content-type': 'application/json' };

for (const { name, path = CONFIG_MAPS, method = 'POST', headers = json, body, status, message } of [
  {
    name: 'a body that is no JSON',
    body: '{"kind":',
    status: 400,
    message: /unexpected end of JSON/,
  },
  { name: 'a body that is nothing', body: '', status: 400, message: /EOF|empty|body/i },
  {
    name: 'a body that is too large',
    body: 'x'.repeat(3 * 1024 * 1024 + 1),
    status: 413,
    message: /^Request entity too large: limit is 3145728$/,
  },
  {
    name: 'a body of too many layers',
    body: '['.repeat(20_000),
    status: 400,
    message: /exceeded max depth|invalid/i,
  },
  {
    name: 'protobuf that is none',
    headers: { ...bearer, 'content-type': 'application/vnd.kubernetes.protobuf' },
    body: 'k8s\u0000\u00ff\u00ff',
    status: 400,
    message: /./,
  },
  {
    name: 'a type of body that nobody reads',
    headers: { ...bearer, 'content-type': 'text/html' },
    body: '<p>',
    status: 415,
    message: /the body of the request was in an unknown format/,
  },
  {
    name: 'a type of patch that nobody knows',
    path: `${CONFIG_MAPS}/a`,
    method: 'PATCH',
    body: '{}',
    status: 415,
    message: /^415: Unsupported Media Type$/,
  },
  {
    name: 'an encoding that nobody writes',
    method: 'GET',
    headers: { ...bearer, accept: 'text/html' },
    status: 406,
    message: /^406: Not Acceptable/,
  },
  {
    name: 'a kind that is not served',
    path: '/api/v1/widgets',
    method: 'GET',
    status: 404,
    message: /^the server could not find the requested resource$/,
  },
  {
    name: 'exec without an upgrade',
    path: '/api/v1/namespaces/default/pods/ghost/exec',
    status: 404,
    message: /^pods "ghost" not found$/,
  },
]) {
  test(`${name} is refused`, async () => {
    const answer = await ask(path, { method, headers, ...(body !== undefined && { body }) });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.match(messageOf(answer), message);
  });
}

test('paths of nobody are told in plain text', async () => {
  const answer = await ask('/nothing');
  assert.deepEqual([answer.status, answer.text], [404, '404 page not found\n']);
});

const JSON_OF = (as: string) => `application/json;${as}`;
const available =
  'Available representations: application/json, application/yaml, application/vnd.kubernetes.protobuf';
const accepted =
  'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';
const notAllowed = 'the server does not allow this method on the requested resource';
const notFound = 'the server could not find the requested resource';

for (const { method = 'GET', path, accept, body, status, message } of [
  // What is no path or no method comes before what is wrong with the rest.
  { method: 'PUT', path: CONFIG_MAPS, body: '{', status: 405, message: notAllowed },
  { method: 'POST', path: '/api/v1/configmaps', body: '{', status: 405, message: notAllowed },
  { method: 'PATCH', path: CONFIG_MAPS, accept: 'text/csv', status: 405, message: notAllowed },
  { method: 'PATCH', path: '/api/v1/nothings/a', status: 404, message: notFound },
  { method: 'POST', path: '/version', status: 405, message: notAllowed },
  { path: '/version/x', status: 404, message: notFound },
  { method: 'POST', path: '/api/v1/bindings', body: '{}', status: 404, message: notFound },
  {
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/a',
    status: 404,
    message: notFound,
  },
  {
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    status: 405,
    message: notAllowed,
  },
  { path: '/api/v1//namespaces', status: 404, message: notFound },
  {
    path: '/api/v1/componentstatuses?watch=1',
    status: 405,
    message: 'watch is not supported on resources of kind "componentstatuses"',
  },
  {
    path: `${CONFIG_MAPS}/a`,
    accept: 'text/csv',
    status: 406,
    message: `406: Not Acceptable\n\n${available}`,
  },
  {
    path: CONFIG_MAPS,
    accept: 'text/csv',
    status: 406,
    message: `406: Not Acceptable\n\n${available}, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch`,
  },
  {
    path: '/version',
    accept: 'text/csv',
    status: 406,
    message: '406: Not Acceptable\n\nAvailable representations: application/json',
  },
  {
    path: '/apis/apps',
    accept: JSON_OF('as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io'),
    status: 406,
    message: accepted,
  },
  {
    path: CONFIG_MAPS,
    accept: JSON_OF('as=Table;v=v2;g=meta.k8s.io'),
    status: 406,
    message: accepted,
  },
  {
    path: `${CONFIG_MAPS}?watch=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1`,
    accept: JSON_OF('as=Table;v=v1;g=meta.k8s.io'),
    status: 406,
    message: accepted,
  },
  {
    path: `${CONFIG_MAPS}/ghost`,
    accept: 'application/yaml;as=Table;v=v1;g=meta.k8s.io',
    status: 404,
    message: 'configmaps "ghost" not found',
  },
  {
    path: `${CONFIG_MAPS}/ghost?export=1`,
    status: 400,
    message: 'the export parameter, deprecated since v1.14, is no longer supported',
  },
  {
    method: 'POST',
    path: '/api/v1/namespaces/default/pods/ghost/exec?dryRun=All',
    status: 400,
    message: 'dryRun is not supported',
  },
  {
    method: 'POST',
    path: CONFIG_MAPS,
    body: '{',
    status: 400,
    message:
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({)",
  },
  {
    method: 'POST',
    path: `${CONFIG_MAPS}?dryRun=Some`,
    body: '{',
    status: 422,
    message:
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  },
  {
    method: 'DELETE',
    path: `${CONFIG_MAPS}?fieldSelector=x&propagationPolicy=Sideways`,
    status: 400,
    message: "invalid selector: 'x'; can't understand 'x'",
  },
  {
    method: 'DELETE',
    path: `${CONFIG_MAPS}/ghost`,
    body: '{',
    status: 500,
    message: "couldn't get version/kind; json parse error: unexpected end of JSON input",
  },
]) {
  test(`${method} ${path} of ${accept ?? 'anything'} is answered ${status}`, async () => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const headers = { ...bearer, ...length, ...(accept && { accept }) };
    const answer = await ask(path, { method, headers, ...(body !== undefined && { body }) });
    assert.deepEqual([answer.status, messageOf(answer)], [status, message]);
    assert.equal(answer.headers['content-type'], 'application/json');
  });
}

test('the end of initial events says what list they make', async () => {
  const query = 'sendInitialEvents=1&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1';
  const { text } = await ask(
    `${CONFIG_MAPS}?watch=1&timeoutSeconds=1&labelSelector=none&${query}`,
    { headers: bearer },
  );
  const { annotations } = JSON.parse(text).object.metadata;
  const blueprint = annotations['kubernetes.io/initial-events-list-blueprint'];
  assert.equal(
    Buffer.from(blueprint, 'base64').toString(),
    '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":null}\n',
  );
});

test('who watches from before the first day is told that it is too long ago', async () => {
  const { status, text } = await ask(`${CONFIG_MAPS}?watch=1&resourceVersion=1`, {
    headers: bearer,
  });
  const { type, object } = JSON.parse(text);
  assert.deepEqual([status, type, object.reason], [200, 'ERROR', 'Expired']);
  assert.match(object.message, /^too old resource version: 1 \(\d+\)$/);
});

test('health says what it was told in vain not to look at', async () => {
  const { status, text } = await ask('/livez?verbose&exclude=etcd&exclude=y&exclude=x');
  assert.equal(status, 200);
  assert.equal(
    text,
    '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "x","y"\nlivez check passed\n',
  );
  assert.equal((await ask('/livez/')).status, 404);
  assert.equal((await ask('/livez/log')).text, 'ok');
});

test('the aggregated form of discovery is given wherever it stands among what is accepted', async () => {
  const as = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const accept = `application/json, application/yaml;${as}`;
  const { headers } = await ask('/apis', { headers: { ...bearer, accept } });
  assert.equal(headers['content-type'], `application/yaml;${as}`);
});

test('discovery tells in which version Kubernetes keeps what is new', async () => {
  const path = '/apis/admissionregistration.k8s.io/v1';
  const { resources } = JSON.parse((await ask(path, { headers: bearer })).text);
  const hashOf = (plural: string) =>
    resources.find(({ name }: { name: string }) => name === plural).storageVersionHash;
  assert.equal(hashOf('mutatingadmissionpolicies'), 'LYmCf+UMVdg=');
  assert.equal(hashOf('mutatingwebhookconfigurations'), 'Sqi0GUgDaX0=');
});

test('the root tells what else there is', async () => {
  const { paths } = JSON.parse((await ask('/', { headers: bearer })).text);
  for (const path of ['/api/v1', '/apis/apps/v1', '/livez/ping', '/version']) {
    assert.ok(paths.includes(path), path);
  }
});

test('HEAD answers as GET does, without the body', async () => {
  const [head, get] = await Promise.all([ask('/livez', { method: 'HEAD' }), ask('/livez')]);
  assert.equal(head.text, '');
  assert.equal(head.headers['content-length'], get.headers['content-length']);
});

test('whoever asks gets an Audit-Id and no caching', async () => {
  const { headers } = await ask('/version');
  assert.match(String(headers['audit-id']), /^[0-9a-f-]{36}$/);
  assert.equal(headers['cache-control'], 'no-cache, private');
});

test('what was done is counted', async () => {
  await ask(CONFIG_MAPS);
  const { text } = await ask('/metrics');
  assert.match(
    text,
    /^apiserver_request_total\{code="200",.*resource="configmaps",.*verb="LIST",/m,
  );
  assert.match(text, /^apiserver_storage_objects\{resource="namespaces"\} 4$/m);
});

test('a watch over HTTP/2 tells of what is written over HTTP/1.1', async () => {
  const session = connectHttp2(`https://localhost:${server.listening.port}`, { ca: pki.ca });
  const stream = session.request({ ':path': `${CONFIG_MAPS}?watch=1`, ...bearer });
  stream.setEncoding('utf8');
  const told = new Promise<string>((resolve) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
  });
  await new Promise((resolve) => stream.once('response', resolve));
  await ask(CONFIG_MAPS, { method: 'POST', headers: json, body: configMap('told') });
  const { type, object } = JSON.parse((await told).split('\n', 1)[0]!);
  assert.deepEqual([type, object.metadata.name], ['ADDED', 'told']);
  session.destroy();
});

/** A POST whose head has reached the server, and whose body comes when `finish` is called. */
function begin({ listening }: RunningApiServer, path: string) {
  return new Promise<{ finish(body: string): Promise<number> }>((resolve, reject) => {
    const headers = { ...json, expect: '100-continue' };
    const asked = request({ port: listening.port, path, ca: pki.ca, method: 'POST', headers });
    const status = new Promise<number>((answered) => {
      asked.on('response', (response) => {
        response.resume();
        response.on('end', () => answered(response.statusCode ?? 0));
      });
    });
    asked.on('error', reject);
    asked.on('continue', () =>
      resolve({
        finish(body) {
          asked.end(body);
          return status;
        },
      }),
    );
    asked.flushHeaders();
  });
}

test('a server that stops says so, ends watches, and answers what was asked', async () => {
  const other = await start();
  const agent = new Agent({ keepAlive: true });
  const options = { to: other, agent };
  assert.equal((await ask('/readyz', options)).status, 200);
  const watch = ask(`${CONFIG_MAPS}?watch=1`, options);
  await ask('/api', options);
  const write = await begin(other, CONFIG_MAPS);
  const stopped = other.stop(10_000);
  assert.equal((await watch).status, 200);
  assert.equal(await write.finish(configMap('a')), 201);
  await stopped;
  await assert.rejects(ask('/readyz', { to: other, agent: false }), /ECONNREFUSED/);
  agent.destroy();
});
