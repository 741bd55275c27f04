import type { Command as Commander } from 'commander';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Cluster, LocalClusters } from './cluster.ts';
import type { Command, CommandContext } from './command.ts';
import { EXIT_INTERRUPTED, EXIT_MISUSED, failureOf } from './failure.ts';
import type { Io } from './io.ts';
import { addNamed, addParser, createRoot, HelpShown, valuesOf } from './parser.ts';
import { type GivenPlace, placeOf } from './place.ts';

export interface ProgramTools {
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly version: string;
  /** The clusters that run on this machine. */
  readonly local: LocalClusters;
}

/** A command whose code is loaded only when it is called or its help is asked for. */
export interface LazyCommand {
  /** `get`, or with a parent: `rollout status`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Commands that stand together on the help page. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly LazyCommand[];
}

/** What the help page says of commands that only have others below them. */
export type ParentSummaries = Readonly<Record<string, string>>;

/** All that the program can do. */
export interface Program {
  readonly groups: readonly CommandGroup[];
  readonly parents: ParentSummaries;
  /** Stands below the list of commands. */
  readonly details: string;
}

/** Runs one command line. Resolves to the exit code, and never rejects. */
export async function runProgram(
  program: Program,
  words: readonly string[],
  tools: ProgramTools,
): Promise<number> {
  try {
    // With nothing asked for, the help page is the answer.
    return await parseAndRun(program, words.length > 0 ? words : ['--help'], tools);
  } catch (error) {
    if (error instanceof HelpShown) return error.wasAskedFor ? 0 : EXIT_MISUSED;
    if (tools.signal.aborted) return EXIT_INTERRUPTED;
    const { lines, exitCode } = failureOf(error);
    for (const line of lines) tools.io.note(line);
    return exitCode;
  }
}

async function parseAndRun(
  { groups, parents, details }: Program,
  words: readonly string[],
  tools: ProgramTools,
): Promise<number> {
  const root = createRoot(tools.version, { io: tools.io, details });
  let exitCode = 0;
  for (const { title, commands } of groups) {
    for (const lazy of commands) {
      const parts = lazy.name.split(' ');
      const parent = parts.length > 1 ? parentOf(root, parts[0]!, { parents, title }) : root;
      if (!parts.every((part) => words.includes(part))) {
        addNamed(parent, parts.at(-1)!, lazy.summary).helpGroup(groupOf(parent, title));
        continue;
      }
      const command = await lazy.load();
      const parser = addParser(parent, parts.at(-1)!, command);
      parser.helpGroup(groupOf(parent, title)).action(async () => {
        exitCode = await execute(command, parser, tools);
      });
    }
  }
  await root.parseAsync(words, { from: 'user' });
  return exitCode;
}

/** Only the first page is long enough to be divided. */
const groupOf = ({ parent }: Commander, title: string): string =>
  parent ? 'Commands:' : `${title}:`;

/** `rollout status` stands under `rollout`. */
function parentOf(
  root: Commander,
  name: string,
  { parents, title }: { readonly parents: ParentSummaries; readonly title: string },
): Commander {
  const existing = root.commands.find((each) => each.name() === name);
  return existing ?? addNamed(root, name, parents[name] ?? '').helpGroup(`${title}:`);
}

async function execute(command: Command, parser: Commander, tools: ProgramTools): Promise<number> {
  const opened: Cluster[] = [];
  const context = contextFor(givenPlace(parser), tools, opened);
  const input = { arguments: parser.args, options: valuesOf(command, parser.opts()) };
  try {
    return await command.run(input as never, context);
  } catch (error) {
    throw opened[0]?.explain(error) ?? error;
  } finally {
    for (const cluster of opened) cluster.close();
  }
}

/** What was typed of the options that all commands take, wherever it stood. */
function givenPlace(parser: Commander): GivenPlace {
  const values = parser.optsWithGlobals();
  const given = Object.keys(values).filter(
    (name) => parser.getOptionValueSourceWithGlobals(name) === 'cli',
  );
  return Object.fromEntries(given.map((name) => [name, values[name]]));
}

function contextFor(
  given: GivenPlace,
  { local, ...tools }: ProgramTools,
  opened: Cluster[],
): CommandContext {
  const place = placeOf(given);
  return {
    ...tools,
    place,
    async openCluster() {
      const { openCluster } = await import('./cluster.ts');
      const cluster = await openCluster(place, { ...tools, local });
      opened.push(cluster);
      return cluster;
    },
  };
}
