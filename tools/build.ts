import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build as bundle, type Plugin } from 'esbuild';
import { declarationsOf } from './declarations.ts';

// Bundles the program, since loading hundreds of small modules takes longer than all else of a
// start. In a checkout the launcher calls it whenever sources are newer than the bundle; with
// `--package`, `npm pack` does.

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

/**
 * What packages that are no ES modules call. What is left to them to require is Node's own, or
 * something that they can do without, and see that they must by the error.
 */
const REQUIRE = `const require = (name) => {
  const found = process.getBuiltinModule(name);
  if (found) return found;
  throw Object.assign(new Error('no module ' + name), { code: 'MODULE_NOT_FOUND' });
};`;

/**
 * An import of one of these looks at all that the module has, and some of it (fetch, web crypto) is
 * loaded when it is looked at: that took a sixth of each start.
 */
const withoutLookingAtAll: Plugin = {
  name: 'without-looking-at-all',
  setup(build) {
    build.onResolve({ filter: /^node:(http|crypto)$/ }, ({ path }) => ({
      path,
      namespace: 'as-is',
    }));
    build.onLoad({ filter: /.*/, namespace: 'as-is' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }));
  },
};

/** The program, whose files share what several of them need. */
const PROGRAM: BuildOptions = {
  entryPoints: [join(src, 'cmd/main.ts'), join(src, 'store/sqlite-worker.ts')],
  splitting: true,
};
/** What tests import: apart from the program, with which it would be in more pieces. */
const TESTING: BuildOptions = {
  entryPoints: [join(src, 'testing/testing.ts')],
  splitting: true, // What few tests need is loaded when they do.
};

/** The bundle's files by name; what is imported lazily is in files of its own. */
async function bundleFiles(options: BuildOptions): Promise<ReadonlyMap<string, string>> {
  const { outputFiles = [], metafile } = await bundle({
    ...options,
    absWorkingDir: root,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    banner: { js: REQUIRE },
    metafile: true,
    plugins: [withoutLookingAtAll],
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
    logLevel: 'warning',
  });
  // A worker is named by URL, which bundlers take for text.
  const asBundled = (text: string) => text.replace(/(new URL\("\.[^"]+)\.ts"/g, '$1.js"');
  const files = new Map(outputFiles.map(({ path, text }) => [basename(path), asBundled(text)]));
  return files.set('LICENSES', licensesOf(Object.keys(metafile?.inputs ?? {})));
}

/** The licenses of the packages that the sources come from. */
function licensesOf(sources: readonly string[]): string {
  const packages = new Set(
    sources.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const sections = [...packages].sort().map((path) => {
    const { name, version, license } = readJson(join(root, path, 'package.json'));
    const texts = globSync('LICEN[CS]E*', { cwd: join(root, path) }).map((file) =>
      readFileSync(join(root, path, file), 'utf8').trim(),
    );
    return [`${name} ${version}: ${license}`, ...texts, ''].join('\n\n');
  });
  return sections.join(`\n${'-'.repeat(80)}\n\n`);
}

const readJson = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;

function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Each bundle has a folder of its own: processes that run an earlier one still load parts of it. */
function addBuild(builds: string, files: ReadonlyMap<string, string>, asOf: Date): void {
  const id = idOf(files);
  const folder = join(builds, id);
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`;
    write(draft, files);
    renameOrDrop(draft, folder);
  }
  const current = join(builds, 'current');
  const previous = existsSync(current) ? readFileSync(current, 'utf8') : '';
  writeFileSync(`${current}.${process.pid}`, id);
  // What is saved while we bundle may not be in it.
  utimesSync(`${current}.${process.pid}`, asOf, asOf);
  renameSync(`${current}.${process.pid}`, current);
  removeUnused(builds, [id, previous]);
}

const idOf = (files: ReadonlyMap<string, string>): string =>
  createHash('sha256')
    .update(JSON.stringify([...files]))
    .digest('hex')
    .slice(0, 12);

/** Two commands may make the same bundle at the same time. */
function renameOrDrop(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true });
  }
}

/** Removes earlier bundles, but none that a process runs, or one that is just being launched. */
function removeUnused(builds: string, wanted: readonly string[]): void {
  const running = runningCommands();
  for (const id of readdirSync(builds).filter((name) => /^[0-9a-f]{12}$/.test(name))) {
    if (wanted.includes(id) || running.includes(join(builds, id))) continue;
    rmSync(join(builds, id), { recursive: true, force: true });
  }
}

/** The command lines of all processes, one text. */
const runningCommands = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readIfThere(`/proc/${pid}/cmdline`))
    .join('\n');

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
}

async function buildForCheckout(): Promise<void> {
  const startedAt = new Date();
  const builds = join(root, '.build');
  const outdir = join(builds, 'id'); // As deep as where it goes, so that source maps lead back.
  const maps = { sourcemap: 'linked', sourcesContent: false } as const;
  addBuild(builds, await bundleFiles({ ...PROGRAM, ...maps, outdir }), startedAt);
}

async function buildForPackage(): Promise<void> {
  if (!existsSync(join(root, 'node_modules/typescript'))) {
    throw new Error('for a package, what development needs has to be there: run "npm install"');
  }
  const outdir = join(root, 'dist');
  const testing = await bundleFiles({ ...TESTING, outdir });
  const program = await bundleFiles({ ...PROGRAM, outdir });
  rmSync(outdir, { recursive: true, force: true });
  write(outdir, new Map([...testing, ...program]));
  write(join(outdir, 'types'), declarationsOf(join(src, 'testing/testing.ts')));
}

try {
  await (process.argv.includes('--package') ? buildForPackage() : buildForCheckout());
} catch (error) {
  const isTold = error instanceof Error && 'errors' in error; // The bundler says where it is.
  if (!isTold)
    console.error(`tutti: the sources could not be bundled: ${(error as Error).message}`);
  process.exitCode = 1;
}
