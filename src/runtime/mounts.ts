import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './process.ts';

/** A line of the kernel's mount table. */
export interface MountPoint {
  readonly path: string;
  readonly type: string;
}

/** What is mounted at or below a folder, the deepest first: the order in which to unmount. */
export function mountsBelow(folder: string): MountPoint[] {
  const root = realPath(folder);
  const below = parseMounts(readFileSync('/proc/self/mounts', 'utf8')).filter(
    ({ path }) => path === root || path.startsWith(`${root}/`),
  );
  return below.reverse();
}

/** Whether something is mounted right there. */
export function isMounted(path: string): boolean {
  const place = realPath(path);
  return mountsBelow(path).some((mount) => mount.path === place);
}

// The table has paths without links. What isn't found in it for want of that would be removed with
// all that is mounted there, which may be anything of the machine.
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // There is no such path: then nothing is mounted there.
  }
}

/** The mount table in the form of `/proc/self/mounts`, in the order of mounting. */
function parseMounts(table: string): MountPoint[] {
  const plain = (text: string): string =>
    text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
  const lines = table.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, path = '', type = ''] = line.split(' ');
    return { path: plain(path), type };
  });
}

/** Mounts memory as a file system, with at most `sizeBytes` where that is given. */
export async function mountTmpfs(
  folder: string,
  { mode, sizeBytes }: { mode: number; sizeBytes?: number | undefined },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // Said, since it would be 1777: everybody's.
  const options = [`mode=${mode.toString(8)}`];
  if (sizeBytes !== undefined) options.push(`size=${sizeBytes}`);
  await runCommand('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder]);
}

/** Unmounts, also what is still in use: it then goes away with its last user. */
async function unmount(path: string): Promise<void> {
  await runCommand('umount', ['--lazy', '--no-canonicalize', path]);
}

/** Unmounts all at or below a folder. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const { path } of mountsBelow(folder)) await unmount(path);
}

/** Whether overlay mounts work in a folder: they don't on an overlay, nor on some file systems. */
export async function supportsOverlay(folder: string): Promise<boolean> {
  const trial = mkdtempSync(join(folder, 'overlay-'));
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => {
    const path = join(trial, name);
    mkdirSync(path);
    return path;
  });
  try {
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await runCommand('mount', ['-t', 'overlay', '-o', layers, 'overlay', merged!]);
    await unmount(merged!);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}
