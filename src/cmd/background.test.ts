import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  containerdOf,
  findNode,
  findRunning,
  forgetRunning,
  lastLines,
  notedRuntime,
  noteRunning,
  readNotes,
} from './background.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { runtimeFor } from './runtime-choice.ts';

const parent = mkdtempSync(join(tmpdir(), 'background-'));
after(() => rmSync(parent, { recursive: true }));
let count = 0;
const fresh = (): DataFolder => openDataFolder(join(parent, String(count++)));
const startedAt = '2026-01-01T00:00:00Z';
const containerd = { socketPath: '/s', snapshotter: 'native' };

test('what this process notes runs, until it is forgotten', () => {
  const folder = fresh();
  assert.equal(findRunning(folder), undefined);
  noteRunning(folder.running, { startedAt, url: 'https://a' });
  assert.equal(findRunning(folder)?.url, 'https://a');
  assert.equal(findRunning(folder)?.process.pid, process.pid);
  forgetRunning(folder);
  assert.equal(findRunning(folder), undefined);
});

for (const { name, text } of [
  {
    name: 'a process that has ended',
    text: JSON.stringify({ process: { pid: 2 ** 22, startTicks: '1', bootId: 'x' }, startedAt }),
  },
  {
    name: 'another process of the same number',
    text: JSON.stringify({
      process: { pid: process.pid, startTicks: '1', bootId: 'x' },
      startedAt,
    }),
  },
  { name: 'a note that was cut off', text: '{"process": {"pid": 1' },
]) {
  test(`${name} doesn't run`, () => {
    const folder = fresh();
    writeFileSync(folder.running, text);
    assert.equal(findRunning(folder), undefined);
  });
}

test('a runtime that was noted is known until it is forgotten', () => {
  const folder = fresh();
  const given = { socketPath: '/run/c.sock', name: 'containerd', cniConfDir: '/etc/cni/net.d' };
  assert.deepEqual(notedRuntime(folder), {});
  noteRunning(folder.running, { startedAt, nodeName: 'a', given });
  assert.deepEqual(notedRuntime(folder), { given });
  const options = { cri: undefined, 'cni-conf-dir': undefined };
  assert.deepEqual(runtimeFor(folder, options), given);
  noteRunning(folder.running, { startedAt, nodeName: 'a', containerd });
  assert.equal(runtimeFor(folder, options), undefined);
  const other = { ...options, cri: '/dev/null' };
  assert.throws(() => runtimeFor(folder, other), { message: /there is no socket at \/dev\/null/ });
  forgetRunning(folder);
  assert.deepEqual(notedRuntime(folder), {});
});

test('a node is that of the cluster, else that of an agent', () => {
  const folder = fresh();
  noteRunning(folder.running, { startedAt, url: 'https://a' });
  assert.equal(findNode(folder), undefined);
  assert.throws(() => containerdOf(folder), { name: 'CommandError', advice: /tutti up/ });
  noteRunning(folder.node, { startedAt, nodeName: 'agent', containerd });
  assert.equal(findNode(folder)?.nodeName, 'agent');
  assert.deepEqual(containerdOf(folder), containerd);
  noteRunning(folder.running, { startedAt, url: 'https://a', nodeName: 'cluster' });
  assert.equal(findNode(folder)?.nodeName, 'cluster');
  assert.deepEqual(
    readNotes(folder).map(({ nodeName }) => nodeName),
    ['agent', 'cluster'],
  );
});

test('the end of a log', () => {
  const file = join(parent, 'log');
  writeFileSync(file, 'a\nb\nc\n');
  assert.equal(lastLines(file, 2), 'b\nc');
  const frames = Array.from({ length: 12 }, (_, i) => `    at step${i} (file:///x.ts:1:${i})`);
  const uncaught = ['file:///x.ts:1', '  call();', '  ^', '', 'TypeError: call is not a function'];
  writeFileSync(file, [...uncaught, ...frames, '', 'Node.js v26.0.0', ''].join('\n'));
  assert.equal(lastLines(file, 8), 'file:///x.ts:1\n  call();\nTypeError: call is not a function');
  assert.equal(lastLines(join(parent, 'nowhere'), 2), '(it can not be read)');
});
