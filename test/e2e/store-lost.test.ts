import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { finished, launcher, TestCluster } from '../support/tutti.ts';

// Goal: a server that has lost its disk's thread ends, and says why in one line, so that whoever
// supervises it starts it again. Only a real process can end.

const cluster = new TestCluster('e2e-store-lost');
after(() => cluster.remove());

/** Kills the server's only worker thread when it gets a signal. */
const KILLER =
  "data:text/javascript,process.on('worker',(w)=>process.on('SIGUSR2',()=>w.terminate()))";

const words = ['--data', join(cluster.folder, 'data'), '--port', '0', '--components', 'api'];

test('the server ends with one line that says why, and can be started again', async () => {
  const child = spawn(launcher, ['server', ...words], {
    env: { ...cluster.environment, NODE_OPTIONS: `--import "${KILLER}"` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = finished(child);
  await once(child.stdout, 'data'); // It is ready.
  child.kill('SIGUSR2');
  const { code, out, err } = await ended;
  assert.equal(code, 1);
  assert.match(out, /^ready https:/);
  const lines = err.trimEnd().split('\n');
  assert.equal(lines.length, 1, err);
  assert.match(err, / error the store is lost, the server ends; start it again error=/);

  const again = spawn(launcher, ['server', ...words], { env: cluster.environment });
  const endedWell = finished(again);
  await once(again.stdout, 'data');
  again.kill('SIGTERM');
  assert.equal((await endedWell).code, 0);
});
