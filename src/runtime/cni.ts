import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RuntimeFailure } from './cri.ts';

/** The folder from which a container runtime takes its network configuration. */
export interface CniFolder {
  /** Makes this the configuration, and the only one. False when it was so before. */
  write(configuration: { readonly name: string }): Promise<boolean>;
  /** Takes away what was written. */
  clear(): Promise<void>;
}

/** A folder that is ours alone: other files in it go. */
export function openCniFolder(folder: string): CniFolder {
  const file = '10-tutti.conflist';
  async function clear(except?: string): Promise<void> {
    for (const name of await namesIn(folder)) {
      if (name !== except) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
  return {
    async write(configuration) {
      await clear(file);
      return writeConfiguration(folder, file, configuration);
    },
    clear: () => clear(),
  };
}

/**
 * The folder of a runtime that isn't ours. Nothing else in it is touched; `write` throws
 * RuntimeFailure when there is another network: a runtime has one.
 */
export function openSharedCniFolder(folder: string, network: string): CniFolder {
  const file = fileOf(network);
  return {
    async write(configuration) {
      const [other] = await otherNetworks(folder, network);
      if (other === undefined) return writeConfiguration(folder, file, configuration);
      const message = `the container runtime has another network: ${other}`;
      throw new RuntimeFailure('permanent', message);
    },
    clear: () => rm(join(folder, file), { force: true }),
  };
}

/** The files in a folder that configure other networks than ours, of which the first would count. */
export async function otherNetworks(folder: string, network: string): Promise<string[]> {
  const own = fileOf(network);
  const names = (await namesIn(folder)).filter((name) => name !== own);
  return names.filter((name) => /\.(conf|conflist|json)$/.test(name)).map((n) => join(folder, n));
}

const fileOf = (network: string): string => `10-${network}.conflist`;

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function writeConfiguration(folder: string, file: string, value: object): Promise<boolean> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, file);
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return false;
  // By renaming, since runtimes watch the folder and read a file as soon as it is there. The
  // ending keeps them from taking the new one for a configuration before its time.
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return true;
}
