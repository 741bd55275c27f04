import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openLocalImages } from '../../src/cmd/local-images.ts';
import { createCgroups } from '../../src/runtime/cgroups.ts';
import { type CriClient, createCriClient } from '../../src/runtime/cri-client.ts';
import { unmountBelow } from '../../src/runtime/mounts.ts';
import { findProcesses } from '../../src/runtime/process.ts';
import { TestCluster } from '../support/tutti.ts';

// Goal: a containerd that was there before, with a pod that isn't ours, serves a cluster's node and
// is afterwards as it was. Only a second real containerd can prove that.

const SANDBOX_IMAGE = 'registry.test/pause:3.6';
const folder = mkdtempSync(join(tmpdir(), 'given-'));
const socket = join(folder, 'containerd.sock');
const networks = join(folder, 'cni');
const cluster = new TestCluster('e2e-given');
const example = cluster.exampleAt(8181);
let daemon: ChildProcess;
let runtime: CriClient;
let foreign: string;

const config = `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${SANDBOX_IMAGE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${networks}"
`;

async function start(): Promise<void> {
  daemon = spawn('containerd', ['--config', join(folder, 'config.toml')], { stdio: 'ignore' });
  for (;;) {
    try {
      await runtime.status();
      return;
    } catch {
      assert.equal(daemon.exitCode, null, 'containerd runs');
    }
  }
}

before(async () => {
  mkdirSync(networks);
  writeFileSync(join(folder, 'config.toml'), config);
  runtime = createCriClient(systemClock, socket);
  await start();
});

after(async () => {
  await cluster.remove();
  for (const { id } of await runtime.listPodSandboxes()) await runtime.removePodSandbox(id);
  runtime.close();
  createCgroups().remove('/tutti-e2e-theirs');
  daemon.kill();
  await once(daemon, 'exit');
  await unmountBelow(folder);
  rmSync(folder, { recursive: true });
});

/** A pod of somebody else, as `crictl runp` makes them. */
const runForeignPod = () =>
  runtime.runPodSandbox({
    metadata: { name: 'theirs', uid: 'theirs', namespace: 'default', attempt: 0 },
    hostname: '',
    logDirectory: join(folder, 'logs'),
    portMappings: [],
    labels: { 'io.kubernetes.pod.uid': 'theirs' },
    annotations: {},
    cgroupParent: '/tutti-e2e-theirs',
    sysctls: {},
    security: {
      namespaces: { network: 'node', pid: 'container', ipc: 'pod' },
      supplementalGroups: [],
      privileged: false,
    },
  });

const up = (...words: string[]) => cluster.tutti('up', '--port', '0', ...words);

test('a runtime with another network is refused, and so is what is none', async () => {
  const other = join(networks, '10-theirs.conflist');
  writeFileSync(other, '{}');
  const refused = await up('--cri', socket);
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /has a network already: .*10-theirs\.conflist/);
  rmSync(other);
  const nothing = await up('--cri', join(folder, 'no.sock'));
  assert.match(nothing.err, /there is no socket at .*no\.sock/);
  const conflict = await up('--cni-conf-dir', networks);
  assert.match(conflict.err, /--cni-conf-dir is for runtimes that were there before/);
});

test('up builds and runs an application in it, with no containerd of our own', async () => {
  const { code, out, err } = await up('--cri', `unix://${socket}`, '-f', example);
  assert.equal(code, 0, out + err);
  const url = /^http:\/\/\S+$/m.exec(out)?.[0] ?? '';
  assert.match(await (await fetch(url)).text(), /^Hello from hello-/);
  const own = findProcesses((argv) => argv.some((word) => word.includes(`${cluster.data}/cont`)));
  assert.deepEqual(own, []);
  assert.ok(await runtime.imageStatus(SANDBOX_IMAGE), 'its sandbox image, which no registry has');
  assert.equal(readdirSync(networks).length, 1);
  foreign = await runForeignPod();
});

test('a second up finds it again, whether or not the runtime is named', async () => {
  const before = (await cluster.tutti('get', 'pods', '-o', 'name')).out;
  const { process: pid } = JSON.parse((await cluster.tutti('status', '-o', 'json')).out);
  process.kill(pid, 'SIGKILL');
  const { code, out, err } = await up('-f', example);
  assert.equal(code, 0, out + err);
  assert.equal((await cluster.tutti('get', 'pods', '-o', 'name')).out, before);
});

test('pods of others are none of our business', async () => {
  assert.equal((await runtime.podSandboxStatus(foreign))?.state, 'ready');
  const { out } = await cluster.tutti('get', 'pods', '--all-namespaces');
  assert.doesNotMatch(out, /theirs/);
});

test('images that are built while it runs get there', async () => {
  const images = await openLocalImages(systemClock, systemRandom, join(cluster.data, 'images'));
  const known = (await images.list()).map(({ reference }) => reference);
  const { code, err } = await cluster.tutti('image', 'build', '-t', 'second:1', example);
  assert.equal(code, 0, err);
  const built = (await images.list()).find(({ reference }) => !known.includes(reference))!;
  assert.ok(await runtime.imageStatus(built.reference));
});

test('down takes away what is ours and leaves the rest', async () => {
  const { code, out, err } = await cluster.tutti('down');
  assert.equal(code, 0, out + err);
  assert.equal(daemon.exitCode, null, 'containerd runs on');
  const left = await runtime.listPodSandboxes();
  assert.deepEqual(
    left.map(({ id, state }) => [id, state]),
    [[foreign, 'ready']],
  );
  assert.deepEqual(readdirSync(networks), []);
  assert.doesNotMatch(execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }), /e2egiven/);
  assert.doesNotMatch(readFileSync('/proc/net/dev', 'utf8'), /e2egiven/);
  assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), new RegExp(cluster.data));
});

test('after down the cluster may have a containerd of its own again', async () => {
  const { code, out, err } = await up();
  assert.equal(code, 0, out + err);
  const other = await up('--cri', socket);
  assert.match(other.err, /the node's containers are in another runtime: /);
});
