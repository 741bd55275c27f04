import { execFileSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// `npm pack` and `npm publish` call this: Node runs a checkout from source, but strips no types below
// node_modules, so a package carries JavaScript.

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, 'node_modules/.bin/tsc'), ['--project', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
// What the compiler doesn't make: shapes as data, and code that was generated as JavaScript.
for (const file of globSync('**/*.{js,json}', { cwd: join(root, 'src') })) {
  cpSync(join(root, 'src', file), join(dist, file));
}
// It rewrites what is imported, but not the files of workers, which are named by URL.
for (const file of globSync('**/*.js', { cwd: dist })) {
  const text = readFileSync(join(dist, file), 'utf8');
  const rewritten = text.replace(/(new URL\('\.[^']+)\.ts'/g, "$1.js'");
  if (rewritten !== text) writeFileSync(join(dist, file), rewritten);
}
