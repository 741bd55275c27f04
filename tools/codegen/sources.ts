import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readDirectory, writeText } from './files.ts';

/** Where `k8s.io/…` lies in an unpacked package. */
const GO_SOURCES = 'usr/share/gocode/src';
const PACKAGES = ['golang-k8s-api-dev', 'golang-k8s-apimachinery-dev'];
const CACHE = new URL('../../node_modules/.cache/codegen', import.meta.url).pathname;

/** The folders that hold `k8s.io/…`: those given, or the ones of Debian packages fetched now. */
export function findSources(folders: readonly string[]): string[] {
  if (folders.length === 0) return downloadPackages();
  const missing = folders.find((folder) => readDirectory(`${folder}/k8s.io`).length === 0);
  if (missing !== undefined) throw new Error(`${missing} holds no folder k8s.io`);
  return [...folders];
}

/** Fetches and unpacks the packages, by a package list of its own that leaves the system's alone. */
function downloadPackages(): string[] {
  mkdirSync(`${CACHE}/lists/partial`, { recursive: true });
  mkdirSync(`${CACHE}/archives/partial`, { recursive: true });
  writeText(
    `${CACHE}/sources.list`,
    'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian forky main\n',
  );
  const options = [
    `Dir::Etc::sourcelist=${CACHE}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${CACHE}/lists`,
    `Dir::Cache=${CACHE}`,
    'Dir::State::status=/dev/null',
  ].flatMap((option) => ['-o', option]);
  const run = (command: string, args: string[]): void => {
    execFileSync(command, args, { cwd: CACHE, stdio: ['ignore', 'inherit', 'inherit'] });
  };
  run('apt-get', [...options, 'update']);
  run('apt-get', [...options, 'download', ...PACKAGES]);
  return PACKAGES.map((name) => {
    const archive = readDirectory(CACHE).find((file) => file.startsWith(`${name}_`))!;
    run('dpkg-deb', ['-x', archive, `${CACHE}/${name}`]);
    return `${CACHE}/${name}/${GO_SOURCES}`;
  });
}
