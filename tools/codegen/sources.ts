import { execFileSync } from 'node:child_process';
import { readDirectory } from './files.ts';

/** Where `k8s.io/…` lies in an unpacked package. */
const GO_SOURCES = 'usr/share/gocode/src';
const PACKAGES = ['golang-k8s-api-dev', 'golang-k8s-apimachinery-dev'];
const FETCH = new URL('../debian-package.sh', import.meta.url).pathname;
const CACHE = new URL('../../node_modules/.cache/codegen', import.meta.url).pathname;

/** The folders that hold `k8s.io/…`: those given, or the ones of Debian packages fetched now. */
export function findSources(folders: readonly string[]): string[] {
  if (folders.length === 0) return downloadPackages();
  const missing = folders.find((folder) => readDirectory(`${folder}/k8s.io`).length === 0);
  if (missing !== undefined) throw new Error(`${missing} holds no folder k8s.io`);
  return [...folders];
}

/** Fetches and unpacks the packages, leaving the system's own alone. */
function downloadPackages(): string[] {
  return PACKAGES.map((name) => {
    const folder = `${CACHE}/${name}`;
    execFileSync('bash', [FETCH, 'forky', name, folder], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return `${folder}/${GO_SOURCES}`;
  });
}
