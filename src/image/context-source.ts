import type { BuildContext } from './context.ts';
import type { CopySource } from './copy.ts';
import { IGNORE_NOTHING, type IgnoreRules, parseIgnoreFile } from './ignore-file.ts';
import type { RootfsFile } from './rootfs.ts';

/** The files of a context as COPY sees them: all are root's. */
export async function readContext(context: BuildContext, file: string): Promise<CopySource> {
  const rules = await readIgnoreRules(context, file);
  const files = new Map<string, RootfsFile>();
  for (const { path, type, mode, size, linkname } of await context.list(rules)) {
    const about = { type, mode, uid: 0, gid: 0, size };
    if (type === 'file') files.set(path, { ...about, open: () => context.open(path) });
    else files.set(path, { ...about, size: 0, ...(linkname !== undefined && { linkname }) });
  }
  return {
    title: 'the folder to build',
    files,
    explainMissing: (path) => (rules.ignores(path) ? 'the ignore file leaves it out' : undefined),
  };
}

async function readIgnoreRules(context: BuildContext, file: string): Promise<IgnoreRules> {
  for (const name of [`${file}.dockerignore`, '.containerignore', '.dockerignore']) {
    const source = await context.readText(name);
    if (source !== undefined) return parseIgnoreFile(source);
  }
  return IGNORE_NOTHING;
}
