import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A mistake that could be made in production code: a text of one file, and what stands there then. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  /** What must be found there exactly once. */
  readonly find: string;
  readonly replace: string;
}

type SimulationModule = typeof import('../../../src/sim/simulation.ts');

const root = join(import.meta.dirname, '../../..');
const sources = pathToFileURL(join(root, 'src/')).href;
/** Rooms of data and plain functions, which a planted copy shares with all others. */
const SHARED = ['base/', 'machinery/', 'api/'].map((room) => sources + room);
const MARK = 'planted';
const patches = new Map<string, Patch>();
let isHooked = false;

/**
 * Loads the simulator with a mistake in it. Only the process that asks for it has it, in a copy of
 * all modules of its own: nothing in production code knows of this. Rejects when the text isn't
 * found exactly once.
 */
export async function loadPlanted(name: string, patch: Patch): Promise<SimulationModule> {
  patches.set(name, patch);
  hook();
  const url = new URL('sim/simulation.ts', sources);
  url.searchParams.set(MARK, name);
  return (await import(url.href)) as SimulationModule;
}

/** From now on modules that a planted one imports are copies that go with it, too. */
function hook(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const name = context.parentURL && new URL(context.parentURL).searchParams.get(MARK);
      const isShared = SHARED.some((room) => found.url.startsWith(room));
      if (!name || isShared || !found.url.startsWith(sources)) return found;
      return { ...found, url: `${found.url.split('?')[0]}?${MARK}=${name}` };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const patch = patches.get(new URL(url).searchParams.get(MARK) ?? '');
      const isMeant = patch && url.split('?')[0] === pathToFileURL(join(root, patch.file)).href;
      if (!isMeant || !loaded.source) return loaded;
      return { ...loaded, source: patched(String(loaded.source), patch) };
    },
  });
}

function patched(source: string, { file, find, replace }: Patch): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`${file} has ${parts.length - 1} times what a planted bug replaces:\n${find}`);
}
