import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MARK = 'TUTTI_TEST_OWN_NETWORK';

/**
 * Runs a test file in a network namespace of its own, so that bridges, addresses and rules never
 * touch the machine's: `define` defines the tests in a second process, this one waits for it.
 */
export function inOwnNetwork(testFile: string, define: () => void): void {
  if (process.env[MARK]) return define();
  test('in a network namespace of its own', () => {
    const command = 'ip link set lo up && exec "$0" --test "$1"';
    const args = ['--net', 'sh', '-c', command, process.execPath, fileURLToPath(testFile)];
    // Without the runner's own variables the child reports to its output like any other run.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const run = spawnSync('unshare', args, { env: { ...environment, [MARK]: '1' } });
    assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
  });
}
