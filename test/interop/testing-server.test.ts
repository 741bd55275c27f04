import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import type { Deployment } from '../../src/api/generated/apps/v1/types.ts';
import {
  assertReady,
  type ClusterOptions,
  createCluster,
  type ServerOptions,
  type TestCluster,
} from '../../src/testing/testing.ts';

// Goal: kubectl and clients that we didn't write work on a cluster in a test as on any other, be its
// time real or stepped.

const folder = mkdtempSync(join(tmpdir(), 'tutti-testing-server-'));
after(() => rmSync(folder, { recursive: true }));

const kubectlPath = execFileSync(
  'bash',
  [join(import.meta.dirname, '../../tools/kubectl.sh'), 'new'],
  { encoding: 'utf8' },
).trim();

const open: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster[Symbol.asyncDispose]();
});

async function serve(serverOptions: ServerOptions = {}, options: ClusterOptions = {}) {
  const cluster = await createCluster(options);
  open.push(cluster);
  const server = await cluster.server(serverOptions);
  const kubeconfig = join(folder, `${open.length}-${server.url.split(':').at(-1)}`);
  writeFileSync(kubeconfig, server.kubeconfig);
  return { cluster, server, kubeconfig };
}

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const environment = (kubeconfig: string) => ({
  PATH: process.env.PATH,
  HOME: folder,
  KUBECONFIG: kubeconfig,
});

function kubectl(kubeconfig: string, ...words: readonly string[]): Promise<Said> {
  const options = { env: environment(kubeconfig), timeout: 60_000 };
  return new Promise((resolve) => {
    const child = execFile(kubectlPath, words, options, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

async function said(kubeconfig: string, ...words: readonly string[]): Promise<string> {
  const { code, out, err } = await kubectl(kubeconfig, ...words);
  assert.equal(code, 0, `kubectl ${words.join(' ')}: ${err}`);
  return out;
}

const WEB = join(folder, 'web.yaml');
writeFileSync(
  WEB,
  `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
`,
);

test('kubectl, in real time', async () => {
  const { kubeconfig } = await serve({}, { nodes: 2 });
  assert.match(await said(kubeconfig, 'version'), /^Server Version: v1\.36\./m);
  assert.match(await said(kubeconfig, 'apply', '-f', WEB), /web created/);
  const rollout = await said(kubeconfig, 'rollout', 'status', 'deploy/web', '--timeout=30s');
  assert.match(rollout, /successfully rolled out/);
  await said(kubeconfig, 'wait', '--for=condition=Available', 'deploy/web', '--timeout=30s');
  const rows = (await said(kubeconfig, 'get', 'pods')).trim().split('\n');
  assert.equal(rows.length, 3);
  for (const row of rows.slice(1)) assert.match(row, /^web-\S+ +1\/1 +Running +0 +\d+s$/);
  assert.match(await said(kubeconfig, 'apply', '-f', WEB), /web unchanged/);
  assert.match(await said(kubeconfig, 'describe', 'deploy/web'), /2 desired.*2 available/);
  await said(kubeconfig, 'delete', 'deploy/web', '--cascade=foreground', '--timeout=30s');
  assert.equal((await kubectl(kubeconfig, 'get', 'deploy/web')).code, 1);
});

test('nothing runs in simulated pods, and kubectl is told so', async () => {
  const { cluster, kubeconfig } = await serve({ time: 'stepped' });
  await said(kubeconfig, 'run', 'one', '--image=one:1');
  await cluster.settle();
  for (const words of [
    ['logs', 'one'],
    ['exec', 'one', '--', 'true'],
  ]) {
    const { code, err } = await kubectl(kubeconfig, ...words);
    assert.equal(code, 1);
    assert.match(err, /pods "one" is simulated, nothing runs there/);
  }
  const { err } = await kubectl(kubeconfig, 'logs', 'none');
  assert.match(err, /pods "none" not found/);
});

test('stepped time stands still until it is moved', async () => {
  const { cluster, kubeconfig } = await serve({ time: 'stepped' }, { nodes: 2 });
  await said(kubeconfig, 'apply', '-f', WEB);
  const before = cluster.now();
  const words = ['rollout', 'status', 'deploy/web', '--watch=false'];
  assert.match(await said(kubeconfig, ...words), /^Waiting for deployment/m);
  assert.equal(cluster.now(), before);
  await cluster.settle();
  assert.match(await said(kubeconfig, ...words), /successfully rolled out/);
  await cluster.advance({ hours: 3 });
  assert.match(await said(kubeconfig, 'get', 'deploy/web'), / 3h\d*m?$/m);
});

/** Resolves when a process has said something, with all that it has said so far. */
function hears(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    });
    child.on('exit', () => reject(new Error(`it ended, and had said: ${text}`)));
  });
}

