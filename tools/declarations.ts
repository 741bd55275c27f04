import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

// What TypeScript has to know of a module that others import, and of no other one.

const root = join(import.meta.dirname, '..');

/**
 * The declaration files (`.d.ts`) of a source and of all that its types refer to, by their paths
 * below `src`. Throws when the compiler refuses.
 */
export function declarationsOf(source: string): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    emit(source, folder);
    const first = join(folder, relative(join(root, 'src'), source)).replace(/\.ts$/, '.d.ts');
    const files = reachableFrom(first);
    return new Map([...files].map(([file, text]) => [relative(folder, file), text]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function emit(source: string, outDir: string): void {
  const config = join(outDir, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    noCheck: true, // `npm run check` does.
    rootDir: join(root, 'src'),
    typeRoots: [join(root, 'node_modules/@types')],
    outDir,
  };
  const base = join(root, 'tsconfig.json');
  const given = { extends: base, compilerOptions, include: [], files: [source] };
  writeFileSync(config, JSON.stringify(given));
  const compiler = join(root, 'node_modules/.bin/tsc');
  const { status, stdout, error } = spawnSync(compiler, ['-p', config], { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`no types could be declared: ${stdout.trim()}`);
}

/** Text that is written as it is read by the compiler: `from './x.ts'`, `import("./x.ts")`. */
const REFERENCE = /(?:from |import\()['"](\.[^'"]+)\.ts['"]/g;

function reachableFrom(first: string): Map<string, string> {
  const found = new Map<string, string>();
  const left = [first];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (found.has(file) || !existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    found.set(file, text);
    for (const [, path] of text.matchAll(REFERENCE)) left.push(join(dirname(file), `${path}.d.ts`));
  }
  return found;
}
