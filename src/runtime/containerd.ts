import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type Cancel, type Clock, every, sleep } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { containerdConfigToml } from './containerd-config.ts';
import { isSocketPathShort, pathsUnder } from './containerd-paths.ts';
import { daemonOf, killDaemon, killLeftovers } from './containerd-processes.ts';
import { RuntimeFailure } from './cri.ts';
import { type CriClient, createCriClient } from './cri-client.ts';
import { supportsOverlay, unmountBelow } from './mounts.ts';
import {
  hasSysResource,
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  signalProcess,
} from './process.ts';
import { removePods } from './remove-pods.ts';

export interface ContainerdOptions {
  /** All that this containerd has on the machine is below this folder. */
  readonly folder: string;
  readonly sandboxImage: string;
  readonly cniConfDir: string;
  readonly cniBinDir?: string;
  readonly registryConfigDir?: string;
  /** Found by trying unless said. */
  readonly snapshotter?: 'overlayfs' | 'native';
  /** The program; looked up in PATH unless it is a path. */
  readonly binary?: string;
}

/** A containerd of our own. It outlives us, and is found again by the next `startContainerd`. */
export interface Containerd {
  readonly socketPath: string;
  readonly runtime: CriClient;
  /** Where layers are unpacked. */
  readonly snapshotter: 'overlayfs' | 'native';
  readonly pid: number | undefined;
  /** Lets go of it: it runs on, unsupervised. */
  release(): void;
  /**
   * Ends every pod, the process itself and what it left mounted. Images stay. Containers are asked
   * to end, and killed after the grace period.
   */
  stop(graceSeconds: number): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;
const ANSWER_POLL_MS = 5;
const WATCH_MS = 1_000;
const RESTART_FIRST_MS = 200;
const RESTART_MAX_MS = 30_000;
const LOG_MAX_BYTES = 16 << 20;

/**
 * Starts containerd under `folder`, or takes over the one that runs there, and resolves once it
 * answers. It is started again whenever it ends; containers go on meanwhile, as their shims do.
 */
export async function startContainerd(
  clock: Clock,
  logger: Logger,
  options: ContainerdOptions,
): Promise<Containerd> {
  const supervisor = new ContainerdSupervisor(clock, logger, options);
  await supervisor.start();
  return supervisor;
}

class ContainerdSupervisor implements Containerd {
  readonly socketPath: string;
  readonly runtime: CriClient;
  snapshotter: 'overlayfs' | 'native' = 'overlayfs';
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: ContainerdOptions;
  readonly #paths: ReturnType<typeof pathsUnder>;
  #process: ProcessIdentity | undefined;
  #unwatch: Cancel = () => {};
  #cancelRestart: Cancel = () => {};
  #restartMs = RESTART_FIRST_MS;
  #released = false;

