import type { Rootfs } from './rootfs.ts';
import { readAll } from './storage.ts';

/** Who owns a file, in numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Reads `user`, `user:group`, `1000` or `1000:1000`, looking names up in the image. Without a group
 * it is the user's own, or for a number the same number. Undefined when a name isn't known there.
 */
export async function lookUpOwner(rootfs: Rootfs, text: string): Promise<Owner | undefined> {
  const [user = '', group] = text.split(':');
  const account = isNumber(user) ? undefined : await findLine(rootfs, 'etc/passwd', user);
  const uid = isNumber(user) ? Number(user) : Number(account?.[2] ?? Number.NaN);
  const ownGid = account ? Number(account[3]) : uid;
  const gid = group === undefined ? ownGid : await groupId(rootfs, group);
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
}

const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);

async function groupId(rootfs: Rootfs, group: string): Promise<number> {
  if (isNumber(group)) return Number(group);
  return Number((await findLine(rootfs, 'etc/group', group))?.[2] ?? Number.NaN);
}

/** The fields of the line that begins with `name:`. */
async function findLine(rootfs: Rootfs, path: string, name: string): Promise<string[] | undefined> {
  const open = rootfs.get(rootfs.resolve(path) ?? path)?.open;
  if (!open || name === '') return undefined;
  const text = new TextDecoder().decode(await readAll(open()));
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  return line?.split(':');
}
