import { BUSYBOX_IMAGE } from './busybox.ts';
import {
  type Containerfile,
  type CopyStatement,
  type FromStatement,
  type Instruction,
  isCopy,
  parseContainerfile,
} from './containerfile.ts';
import { ContainerfileError } from './containerfile-lines.ts';
import type { BuildContext } from './context.ts';
import { readContext } from './context-source.ts';
import { CopyError, type CopySource, copyFiles } from './copy.ts';
import { ExpandError, expand } from './expand.ts';
import { putLayer } from './layer.ts';
import { fullName, ImageError, type ImageLibrary, type StoredImage } from './library.ts';
import type { Platform } from './oci.ts';
import { parseReference } from './reference.ts';
import { Rootfs, type RootfsFile, readRootfs } from './rootfs.ts';
import { predefinedArgs, Stage, type StageStart } from './stage.ts';
import type { TarEntry } from './tar.ts';
import { lookUpOwner } from './users.ts';

export interface BuildOptions {
  /** The name of the image, short or full. */
  readonly tag: string;
  readonly platform: Platform;
  /** Where the Containerfile is in the context, when it has not one of the usual names. */
  readonly file?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** The stage to build, by name or number: the last unless said. */
  readonly target?: string;
  /** The time of all files and of the image, in milliseconds since the epoch; 0 unless said. */
  readonly timestampMs?: number;
}

export interface BuiltImage extends StoredImage {
  /** What was left out, as lines for people: `Containerfile:7: HEALTHCHECK has no effect: …`. */
  readonly warnings: readonly string[];
}

/**
 * Makes an image from a Containerfile and keeps it under its name. The same context, file and
 * options give the same digest. Runs nothing and reaches no network. Throws ContainerfileError with
 * the line that can't be done, or ImageError.
 */
export async function buildImage(
  library: ImageLibrary,
  context: BuildContext,
  options: BuildOptions,
): Promise<BuiltImage> {
  const reference = fullName(options.tag);
  const { file, source } = await readContainerfile(context, options.file);
  const build = new Build(library, context, parseContainerfile(source, file), options);
  const stage = await build.run();
  const image = await library.add(reference, stage.finish());
  return { ...image, warnings: build.warnings };
}

const USUAL_NAMES = ['Containerfile', 'Dockerfile'];

/** The Containerfile of a context, and its name there. Throws ImageError when there is none. */
export async function readContainerfile(
  context: BuildContext,
  named?: string,
): Promise<{ file: string; source: string }> {
  const candidates = named === undefined ? USUAL_NAMES : [named];
  for (const file of candidates) {
    const source = await context.readText(file);
    if (source !== undefined) return { file, source };
  }
  throw new ImageError(`there is no ${candidates.join(' and no ')} in the folder to build`);
}

/** The full names of the images that must be there before a build, in order of appearance. */
export function baseImagesOf(containerfile: Containerfile, options: BuildOptions): string[] {
  const globalArgs = globalArgsOf(containerfile, options);
  const stages = new Set<string>();
  const names = new Set<string>();
  for (const { statement } of containerfile.instructions) {
    if (statement.type !== 'FROM') continue;
    const { escapeChar } = containerfile;
    const name = expand(statement.image, { variables: globalArgs, escapeChar });
    if (name !== 'scratch' && !stages.has(name.toLowerCase()) && parseReference(name)) {
      names.add(fullName(name));
    }
    if (statement.as !== undefined) stages.add(statement.as);
  }
  return [...names];
}

function globalArgsOf(
  { instructions, escapeChar }: Containerfile,
  { platform, buildArgs = {} }: BuildOptions,
): Map<string, string> {
  const args = predefinedArgs(platform);
  for (const { statement } of instructions) {
    if (statement.type !== 'ARG') break;
    for (const [name, fallback] of statement.pairs) {
      const value =
        buildArgs[name] ??
        (fallback === undefined ? undefined : expand(fallback, { variables: args, escapeChar }));
      if (value !== undefined) args.set(name, value);
    }
  }
  return args;
}

/** The instructions from one FROM to the next. */
interface StagePlan {
  readonly from: Instruction & { readonly statement: FromStatement };
  readonly instructions: readonly Instruction[];
  stage?: Stage;
}

