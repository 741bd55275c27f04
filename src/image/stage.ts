import { posix } from 'node:path';
import { toTime } from '../base/clock.ts';
import type { Command, ConfigStatement, Instruction, Pair } from './containerfile.ts';
import type { EscapeChar } from './containerfile-lines.ts';
import { ExpandError, expand, splitWords } from './expand.ts';
import type { NewImage } from './library.ts';
import type { ContainerConfig, Descriptor, Digest, History, Platform } from './oci.ts';
import type { Rootfs } from './rootfs.ts';

/** What a stage begins with. */
export interface StageStart {
  readonly platform: Platform;
  readonly config: ContainerConfig;
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly Digest[];
  readonly history: readonly History[];
  readonly rootfs: Rootfs;
}

export interface StageOptions {
  readonly escapeChar: EscapeChar;
  /** Milliseconds since the epoch, written into the image as its time. */
  readonly timestampMs: number;
  /** `--build-arg`s, and what ARGs before the first FROM were set to. */
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly platform: Platform;
}

/** An image while its instructions are carried out. Everything but COPY happens here. */
export class Stage {
  readonly rootfs: Rootfs;
  readonly warnings: string[] = [];
  readonly #options: StageOptions;
  readonly #platform: Platform;
  readonly #env = new Map<string, string>();
  readonly #args: Map<string, string>;
  readonly #layers: Descriptor[];
  readonly #diffIds: Digest[];
  readonly #history: History[];
  #config: ContainerConfig;
  #author: string | undefined;
  #shell: readonly string[] = ['/bin/sh', '-c'];
  #ownCmd = false;

  constructor(start: StageStart, options: StageOptions) {
    this.rootfs = start.rootfs;
    this.#platform = start.platform;
    this.#config = start.config;
    this.#layers = [...start.layers];
    this.#diffIds = [...start.diffIds];
    this.#history = [...start.history];
    this.#options = options;
    this.#args = predefinedArgs(options.platform);
    for (const entry of start.config.Env ?? []) {
      const equals = entry.indexOf('=');
      this.#env.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }

  get workingDirectory(): string {
    return this.#config.WorkingDir || '/';
  }

  /** Expands variables and removes quotes, as they stand at this point. Throws ExpandError. */
  expand(word: string): string {
    const variables = new Map([...this.#args, ...this.#env]);
    return expand(word, { variables, escapeChar: this.#options.escapeChar });
  }

  /** Carries out a statement that only changes the configuration. */
  apply(statement: ConfigStatement): void {
    switch (statement.type) {
      case 'ARG':
        for (const pair of statement.pairs) this.#declareArg(pair);
        return;
      case 'ENV':
        return this.#setEnv(this.#expandPairs(statement.pairs));
      case 'LABEL': {
        const added = Object.fromEntries(this.#expandPairs(statement.pairs));
        return this.#set({ Labels: { ...this.#config.Labels, ...added } });
      }
      case 'WORKDIR': {
        const path = this.expand(statement.value);
        return this.#set({ WorkingDir: posix.resolve('/', this.workingDirectory, path) });
      }
      case 'USER':
        return this.#set({ User: this.expand(statement.value) });
      case 'STOPSIGNAL':
        return this.#set({ StopSignal: this.expand(statement.value) });
      case 'EXPOSE':
        return this.#set({
          ExposedPorts: this.#plus('ExposedPorts', this.#ports(statement.values)),
        });
      case 'VOLUME': {
        const paths = statement.values.map((value) => this.expand(value));
        return this.#set({ Volumes: this.#plus('Volumes', paths) });
      }
      case 'ENTRYPOINT':
        // A base's CMD was meant as arguments of the base's ENTRYPOINT.
        if (!this.#ownCmd) this.#set({ Cmd: undefined });
        return this.#set({ Entrypoint: this.#commandLine(statement.command) });
      case 'CMD':
        this.#ownCmd = true;
        return this.#set({ Cmd: this.#commandLine(statement.command) });
      case 'SHELL':
        this.#shell = statement.args;
        return;
      case 'MAINTAINER':
        this.#author = statement.value;
        return;
      case 'HEALTHCHECK':
        this.warnings.push('HEALTHCHECK has no effect: say a livenessProbe in the pod instead');
    }
  }

  addLayer(layer: Descriptor): void {
    this.#layers.push(layer);
    this.#diffIds.push(layer.digest); // Not compressed, so the two are one.
  }

  /** Notes that an instruction was carried out, and whether it made a layer. */
  record({ text }: Instruction, madeLayer: boolean): void {
    const step = { created: toTime(this.#options.timestampMs), created_by: text };
    this.#history.push(madeLayer ? step : { ...step, empty_layer: true });
  }

  finish(): NewImage {
    return {
      layers: this.#layers,
      config: {
        created: toTime(this.#options.timestampMs),
        ...(this.#author !== undefined && { author: this.#author }),
        ...this.#platform,
        config: this.#config,
        rootfs: { type: 'layers', diff_ids: this.#diffIds },
        history: this.#history,
      },
    };
  }

  /** As the start of a stage that begins FROM this one. */
  asStart(rootfs: Rootfs): StageStart {
    return {
      platform: this.#platform,
      config: this.#config,
      layers: this.#layers,
      diffIds: this.#diffIds,
      history: this.#history,
      rootfs,
    };
  }

  #set(change: ContainerConfig): void {
    this.#config = { ...this.#config, ...change };
  }

  #declareArg([name, fallback]: Pair): void {
    const { buildArgs, globalArgs } = this.#options;
    const value =
      buildArgs.get(name) ??
      (fallback === undefined ? globalArgs.get(name) : this.expand(fallback));
    if (value !== undefined) this.#args.set(name, value);
  }

  /** All values are expanded before any is set: `ENV a=1 b=$a` uses the `a` of before. */
  #expandPairs(pairs: readonly Pair[]): [string, string][] {
    return pairs.map(([name, value = '']) => [this.expand(name), this.expand(value)]);
  }

  #setEnv(pairs: readonly [string, string][]): void {
    for (const [name, value] of pairs) this.#env.set(name, value);
    this.#set({ Env: [...this.#env].map(([name, value]) => `${name}=${value}`) });
  }

  #plus(field: 'ExposedPorts' | 'Volumes', names: readonly string[]) {
    const added = Object.fromEntries(names.map((name) => [name, {}]));
    return { ...this.#config[field], ...added };
  }

  #ports(values: readonly string[]): string[] {
    const words = values.flatMap((value) =>
      splitWords(this.expand(value), this.#options.escapeChar),
    );
    return words.flatMap((word) => {
      const [, first, last = first, protocol = 'tcp'] =
        word.match(/^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i) ?? [];
      const [from, to] = [Number(first), Number(last)];
      if (!(from >= 1 && to >= from && to <= 65535)) {
        throw new ExpandError(`${word} is not a port: say 80, 80/udp or 8000-8010`);
      }
      const count = to - from + 1;
      return Array.from({ length: count }, (_, i) => `${from + i}/${protocol.toLowerCase()}`);
    });
  }

  #commandLine(command: Command): string[] {
    return command.form === 'exec' ? [...command.args] : [...this.#shell, command.text];
  }
}

/** What BuildKit sets without being asked, in the global scope too. */
export function predefinedArgs({ os, architecture }: Platform): Map<string, string> {
  return new Map(
    ['TARGET', 'BUILD'].flatMap((prefix) => [
      [`${prefix}PLATFORM`, `${os}/${architecture}`] as const,
      [`${prefix}OS`, os] as const,
      [`${prefix}ARCH`, architecture] as const,
    ]),
  );
}
