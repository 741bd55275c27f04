import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MARK = 'TUTTI_TEST_OWN_NETWORK';
const TEST_TIMEOUT_MS = 5 * 60_000;
const FILE_TIMEOUT_MS = 14 * 60_000;

/**
 * Runs a test file in a network namespace of its own, so that bridges, addresses and rules never
 * touch the machine's: `define` defines the tests in a second process, this one waits for it.
 */
export function inOwnNetwork(testFile: string, define: () => void): void {
  if (process.env[MARK]) {
    // Timers of the system clock keep no process alive. The runner ends it, whatever fails.
    setInterval(() => {}, 60_000);
    return define();
  }
  test('in a network namespace of its own', () => {
    const node = [process.execPath, '--test-force-exit', `--test-timeout=${TEST_TIMEOUT_MS}`];
    const command = 'ip link set lo up && exec "$0" "$@"';
    const args = ['--net', 'sh', '-c', command, ...node, fileURLToPath(testFile)];
    // Without the runner's own variables the child reports to its output like any other run.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const run = spawnSync('unshare', args, {
      env: { ...environment, [MARK]: '1' },
      timeout: FILE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    assert.equal(run.status, 0, `${run.error ?? ''}\n${run.stdout}\n${run.stderr}`);
  });
}
