import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIMS, releaseClaim, takeClaim } from './claim-links.ts';
import { type DataFolder, dataFolderAt } from './data-folder.ts';

/**
 * Who has which network on this machine: links to data folders, by network. Addresses on the
 * machine's interfaces don't tell it all: a cluster that is just starting has none yet, and one that
 * is down wants its own back.
 */
export class NetworkClaims {
  readonly #path: string;

  constructor(path = join(CLAIMS, 'networks')) {
    this.#path = path;
  }

  /** Takes a network for the cluster of a folder. The folder that has it already, if one has. */
  take(cidr: string, folder: DataFolder): string | undefined {
    return takeClaim(this.#linkOf(cidr), folder.path, (holder) => hasNetwork(holder, cidr));
  }

  /** Gives all networks of the folder's cluster back. */
  release({ path }: DataFolder): void {
    if (!existsSync(this.#path)) return;
    for (const name of readdirSync(this.#path)) releaseClaim(join(this.#path, name), path);
  }

  #linkOf = (cidr: string): string => join(this.#path, cidr.replace('/', '_'));
}

/** Whether the cluster of a folder has the network, or is about to: nothing is written yet then. */
function hasNetwork(path: string, cidr: string): boolean {
  const folder = dataFolderAt(path);
  if (!existsSync(folder.version)) return false; // It was deleted.
  try {
    return readFileSync(folder.networks, 'utf8').includes(JSON.stringify(cidr));
  } catch {
    return true;
  }
}
