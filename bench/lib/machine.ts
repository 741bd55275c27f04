import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

/** The folder of the project. */
export const ROOT = join(import.meta.dirname, '../..');

/** Where a result was had: figures of different machines don't compare. */
export interface Surroundings {
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memory: string;
    readonly kernel: string;
  };
  readonly node: string;
}

/** Looks at this machine and this checkout. */
export function surroundings(): Surroundings {
  const all = cpus();
  return {
    commit: commitOf(),
    machine: {
      cpu: all[0]?.model ?? 'unknown',
      cores: all.length,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      kernel: release(),
    },
    node: process.version,
  };
}

/** The commit that is checked out, with `+` behind it when its sources were changed since. */
function commitOf(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const isChanged = git('status', '--porcelain', '--', 'src', 'package-lock.json') !== '';
    return git('rev-parse', '--short=10', 'HEAD').trim() + (isChanged ? '+' : '');
  } catch {
    return 'unknown'; // An installed package has no history.
  }
}
