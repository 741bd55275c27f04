import type { Pod, PodStatus } from '../api/generated/core/v1/types.ts';
import { every } from '../base/clock.ts';
import type { LogLimits } from '../runtime/log-files.ts';
import type { AgentOptions } from './agent.ts';
import { type ImageUse, imagesToRemove, noteUses } from './image-gc.ts';
import {
  limitsStorage,
  measuredVolumes,
  type StorageUsage,
  storageExcess,
} from './local-storage.ts';
import type { PodRuntime } from './pod-runtime.ts';
import { type Ending, isTerminal } from './pod-status.ts';
import type { WorkerTools } from './worker-tools.ts';

export interface CaredFor {
  /** Whether a pod is being worked on. */
  readonly isKnown: (podUid: string) => boolean;
  readonly workers: () => Iterable<{
    readonly pod: Pod;
    readonly status: PodStatus;
    end(ending: Ending): void;
  }>;
}

export interface CaretakerTools {
  /** Of the disk that images are on. */
  readonly imageDisk: () => Promise<{ readonly totalBytes: number; readonly freeBytes: number }>;
  /** Sets a log aside that is too large; `reopen` has the runtime begin a new one. */
  readonly rotateLog: (
    path: string,
    limits: LogLimits,
    reopen: () => Promise<void>,
  ) => Promise<boolean>;
}

const LOGS_MS = 10_000;
const GARBAGE_MS = 60_000;
const STORAGE_MS = 15_000;
const LOG_MAX_BYTES = 10 * 2 ** 20;
const LOG_MAX_FILES = 5;

/** Keeps the node's disk from filling with what nobody needs. */
export class Caretaker {
  readonly #tools: WorkerTools;
  readonly #own: CaretakerTools;
  readonly #pods: CaredFor;
  readonly #options: Pick<AgentOptions, 'sharesRuntime'>;
  #imageUses: Map<string, ImageUse> = new Map();

  constructor(
    tools: WorkerTools,
    own: CaretakerTools,
    pods: CaredFor,
    options: Pick<AgentOptions, 'sharesRuntime'>,
  ) {
    this.#tools = tools;
    this.#options = options;
    this.#own = own;
    this.#pods = pods;
  }

  start(signal: AbortSignal): void {
    const { clock } = this.#tools;
    const tasks: [number, string, () => Promise<void>][] = [
      [LOGS_MS, 'logs not rotated', () => this.rotateLogs()],
      [STORAGE_MS, 'storage not measured', () => this.checkStorage()],
      [GARBAGE_MS, 'garbage not collected', () => this.collect()],
    ];
    for (const [periodMs, failure, task] of tasks) {
      const run = () => void task().catch((error) => this.#tools.logger.warn(failure, { error }));
      const cancel = every(clock, periodMs, run);
      signal.addEventListener('abort', cancel, { once: true });
    }
  }

  /** Sets aside logs that are too large. */
  async rotateLogs(): Promise<void> {
    const { cache, runtime, clock } = this.#tools;
    const limits = { maxBytes: LOG_MAX_BYTES, maxFiles: LOG_MAX_FILES, now: clock.now() };
    for (const uid of cache.podUids()) {
      for (const { id, state, logPath } of cache.get(uid).containers) {
        if (state !== 'running' || !logPath) continue;
        const reopen = () => runtime.reopenContainerLog(id);
        await this.#try('log not rotated', () => this.#own.rotateLog(logPath, limits, reopen));
      }
    }
  }

  /** Fails pods that have written more than they may. */
  async checkStorage(): Promise<void> {
    const workers = [...this.#pods.workers()].filter(({ status }) => !isTerminal(status));
    const isMeasured = workers.some(({ pod }) => limitsStorage(pod));
    const usage = isMeasured ? await this.#tools.runtime.listContainerUsage() : [];
    const layers = new Map(usage.map((each) => [each.containerId, each.writableLayerBytes]));
    for (const worker of workers) {
      const { pod } = worker;
      const ending = storageExcess(pod, await this.#storageOf(pod, layers));
      if (!ending) continue;
      const { reason, message } = ending;
      this.#tools.events.record(pod, { type: 'Warning', reason, message });
      worker.end(ending);
    }
  }

  async #storageOf(pod: Pod, layers: ReadonlyMap<string, number>): Promise<StorageUsage> {
    const { files, cache } = this.#tools;
    const { uid } = pod.metadata;
    const volumes = new Map<string, number>();
    for (const name of measuredVolumes(pod)) volumes.set(name, await files.volumeUsage(uid, name));
    const containers = new Map<string, number>();
    for (const { id, name, logPath } of limitsStorage(pod) ? cache.get(uid).containers : []) {
      const bytes = (layers.get(id) ?? 0) + (logPath ? files.logUsage(logPath) : 0);
      containers.set(name, (containers.get(name) ?? 0) + bytes);
    }
    return { volumes, containers };
  }

  /** Removes sandboxes, files and images that nobody uses. */
  async collect(): Promise<void> {
    const { cache, runtime, files } = this.#tools;
    for (const uid of cache.podUids()) {
      for (const id of unusedSandboxes(cache.get(uid))) {
        await this.#try('sandbox not removed', () => runtime.removePodSandbox(id));
      }
    }
    for (const uid of files.podUids()) {
      const gone = !this.#pods.isKnown(uid) && cache.get(uid).sandboxes.length === 0;
      if (gone) await this.#try('files of a pod not removed', () => files.removePod(uid));
    }
    await this.#collectImages();
  }

  async #collectImages(): Promise<void> {
    const { cache, runtime, clock, logger } = this.#tools;
    const [images, disk] = await Promise.all([runtime.listImages(), this.#own.imageDisk()]);
    const { sharesRuntime: isShared = false } = this.#options;
    const runs = cache.podUids().flatMap((uid) => cache.get(uid).containers);
    const now = clock.now();
    const ours = namesOf(runs);
    this.#imageUses = noteUses(this.#imageUses, { images, inUse: ours, now });
    const inUse = isShared ? namesOf(await runtime.listContainers()) : ours;
    const uses = this.#imageUses;
    const removed = imagesToRemove({ images, inUse, uses, isShared, ...disk, now });
    for (const { id, repoTags } of removed) {
      logger.info('removing unused image', { id, repoTags });
      await this.#try('image not removed', () => runtime.removeImage(id));
    }
  }

  /** What fails for one of many is tried again the next time; the others have their turn now. */
  async #try(failure: string, task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#tools.logger.warn(failure, { error });
    }
  }
}

const namesOf = (containers: readonly { image: string; imageRef: string }[]): Set<string> =>
  new Set(containers.flatMap(({ image, imageRef }) => [image, imageRef]));

/** Sandboxes that were replaced, and hold nothing whose log could be asked for. */
export const unusedSandboxes = ({ sandboxes, containers }: PodRuntime): string[] =>
  sandboxes
    .slice(1)
    .filter(({ id, state }) => {
      return state === 'notReady' && !containers.some(({ sandboxId }) => sandboxId === id);
    })
    .map(({ id }) => id);
