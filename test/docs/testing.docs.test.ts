import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

// Goal: whoever copies an example of the guide has a test that passes.

const ROOT = join(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
const examples = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

test('the guide has examples', () => assert.ok(examples.length >= 4));

for (const [index, code] of examples.entries()) {
  const title = /test\('(.*?)'/.exec(code)?.[1];
  test(`example ${index + 1}: ${title}`, async () => {
    const face = pathToFileURL(join(ROOT, 'src/testing/testing.ts')).href;
    const folder = mkdtempSync(join(tmpdir(), 'guide-'));
    const file = join(folder, 'example.test.mjs');
    writeFileSync(file, code.replace('tutti/testing', face));
    try {
      const { code: exit, output } = await run(file);
      assert.equal(exit, 0, output);
      assert.match(output, /^# pass 1$/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function run(file: string): Promise<{ code: number | null; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // Else it reports to this test's runner.
  return new Promise((resolve) => {
    const args = ['--test', '--test-reporter=tap', file];
    const child = execFile(process.execPath, args, { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}
