import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

// Goal: a program that counts on what `tutti` wrote is told when that could not be written.

const main = join(import.meta.dirname, 'main.ts');

for (const words of [['--help'], ['version', '-o', 'json']]) {
  test(`tutti ${words.join(' ')} to a disk that is full`, () => {
    const full = openSync('/dev/full', 'w');
    const stdio = ['ignore', full, 'pipe'] as const;
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], {
      stdio: [...stdio],
      encoding: 'utf8',
    });
    closeSync(full);
    assert.equal(stderr, "error: the output can't be written: no space left on device\n");
    assert.equal(status, 1);
  });
}