test('kubectl follows what happens while time leaps', async () => {
  const { cluster, kubeconfig } = await serve({ time: 'stepped' }, { nodes: 2 });
  await cluster.apply(WEB);
  await cluster.settle();
  const words = ['get', 'pods', '--watch'];
  const child = spawn(kubectlPath, words, { env: environment(kubeconfig) });
  try {
    await hears(child, /(web-.*\n){2}/);
    const later = hears(child, /Terminating.*Pending.*1\/1 +Running/s);
    cluster.nodes[0]?.fail();
    await cluster.advance({ hours: 2 });
    await later;
  } finally {
    child.kill();
  }
});

test('an operator has acted before time goes on', async () => {
  const { cluster, server } = await serve({ time: 'stepped' });
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/namespaces', () => core.listNamespace());
  informer.on('add', async ({ metadata }) => {
    const namespace = metadata?.name ?? '';
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'settings' } } });
  });
  await informer.start();
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const before = cluster.now();
  await cluster.advance({ milliseconds: 1 });
  assert.ok(await cluster.find('configmap/settings', { namespace: 'shop' }));
  assert.equal(cluster.now() - before, 1);
  await informer.stop();
});

test('what goes wrong in the cluster concerns those outside', async () => {
  const { cluster, server } = await serve();
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await core.listNamespace();
  cluster.faults({ refused: 1 });
  await assert.rejects(core.listNamespace(), { code: 503 });
  cluster.faults({});
  await core.listNamespace();
});

function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

test('clusters that are served side by side know nothing of each other', async () => {
  const [a, b] = [await serve(), await serve()];
  await said(a.kubeconfig, 'apply', '-f', WEB);
  assert.match((await kubectl(b.kubeconfig, 'get', 'deploy/web')).err, /not found/);
  const token = /token: "?(\w+)/.exec(a.server.kubeconfig)?.[1];
  const authorization = `Bearer ${token}`;
  assert.equal(await statusOf(`${a.server.url}/api/v1/pods`, { authorization }), 200);
  assert.equal(await statusOf(`${b.server.url}/api/v1/pods`, { authorization }), 401);
  assert.equal(await statusOf(`${a.server.url}/api/v1/pods`), 403);
});

test('whoever is impersonated may do what roles say', async () => {
  const { kubeconfig } = await serve();
  const account = 'system:serviceaccount:default:operator';
  const mayCreate = async () =>
    (await kubectl(kubeconfig, 'auth', 'can-i', 'create', 'configmaps', '--as', account)).out;
  assert.equal(await mayCreate(), 'no\n');
  await said(kubeconfig, 'create', 'role', 'operator', '--verb=create', '--resource=configmaps');
  const subject = '--serviceaccount=default:operator';
  await said(kubeconfig, 'create', 'rolebinding', 'operator', '--role=operator', subject);
  assert.equal(await mayCreate(), 'yes\n');
  await said(kubeconfig, 'create', 'configmap', 'made', '--as', account);
  assert.match((await kubectl(kubeconfig, 'get', 'pods', '--as', account)).err, /Forbidden/);
});

test('a server ends, and the cluster goes on', async () => {
  const { cluster, server } = await serve();
  assert.equal(cluster.kubeconfig(), server.kubeconfig);
  const { close, url } = server;
  await close();
  await assert.rejects(statusOf(`${url}/readyz`), { code: 'ECONNREFUSED' });
  assert.throws(() => cluster.kubeconfig(), { message: /await cluster\.server\(\)/ });
  await cluster.apply(WEB);
  await cluster.settle();
  assertReady(await cluster.get<Deployment>('deployment/web'), 2);
  const port = Number(url.split(':').at(-1));
  assert.equal((await cluster.server({ port })).url, url);
  await assert.rejects(cluster.server({ port }), { code: 'EADDRINUSE' });
});
