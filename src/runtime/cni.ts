import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder from which a container runtime takes its network configuration. */
export interface CniFolder {
  /** Makes this the configuration, and the only one. False when it was so before. */
  write(configuration: { readonly name: string }): Promise<boolean>;
  clear(): Promise<void>;
}

/** A folder that is ours alone: other files in it go. */
export function openCniFolder(folder: string): CniFolder {
  const file = '10-tutti.conflist';
  async function clear(except?: string): Promise<void> {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name !== except) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
  return {
    async write(configuration) {
      const text = `${JSON.stringify(configuration, null, 2)}\n`;
      await mkdir(folder, { recursive: true });
      await clear(file);
      const path = join(folder, file);
      if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return false;
      // By renaming, since runtimes watch the folder and read a file as soon as it is there. The
      // ending keeps them from taking the new one for a configuration before its time.
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      return true;
    },
    clear: () => clear(),
  };
}
