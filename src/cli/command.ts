import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Cluster } from './cluster.ts';
import type { Io } from './io.ts';

/** One argument of a command, in order. */
export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
  /** Takes all that is left; only the last argument can. */
  readonly variadic?: boolean;
}

/** One option. Without `value` it is a switch; with `repeated` it gathers a list. */
export interface OptionSpec {
  readonly short?: string;
  readonly value?: string;
  readonly description: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  readonly repeated?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was typed for each option: text, a list, or whether a switch was there. */
export type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]: O[K] extends { value: string }
    ? O[K] extends { repeated: true }
      ? readonly string[]
      : O[K] extends { default: string }
        ? string
        : string | undefined
    : boolean;
};

/** What a command may use of the world: everything comes in here. */
export interface CommandContext {
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Connects to the cluster that the global options mean. Throws CommandError when there is none. */
  openCluster(): Promise<Cluster>;
  /** Of this package. */
  readonly version: string;
  /** The global options: which cluster, where its data is. */
  readonly place: ClusterPlace;
}

/** Which cluster is meant. */
export interface ClusterPlace {
  readonly name: string;
  /** The cluster's data folder. */
  readonly data: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** What of it the user has said; the rest is what is usual. */
  readonly given: { readonly name: boolean; readonly data: boolean };
}

/** A command of the CLI, as data: parsing, help and the reference in docs follow from it. */
export interface Command<O extends OptionSpecs = OptionSpecs> {
  /** `get`, or with a parent: `rollout status`. */
  readonly name: string;
  readonly summary: string;
  /** More for its help page: examples first. */
  readonly details?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: O;
  /** Resolves to the exit code. Failures are thrown: CommandError or StatusError. */
  run(input: CommandInput<O>, context: CommandContext): Promise<number>;
}

export interface CommandInput<O extends OptionSpecs> {
  readonly arguments: readonly string[];
  readonly options: OptionValues<O>;
}

/** Makes a command with its options' types kept. */
export function command<const O extends OptionSpecs>(spec: Command<O>): Command {
  return spec as unknown as Command;
}

/** A failure to tell the user about: what is wrong, and what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly advice: string | undefined;
  /** Whether the command line is at fault: what it asks for has no meaning. */
  readonly isMisuse: boolean;

  constructor(
    message: string,
    options: { advice?: string; cause?: unknown; isMisuse?: boolean } = {},
  ) {
    super(message, { cause: options.cause });
    this.advice = options.advice;
    this.isMisuse = options.isMisuse ?? false;
  }
}