class Build {
  readonly warnings: string[] = [];
  readonly #library: ImageLibrary;
  readonly #context: BuildContext;
  readonly #file: Containerfile;
  readonly #options: BuildOptions;
  readonly #plans: readonly StagePlan[];
  readonly #globalArgs: ReadonlyMap<string, string>;
  #contextSource: CopySource | undefined;

  constructor(
    library: ImageLibrary,
    context: BuildContext,
    file: Containerfile,
    options: BuildOptions,
  ) {
    this.#library = library;
    this.#context = context;
    this.#file = file;
    this.#options = options;
    this.#plans = plansOf(file);
    this.#globalArgs = globalArgsOf(file, options);
  }

  async run(): Promise<Stage> {
    const { target } = this.#options;
    const index = target === undefined ? this.#plans.length - 1 : this.#findStage(target);
    if (index < 0) throw new ImageError(`there is no stage "${target}"`);
    return this.#stage(index);
  }

  #fail(line: number, message: string): never {
    throw new ContainerfileError(this.#file.file, line, message);
  }

  /** The number of a stage before `before`, by its name or number; -1 when there is none. */
  #findStage(name: string, before = this.#plans.length): number {
    const named = this.#plans
      .slice(0, before)
      .findLastIndex(({ from }) => from.statement.as === name.toLowerCase());
    if (named >= 0 || !/^\d+$/.test(name)) return named;
    return Number(name) < before ? Number(name) : -1;
  }

  /** A stage, built when it is first wanted: those that nothing needs are left out. */
  async #stage(index: number): Promise<Stage> {
    const plan = this.#plans[index]!;
    if (plan.stage) return plan.stage;
    const { timestampMs = 0, buildArgs = {}, platform } = this.#options;
    const stage = new Stage(await this.#start(plan, index), {
      escapeChar: this.#file.escapeChar,
      timestampMs,
      buildArgs: new Map(Object.entries(buildArgs)),
      globalArgs: this.#globalArgs,
      platform,
    });
    plan.stage = stage;
    for (const instruction of plan.instructions) await this.#carryOut(stage, instruction, index);
    return stage;
  }

  async #start({ from }: StagePlan, index: number): Promise<StageStart> {
    const { platform } = this.#options;
    this.#requirePlatform(from);
    const name = this.#expandGlobally(from.line, from.statement.image);
    if (name === 'scratch') {
      return { platform, config: {}, layers: [], diffIds: [], history: [], rootfs: new Rootfs() };
    }
    const earlier = this.#findStage(name, index);
    if (earlier >= 0) {
      const stage = await this.#stage(earlier);
      return stage.asStart(copyOf(stage.rootfs));
    }
    const image = await this.#localImage(from.line, name);
    const { config, rootfs, history = [] } = image.config;
    return {
      platform,
      config: config ?? {},
      layers: image.manifest.layers,
      diffIds: rootfs.diff_ids,
      history,
      rootfs: await readRootfs(this.#library.storage, image),
    };
  }

  async #localImage(line: number, name: string): Promise<StoredImage> {
    if (!parseReference(name)) this.#fail(line, `"${name}" is not an image name`);
    const image = await this.#library.find(name, this.#options.platform);
    return (
      image ??
      this.#fail(
        line,
        `there is no image ${fullName(name)} here, and builds don't pull: build it, load it from an archive, or take ${BUSYBOX_IMAGE}, which is always here`,
      )
    );
  }

  async #carryOut(stage: Stage, instruction: Instruction, index: number): Promise<void> {
    const { line, statement } = instruction;
    try {
      let madeLayer = false;
      if (isCopy(statement)) {
        madeLayer = await this.#copy(stage, statement, line, index);
      } else if (statement.type !== 'FROM') {
        stage.apply(statement);
        if (statement.type === 'WORKDIR') madeLayer = await this.#makeWorkingDirectory(stage);
      }
      stage.record(instruction, madeLayer);
    } catch (error) {
      if (error instanceof ExpandError || error instanceof CopyError) {
        this.#fail(line, `${statement.type}: ${error.message}`);
      }
      throw error;
    }
    for (const warning of stage.warnings.splice(0)) {
      this.warnings.push(`${this.#file.file}:${line}: ${warning}`);
    }
  }

  /** Expands a word of a FROM, which sees nothing but the ARGs before the first one. */
  #expandGlobally(line: number, word: string): string {
    try {
      return expand(word, { variables: this.#globalArgs, escapeChar: this.#file.escapeChar });
    } catch (error) {
      return this.#fail(line, (error as Error).message);
    }
  }

  #requirePlatform({ line, statement }: StagePlan['from']): void {
    if (statement.platform === undefined) return;
    const wanted = this.#expandGlobally(line, statement.platform);
    const { os, architecture } = this.#options.platform;
    const own = `${os}/${architecture}`;
    if (wanted !== '' && wanted !== own && !wanted.startsWith(`${own}/`)) {
      this.#fail(line, `FROM --platform=${wanted}: builds here are for ${own} only`);
    }
  }

  async #copy(
    stage: Stage,
    statement: CopyStatement,
    line: number,
    index: number,
  ): Promise<boolean> {
    const source =
      statement.from === undefined
        ? await this.#fromContext()
        : await this.#fromStage(stage.expand(statement.from), line, index);
    const chown = statement.chown === undefined ? undefined : stage.expand(statement.chown);
    const owner = chown === undefined ? undefined : await lookUpOwner(stage.rootfs, chown);
    if (chown !== undefined && !owner) throw new CopyError(`the image knows no ${chown}`);
    const made = copyFiles(source, stage.rootfs, {
      sources: statement.sources.map((word) => stage.expand(word)),
      destination: stage.expand(statement.destination),
      workingDirectory: stage.workingDirectory,
      owner,
      mode: modeOf(statement.chmod === undefined ? undefined : stage.expand(statement.chmod)),
    });
    await this.#addLayer(stage, made);
    return true;
  }

  async #makeWorkingDirectory(stage: Stage): Promise<boolean> {
    const path = stage.rootfs.resolve(stage.workingDirectory) ?? '';
    if (stage.rootfs.get(path)?.type === 'directory') return false;
    const made = copyFiles({ title: '', files: new Map() }, stage.rootfs, {
      sources: ['/'],
      destination: `${stage.workingDirectory}/`,
      workingDirectory: '/',
    });
    await this.#addLayer(stage, made);
    return true;
  }

  async #addLayer(stage: Stage, made: ReadonlyMap<string, RootfsFile>): Promise<void> {
    const sorted = [...made].sort(([a], [b]) => (a < b ? -1 : 1));
    const { timestampMs = 0 } = this.#options;
    const entries = sorted.map(([path, file]) => toEntry(path, file, timestampMs));
    stage.addLayer(await putLayer(this.#library.storage, entries));
  }

  async #fromContext(): Promise<CopySource> {
    this.#contextSource ??= await readContext(this.#context, this.#file.file);
    return this.#contextSource;
  }

  async #fromStage(name: string, line: number, index: number): Promise<CopySource> {
    const earlier = this.#findStage(name, index);
    const rootfs =
      earlier >= 0
        ? (await this.#stage(earlier)).rootfs
        : await readRootfs(this.#library.storage, await this.#localImage(line, name));
    return { title: name, files: new Map(rootfs.list()) };
  }
}

function plansOf({ instructions }: Containerfile): StagePlan[] {
  const starts = instructions.flatMap(({ statement }, i) => (statement.type === 'FROM' ? [i] : []));
  return starts.map((start, i) => ({
    from: instructions[start] as StagePlan['from'],
    instructions: instructions.slice(start + 1, starts[i + 1]),
  }));
}

function copyOf(rootfs: Rootfs): Rootfs {
  const copy = new Rootfs();
  for (const [path, file] of rootfs.list()) copy.set(path, file);
  return copy;
}

function modeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-7]{3,4}$/.test(text)) throw new CopyError(`--chmod takes an octal mode, not ${text}`);
  return Number.parseInt(text, 8);
}

const toEntry = (path: string, file: RootfsFile, mtimeMs: number): TarEntry => {
  const { type, mode, uid, gid, size, linkname, open } = file;
  const header = { mode, uid, gid, mtimeMs };
  if (type === 'file') {
    return { header: { ...header, name: path, type, size }, ...(open && { content: open() }) };
  }
  const name = type === 'directory' ? `${path}/` : path;
  return {
    header: { ...header, name, type, size: 0, ...(linkname !== undefined && { linkname }) },
  };
};
