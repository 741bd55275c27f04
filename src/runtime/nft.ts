import { RuntimeFailure } from './cri.ts';
import {
  changeTable,
  deleteUnused,
  type NftNames,
  type NftTable,
  replaceTable,
  takeOverTable,
} from './nft-table.ts';
import { runPipedCommand } from './piped-command.ts';
import { runCommand } from './process.ts';

/** The kernel's packet filter, as far as one table of ours goes. */
export interface Nft {
  /** Runs commands as one transaction. Throws RuntimeFailure. */
  run(commands: readonly string[]): Promise<void>;
  /** What the table has; undefined when there is no such table. */
  names(table: string): Promise<NftNames | undefined>;
  exists(table: string): Promise<boolean>;
  /** Removes the table, if it is there. */
  remove(table: string): Promise<void>;
}

/** Speaks to the kernel through `nft`, in the network namespace of this process. */
export function createNft({ binary = 'nft' }: { binary?: string } = {}): Nft {
  const run = async (commands: readonly string[]) => {
    if (commands.length === 0) return;
    await runPipedCommand({
      command: binary,
      args: ['-f', '-'],
      input: `${commands.join('\n')}\n`,
    });
  };
  return {
    run,
    async names(table) {
      try {
        return namesIn(await runCommand(binary, ['-j', '-t', 'list', 'table', 'inet', table]));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async exists(table) {
      const lines = (await runCommand(binary, ['list', 'tables', 'inet'])).split('\n');
      return lines.includes(`table inet ${table}`);
    },
    remove: (table) => run([`add table inet ${table}`, `delete table inet ${table}`]),
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof RuntimeFailure && /No such file or directory/.test(error.message);

type ListedObject = Partial<Record<'set' | 'map' | 'chain', { readonly name: string }>>;

function namesIn(json: string): NftNames {
  const sets = new Map<string, 'set' | 'map'>();
  const chains = new Set<string>();
  for (const object of (JSON.parse(json) as { nftables: ListedObject[] }).nftables) {
    if (object.set) sets.set(object.set.name, 'set');
    if (object.map) sets.set(object.map.name, 'map');
    if (object.chain) chains.add(object.chain.name);
  }
  return { sets, chains };
}

/** Keeps one table as it is wanted. Calls must not overlap. */
export interface NftTableWriter {
  /**
   * Makes the table so: by the difference to what was written last, or after a failure or a start
   * by taking over what is there. Throws RuntimeFailure when the kernel refuses.
   */
  write(table: NftTable): Promise<void>;
  /** Deletes what earlier writes left unused. To be called some time after them. */
  tidy(): Promise<void>;
  /** Whether the table is still there. Somebody may have flushed all rules of the machine. */
  isPresent(): Promise<boolean>;
  /** Has the next write look at everything anew. */
  forget(): void;
}

/** A writer for the table of this name. Nothing is known of it at first. */
export function createTableWriter(nft: Nft, name: string): NftTableWriter {
  let written: NftTable | undefined;
  let unused: { sets: Map<string, 'set' | 'map'>; chains: Set<string> } = nothing();

  function keepUnused(more: NftNames, wanted: NftTable): void {
    const isUnused = (map: ReadonlyMap<string, unknown>) => (item: string) => !map.has(item);
    unused = {
      sets: new Map([...unused.sets, ...more.sets].filter(([set]) => isUnused(wanted.sets)(set))),
      chains: new Set([...unused.chains, ...more.chains].filter(isUnused(wanted.chains))),
    };
  }

  async function takeOver(table: NftTable): Promise<void> {
    const existing = await nft.names(name);
    if (existing) {
      const change = takeOverTable(existing, table);
      try {
        await nft.run(change.commands);
        return keepUnused(change.unused, table);
      } catch {
        // Of another version, with sets of another type: then what is in it isn't worth keeping.
      }
    }
    await nft.run(replaceTable(table));
    unused = nothing();
  }

  return {
    async write(table) {
      const before = written;
      written = undefined; // Until it is known to have worked.
      if (before) {
        const change = changeTable(before, table);
        try {
          await nft.run(change.commands);
          keepUnused(change.unused, table);
        } catch {
          await takeOver(table); // It wasn't what we left. If this fails too, that is what is told.
        }
      } else {
        await takeOver(table);
      }
      written = table;
    },
    async tidy() {
      const commands = deleteUnused(name, unused);
      unused = nothing();
      await nft.run(commands);
    },
    isPresent: () => nft.exists(name),
    forget() {
      written = undefined;
    },
  };
}

const nothing = () => ({ sets: new Map<string, 'set' | 'map'>(), chains: new Set<string>() });
