import { resolve } from 'node:path';
import { Command as Commander, CommanderError, Option } from 'commander';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { isStatusError } from '../machinery/status.ts';
import { openCluster } from './cluster.ts';
import { type ClusterPlace, type Command, type CommandContext, CommandError } from './command.ts';
import type { Io } from './io.ts';

export interface ProgramTools {
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly version: string;
}

/** A command whose code is loaded only when it is called or its help is asked for. */
export interface LazyCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** What a failed command exits with: 1, or 2 when it was not understood. */
const FAILED = 1;
const MISUSED = 2;

/** The program of these commands. `run` resolves to the exit code and never rejects. */
export function createProgram(commands: readonly LazyCommand[], tools: ProgramTools) {
  return {
    async run(words: readonly string[]): Promise<number> {
      try {
        return await parseAndRun(commands, words, tools);
      } catch (error) {
        return report(error, tools);
      }
    },
  };
}

async function parseAndRun(
  commands: readonly LazyCommand[],
  words: readonly string[],
  tools: ProgramTools,
): Promise<number> {
  const { io } = tools;
  const program = new Commander('tutti')
    .description('A container orchestrator that speaks the Kubernetes API')
    .version(tools.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.line(text.trimEnd()),
      writeErr: (text) => io.note(text.trimEnd()),
      getOutHelpWidth: () => Math.min(io.width, 100),
    })
    .showHelpAfterError('(add --help for what it takes)');
  addPlaceOptions(program);
  const wanted = words.filter((word) => !word.startsWith('-'));
  let exitCode = 0;
  for (const lazy of commands) {
    const parent = parentOf(program, lazy.name);
    const name = lazy.name.split(' ').at(-1)!;
    if (!lazy.name.split(' ').every((part) => wanted.includes(part))) {
      parent.addCommand(new Commander(name).summary(lazy.summary).description(lazy.summary));
      continue;
    }
    const command = await lazy.load();
    const parser = parserFor(command, name, parent);
    parser.action(async () => {
      const { context, close } = contextFor(parser.optsWithGlobals(), tools);
      try {
        const input = { arguments: parser.args, options: valuesOf(command, parser.opts()) };
        exitCode = await command.run(input as never, context);
      } finally {
        close();
      }
    });
  }
  await program.parseAsync(words, { from: 'user' });
  return exitCode;
}

function addPlaceOptions(program: Commander): void {
  program
    .option('--name <NAME>', 'which cluster on this machine', 'tutti')
    .option('--data <DIR>', "the cluster's data folder (default: /var/lib/tutti/NAME)")
    .option('--kubeconfig <FILE>', 'talk to the cluster that this kubeconfig names')
    .option('--context <NAME>', "a context of the kubeconfig, or of the user's own");
}

/** `rollout status` stands under `rollout`. */
function parentOf(program: Commander, name: string): Commander {
  const parts = name.split(' ');
  if (parts.length === 1) return program;
  const parent = parts[0]!;
  const existing = program.commands.find((each) => each.name() === parent);
  if (existing) return existing;
  const created = program.command(parent).summary(GROUPS[parent] ?? '');
  return created.description(GROUPS[parent] ?? '');
}

const GROUPS: Readonly<Record<string, string>> = {
  rollout: 'Follow and steer rollouts',
  image: 'Build, load and list images',
};

function parserFor(command: Command, name: string, parent: Commander): Commander {
  const parser = parent.command(name).summary(command.summary).description(command.summary);
  if (command.details) parser.addHelpText('after', `\n${command.details}`);
  for (const { name: argument, description, optional, variadic } of command.arguments ?? []) {
    const dots = variadic ? '...' : '';
    parser.argument(optional ? `[${argument}${dots}]` : `<${argument}${dots}>`, description);
  }
  for (const [long, spec] of Object.entries(command.options ?? {})) {
    const flags = `${spec.short ? `-${spec.short}, ` : ''}--${long}`;
    const option = new Option(spec.value ? `${flags} <${spec.value}>` : flags, spec.description);
    if (spec.default !== undefined) option.default(spec.default);
    if (spec.choices) option.choices([...spec.choices]);
    if (spec.repeated) option.argParser((one: string, all: string[] = []) => [...all, one]);
    parser.addOption(option);
  }
  return parser;
}

/** Options by the names they are declared with; commander turns `field-selector` to camel case. */
function valuesOf(command: Command, parsed: Record<string, unknown>): Record<string, unknown> {
  const camel = (long: string) =>
    long.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const entries = Object.entries(command.options ?? {}).map(([long, spec]) => {
    const value = parsed[camel(long)];
    if (long.startsWith('no-')) return [long, parsed[camel(long.slice(3))] === false];
    if (spec.repeated) return [long, value ?? []];
    return [long, spec.value ? value : value === true];
  });
  return Object.fromEntries(entries);
}

function contextFor(
  options: Record<string, unknown>,
  { io, clock, random, environment, signal, version }: ProgramTools,
): { context: CommandContext; close: () => void } {
  const name = String(options.name);
  const place: ClusterPlace = {
    name,
    data: resolve((options.data as string | undefined) ?? `/var/lib/tutti/${name}`),
    kubeconfig: options.kubeconfig as string | undefined,
    context: options.context as string | undefined,
  };
  const opened: { close(): void }[] = [];
  return {
    context: {
      io,
      clock,
      random,
      environment,
      signal,
      version,
      place,
      async openCluster() {
        const cluster = openCluster(place, environment, version);
        opened.push(cluster);
        return cluster;
      },
    },
    close: () => {
      for (const cluster of opened) cluster.close();
    },
  };
}

/** Tells the user what failed, and what to do where we know. */
function report(error: unknown, { io, signal }: ProgramTools): number {
  if (error instanceof CommanderError) {
    // It has said what is wrong already; asking for help or the version is no mistake.
    return error.exitCode === 0 ? 0 : MISUSED;
  }
  if (signal.aborted) return 130;
  if (error instanceof CommandError) {
    io.note(`error: ${error.message}`);
    if (error.advice) io.note(error.advice);
    return FAILED;
  }
  if (isStatusError(error)) {
    io.note(`Error from server${error.reason ? ` (${error.reason})` : ''}: ${error.message}`);
    return FAILED;
  }
  io.note(`internal error: ${(error as Error)?.stack ?? String(error)}`);
  return FAILED;
}
