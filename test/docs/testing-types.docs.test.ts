import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import { declarationsOf } from '../../tools/declarations.ts';

// Goal: who writes tests in TypeScript, and as strictly as it goes, sees types of what the package
// has for tests, without anything else of it.

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'testing-types-'));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

write('node_modules/tutti/package.json', JSON.stringify(manifest));
const { types } = manifest.exports['./testing'];
const declarations = declarationsOf(join(root, 'src/testing/testing.ts'));
const base = join(types, '../..');
for (const [path, text] of declarations) write(join('node_modules/tutti', base, path), text);
write('node_modules/tutti/dist/testing.js', '');
write('package.json', '{ "type": "module" }');

/** What the compiler says of a test. */
function saidOf(code: string): string {
  write('shop.test.ts', code);
  const typeRoots = join(root, 'node_modules/@types');
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'esnext'];
  const words = [...strict, '--typeRoots', typeRoots, '--types', 'node', 'shop.test.ts'];
  const compiler = join(root, 'node_modules/.bin/tsc');
  return spawnSync(compiler, words, { cwd: folder, encoding: 'utf8' }).stdout;
}

const IMPORTS = `import { assertReady, createCluster, explore, matchers, pods } from 'tutti/testing';\n`;

test('a test that uses it as the guide does is fine', () => {
  const code = `${IMPORTS}
    const cluster = await createCluster({ nodes: 2, pods: pods(({ spec }) => ({ startMs: spec.containers.length })) });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one', labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web:1' }] },
    });
    const pod = await cluster.get('pod/one');
    await cluster.apply(pod);
    assertReady(pod, 0);
    matchers.toBeHealthy(pod);
    await explore(3, async (each) => each.until(() => each.nodes.length > 0, { within: { minutes: 1 } }));
    const { kubeconfig, close } = await cluster.server({ time: 'stepped', patienceMs: 20 });
    await close();
    await cluster.node('node-0').drain({ within: { minutes: 5 } });
    const name: string = cluster.nodes[0]!.name + kubeconfig;
    export { name };`;
  assert.equal(saidOf(code), '');
});

test('mistakes are told', () => {
  const said = saidOf(`${IMPORTS}
    const cluster = await createCluster({ nods: 2 });
    await cluster.advance(5000);
    const revision: string = cluster.snapshot().revision;
    export { revision, assertReady, explore, matchers, pods };`);
  assert.match(said, /'nods' does not exist in type 'ClusterOptions'/);
  assert.match(said, /'5000'|'number'/);
  assert.match(said, /Type 'number' is not assignable to type 'string'/);
});
