import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { RunningCluster } from './background.ts';
import { openDataFolder } from './data-folder.ts';
import {
  assertRunsWith,
  keepOptions,
  keptOptions,
  notedOptions,
  type StartOptions,
  withKept,
} from './start-options.ts';

const parent = mkdtempSync(join(tmpdir(), 'start-options-'));
after(() => rmSync(parent, { recursive: true }));

test('what a start was given is there for the next, but for the runtime', () => {
  const folder = openDataFolder(join(parent, 'a'));
  assert.deepEqual(keptOptions(folder), {});
  keepOptions(folder, { host: '192.0.2.1', port: '7443', cri: '/s', 'node-ip': undefined });
  assert.deepEqual(keptOptions(folder), { host: '192.0.2.1', port: '7443' });
  keepOptions(folder, { host: '127.0.0.1', port: '0' });
  assert.deepEqual(keptOptions(folder), { host: '127.0.0.1', port: '0' });
});

test('what is said goes before what was kept', () => {
  const folder = openDataFolder(join(parent, 'c'));
  keepOptions(folder, { host: '192.0.2.1', port: '7443' });
  const options = { host: undefined, port: '8443', cri: undefined, verbose: false };
  assert.deepEqual(withKept(folder, options), { ...options, host: '192.0.2.1' });
});

test('options that were damaged are told', () => {
  const folder = openDataFolder(join(parent, 'b'));
  writeFileSync(folder.startOptions, '{');
  assert.throws(() => keptOptions(folder), { name: 'CommandError', message: /can't be read/ });
});

const process = { pid: 1, startTicks: '1', bootId: 'x' };
const running = (options?: StartOptions): RunningCluster => ({
  process,
  startedAt: '2026-01-01T00:00:00Z',
  ...(options && { options: notedOptions(options) }),
});
const runs = running({ host: '127.0.0.1', port: '6443', 'node-ip': undefined });

for (const { name, cluster, given } of [
  { name: 'nothing was given', cluster: runs, given: { host: undefined, port: undefined } },
  { name: 'the same', cluster: runs, given: { host: '127.0.0.1', port: '6443' } },
  { name: 'any port', cluster: runs, given: { port: '0' } },
  { name: 'a cluster of which it is not known', cluster: running(), given: { port: '1' } },
]) {
  test(`goes with what runs: ${name}`, () => assertRunsWith(cluster, given));
}

for (const { name, given, message } of [
  { name: 'a port', given: { port: '7443' }, message: /--port 6443, not 7443$/ },
  {
    name: 'what is unset',
    given: { 'node-ip': '1.2.3.4' },
    message: /--node-ip unset, not 1.2.3.4$/,
  },
  {
    name: 'two',
    given: { port: '7443', host: '::1' },
    message: /--host 127.0.0.1, not ::1; --port 6443, not 7443$/,
  },
]) {
  test(`is told as other than what runs: ${name}`, () => {
    assert.throws(() => assertRunsWith(runs, given), {
      name: 'CommandError',
      message,
      advice: /tutti down/,
    });
  });
}
