import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TestCluster } from '../support/tutti.ts';

// Goal: what the README promises of `up` and `down`, on real parts: an application from its folder
// to its URL, all of it back after a kill and after `down`, and nothing left behind in the end.

const cluster = new TestCluster('e2e-up');
const example = join(import.meta.dirname, '../../examples/hello');
after(() => cluster.remove());

/** Names of the pods that answer at an URL, in as many requests. */
async function answers(url: string, requests: number): Promise<Set<string>> {
  const names = new Set<string>();
  for (let i = 0; i < requests; i++) {
    const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
    names.add(text.trim().replace('Hello from ', ''));
  }
  return names;
}

const statusOf = async () =>
  JSON.parse((await cluster.tutti('status', '-o', 'json')).out) as { process: number };

let url = '';

test('up builds, applies, waits, and prints a URL at which every replica answers', async () => {
  const { code, out, err } = await cluster.tutti('up', '--port', '0', '-f', example);
  assert.equal(code, 0, out + err);
  url = /^http:\/\/\S+$/m.exec(out)?.[0] ?? '';
  const names = await answers(url, 60);
  assert.equal(names.size, 3, [...names].join(' '));
  for (const name of names) assert.match(name, /^hello-/);
});

test('up on a running cluster leaves its process and pods alone', async () => {
  const before = await statusOf();
  const pods = (await cluster.tutti('get', 'pods', '-o', 'name')).out;
  const { code, out, err } = await cluster.tutti('up', '-f', example);
  assert.equal(code, 0, out + err);
  assert.equal((await statusOf()).process, before.process);
  assert.equal((await cluster.tutti('get', 'pods', '-o', 'name')).out, pods);
});

test('up refuses options with which a running cluster would have to start anew', async () => {
  const before = await statusOf();
  const { code, err } = await cluster.tutti('up', '--host', '127.0.0.2', '--port', '0');
  assert.equal(code, 1, err);
  assert.match(err, /runs with --host 127\.0\.0\.1, not 127\.0\.0\.2\n.*tutti down/);
  assert.equal((await statusOf()).process, before.process);
});

test('a killed cluster answers on, and up has it back with the same pods', async () => {
  const before = (await cluster.tutti('get', 'pods', '-o', 'name')).out;
  process.kill((await statusOf()).process, 'SIGKILL');
  assert.equal((await answers(url, 30)).size, 3);
  const { code, out, err } = await cluster.tutti('up', '--port', '0');
  assert.equal(code, 0, out + err);
  assert.equal((await cluster.tutti('get', 'pods', '-o', 'name')).out, before);
  const restarts = await cluster.tutti('get', 'pods', '--no-headers');
  for (const line of restarts.out.trim().split('\n')) assert.match(line, /1\/1 +Running +0 /);
});

test('after down nothing of it runs or is set on the machine, and up has it back', async () => {
  const { code, err } = await cluster.tutti('down');
  assert.equal(code, 0, err);
  const left = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => commandLine(pid).includes(cluster.data));
  assert.deepEqual(left.map(commandLine), []);
  assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), new RegExp(cluster.data));
  assert.doesNotMatch(execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }), /e2eup/);
  assert.doesNotMatch(readFileSync('/proc/net/dev', 'utf8'), /e2eup/);
  const again = await cluster.tutti('up', '-f', example); // On any port again: it is remembered.
  assert.equal(again.code, 0, again.out + again.err);
  assert.equal((await answers(url, 60)).size, 3);
});

test('after down, up of just the cluster waits until the pods that were ready are so again', async () => {
  assert.equal((await cluster.tutti('down')).code, 0);
  const { code, out, err } = await cluster.tutti('up');
  assert.equal(code, 0, out + err);
  assert.match(out, /^ok {2}pods {2}3 of 3 that were ready are back$/m);
  assert.equal((await answers(url, 60)).size, 3);
});

test('up with a changed source replaces the pods, and without a change leaves them', {
  timeout: 120_000,
}, async () => {
  const podNames = async () =>
    (await cluster.tutti('get', 'pods', '-o', 'name')).out.trim().split('\n');
  const before = await podNames();
  const newPods = async () => (await podNames()).filter((name) => !before.includes(name));
  const changed = join(cluster.folder, 'hello');
  cpSync(example, changed, { recursive: true });
  const script = join(changed, 'serve.sh');
  writeFileSync(script, readFileSync(script, 'utf8').replace('Hello from', 'Hello again from'));
  const { code, out, err } = await cluster.tutti('up', '-f', changed);
  assert.equal(code, 0, out + err);
  assert.match(err, /hello: rolled out anew/);
  const after = await newPods();
  assert.equal(after.length, 3);
  // Traffic follows pods, and a pod that is about to go answers until it does.
  while (!/^Hello again from hello-/.test(await answer(url)));
  const again = await cluster.tutti('up', '-f', changed);
  assert.equal(again.code, 0, again.out + again.err);
  assert.doesNotMatch(again.err, /rolled out anew/);
  assert.deepEqual(await newPods(), after);
});

test('up takes over what others have set only when it is told to', async () => {
  await cluster.tutti('scale', 'deploy/hello', '--replicas', '2');
  const refused = await cluster.tutti('up', '-f', example);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /conflict with .*\n.*--force-conflicts/);
  const { code, out, err } = await cluster.tutti('up', '-f', example, '--force-conflicts');
  assert.equal(code, 0, out + err);
  assert.match(out, /3 of 3 ready/);
});

/** What the URL answers; nothing while it leads to what has just gone. */
async function answer(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text();
  } catch (error) {
    const { code } = (error as { cause?: NodeJS.ErrnoException }).cause ?? {};
    if (code !== 'ECONNREFUSED' && code !== 'ECONNRESET') throw error;
    return '';
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It ended while we looked.
  }
}