  constructor(clock: Clock, logger: Logger, options: ContainerdOptions) {
    this.#clock = clock;
    this.#logger = logger.with({ component: 'containerd' });
    this.#options = options;
    this.#paths = pathsUnder(options.folder);
    this.socketPath = this.#paths.socket;
    this.runtime = createCriClient(clock, this.socketPath);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    if (!isSocketPathShort(this.#options.folder)) {
      const why = `the path of the socket ${this.socketPath} is too long`;
      throw new RuntimeFailure('permanent', `${why}: choose a data folder with a shorter path`);
    }
    const isFirst = !existsSync(this.#paths.pid);
    const changed = await this.#configure();
    const found = this.#findRunning();
    if (found && changed) await this.#end(found);
    this.#process = found && !changed ? found : this.#spawn();
    writeFileSync(this.#paths.pid, JSON.stringify(this.#process)); // Of one taken over, too.
    try {
      await this.#answering();
    } catch (error) {
      this.release();
      if (isFirst) await this.#abandon();
      throw error;
    }
    this.#watch();
  }

  release(): void {
    this.#released = true;
    this.#unwatch();
    this.#cancelRestart();
    this.runtime.close();
  }

  async stop(graceSeconds: number): Promise<void> {
    await removePods(this.runtime, this.#logger, {}, graceSeconds);
    this.release();
    if (this.#process) await this.#end(this.#process);
    // Of sandboxes that couldn't be removed in order, or were just being made.
    await killLeftovers(this.#clock, this.#options.folder);
    await unmountBelow(this.#options.folder);
    rmSync(this.#paths.pid, { force: true });
  }

  /** Writes the configuration; true when it isn't what it was. */
  async #configure(): Promise<boolean> {
    const { folder, sandboxImage, cniConfDir, snapshotter } = this.#options;
    const paths = this.#paths;
    for (const path of [folder, paths.root, paths.state, cniConfDir]) {
      mkdirSync(path, { recursive: true, mode: 0o711 });
    }
    this.snapshotter = snapshotter ?? (await this.#chosenSnapshotter());
    const text = containerdConfigToml({
      root: paths.root,
      state: paths.state,
      socketPath: paths.socket,
      sandboxImage,
      cniConfDir,
      cniBinDir: this.#options.cniBinDir ?? '/usr/lib/cni',
      registryConfigDir: this.#options.registryConfigDir ?? '/etc/containerd/certs.d',
      snapshotter: this.snapshotter,
      restrictOomScoreAdj: !hasSysResource(),
    });
    if (readIfThere(paths.config) === text) return false;
    writeFileSync(`${paths.config}.new`, text);
    renameSync(`${paths.config}.new`, paths.config);
    return true;
  }

  /** The choice of the first start stays: images are unpacked for one snapshotter. */
  async #chosenSnapshotter(): Promise<'overlayfs' | 'native'> {
    const before = /^snapshotter = "(overlayfs|native)"$/m.exec(
      readIfThere(this.#paths.config) ?? '',
    );
    if (before) return before[1] as 'overlayfs' | 'native';
    return (await supportsOverlay(this.#paths.root)) ? 'overlayfs' : 'native';
  }

  #findRunning(): ProcessIdentity | undefined {
    return this.#notedProcess() ?? daemonOf(this.#options.folder);
  }

  #notedProcess(): ProcessIdentity | undefined {
    try {
      const identity = JSON.parse(readFileSync(this.#paths.pid, 'utf8')) as ProcessIdentity;
      return isRunning(identity) ? identity : undefined;
    } catch {
      return undefined; // No file, or one that was cut short: then nothing of ours was started.
    }
  }

  #spawn(): ProcessIdentity {
    const { config, log, pid } = this.#paths;
    const output = openSync(log, 'a');
    const binary = this.#options.binary ?? 'containerd';
    // Detached, so that a signal to our process group leaves it and all containers alone.
    const child = spawn(binary, ['--config', config], {
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    child.unref();
    child.on('error', (error) => this.#logger.error('not started', { error }));
    child.on('exit', () => this.#onEnd());
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (!identity) {
      throw new RuntimeFailure('permanent', `${binary} can't be started: is it installed?`);
    }
    try {
      writeFileSync(pid, JSON.stringify(identity));
    } catch (error) {
      signalProcess(identity, 'SIGKILL'); // Nobody would find it again.
      throw error;
    }
    this.#logger.info('started', { pid: identity.pid });
    return identity;
  }

  /** It writes for as long as it runs, always at the end, so what was written can be set aside. */
  #boundLog(): void {
    const { log } = this.#paths;
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) <= LOG_MAX_BYTES) return;
    try {
      rmSync(`${log}.1`, { force: true }); // First, to make room.
      copyFileSync(log, `${log}.1`);
      truncateSync(log);
    } catch (error) {
      this.#logger.warn('log not set aside', { error });
    }
  }

  async #answering(): Promise<void> {
    const deadline = this.#clock.monotonicMs() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await this.runtime.status(); // Refused until all earlier pods are loaded.
        return;
      } catch (error) {
        const ended = this.#process === undefined || !isRunning(this.#process);
        if (ended || this.#clock.monotonicMs() > deadline) throw this.#startFailure(error);
        await sleep(this.#clock, ANSWER_POLL_MS);
      }
    }
  }

  #startFailure(cause: unknown): RuntimeFailure {
    const { log } = this.#paths;
    const last = (readIfThere(log) ?? '').trimEnd().split('\n').slice(-3).join('\n');
    const message = `containerd doesn't answer; the end of ${log}:\n${last}`;
    return new RuntimeFailure('transient', message, { cause });
  }

  /** A process that we took over is nobody's child, so its end has to be looked for. */
  #watch(): void {
    this.#unwatch = every(this.#clock, WATCH_MS, () => {
      this.#boundLog();
      if (!this.#process) return; // It is about to be started again.
      if (isRunning(this.#process)) this.#restartMs = RESTART_FIRST_MS;
      else this.#onEnd();
    });
  }

  #onEnd(): void {
    if (this.#released || !this.#process || isRunning(this.#process)) return;
    this.#logger.warn('ended, starting it again', { pid: this.#process.pid });
    this.#process = undefined;
    this.#restart();
  }

  #restart(): void {
    const again = (): void => {
      try {
        this.#process = this.#spawn();
      } catch (error) {
        this.#logger.error('not started', { error });
        this.#restart();
      }
    };
    this.#cancelRestart = this.#clock.after(this.#restartMs, again);
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAX_MS);
  }

  /** Ends a process that nobody can use and that has nothing yet. */
  async #abandon(): Promise<void> {
    if (this.#process) await this.#end(this.#process);
    rmSync(this.#paths.pid, { force: true });
  }

  async #end(identity: ProcessIdentity): Promise<void> {
    signalProcess(identity, 'SIGTERM');
    const deadline = this.#clock.monotonicMs() + START_TIMEOUT_MS;
    while (isRunning(identity)) {
      if (this.#clock.monotonicMs() > deadline) signalProcess(identity, 'SIGKILL');
      await sleep(this.#clock, ANSWER_POLL_MS);
    }
  }
}

/** Whether a containerd was started on the folder and not ended since, noted or not. */
export const hasContainerd = (folder: string): boolean =>
  existsSync(pathsUnder(folder).pid) || daemonOf(folder) !== undefined;

/**
 * Ends a containerd that can't be asked to, with all that runs in it. For when its disk is full or
 * broken, and it must go all the same.
 */
export async function killContainerd(clock: Clock, folder: string): Promise<void> {
  await killDaemon(clock, folder);
  await unmountBelow(folder);
  rmSync(pathsUnder(folder).pid, { force: true });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
