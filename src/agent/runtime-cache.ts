import type { ContainerRuntime } from '../runtime/cri.ts';
import type {
  ContainerStatus,
  ContainerSummary,
  PodSandboxStatus,
  PodSandboxSummary,
} from '../runtime/cri-types.ts';
import type { PodFiles } from '../runtime/pod-files.ts';
import { NO_RUNTIME, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';
import { containerMarks, OWNER, POD_UID } from './spec/labels.ts';

/** The end of a log as a container's last words: these many bytes. */
const LAST_WORDS_MAX_BYTES = 4096;
const LOG_WORDS_MAX_BYTES = 2048;
const LOG_WORDS_MAX_LINES = 80;

type LogTail = (path: string, limits: { maxLines: number; maxBytes: number }) => Promise<string>;

export interface RuntimeCacheTools {
  readonly runtime: ContainerRuntime;
  readonly files: Pick<PodFiles, 'readStart'>;
  readonly logTail: LogTail;
}

/**
 * What the runtime was last seen to have, by pod. A list costs two calls for any number of pods;
 * details are asked for only where a list shows a change.
 */
export class RuntimeCache {
  readonly #runtime: ContainerRuntime;
  readonly #files: Pick<PodFiles, 'readStart'>;
  readonly #logTail: LogTail;
  readonly #mine: { readonly labels: Readonly<Record<string, string>> };
  readonly #onChange: (podUid: string) => void;
  readonly #pods = new Map<string, { runtime: PodRuntime; seen: string; ticket: number }>();
  #ticket = 0;

  /** Sees only what is marked as the owner's. */
  constructor(
    { runtime, files, logTail }: RuntimeCacheTools,
    owner: string,
    onChange: (podUid: string) => void,
  ) {
    this.#mine = { labels: { [OWNER]: owner } };
    this.#runtime = runtime;
    this.#files = files;
    this.#logTail = logTail;
    this.#onChange = onChange;
  }

  get(podUid: string): PodRuntime {
    return this.#pods.get(podUid)?.runtime ?? NO_RUNTIME;
  }

  /** Pods that the runtime has anything of. */
  podUids(): string[] {
    return [...this.#pods.keys()];
  }

  /** Looks at one pod. What it shows is no older than this call. */
  async refresh(podUid: string): Promise<void> {
    const ticket = ++this.#ticket;
    // Events tell of everybody's pods: those of others must not even be seen.
    const labels = { ...this.#mine.labels, [POD_UID]: podUid };
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandboxes({ labels }),
      this.#runtime.listContainers({ labels }),
    ]);
    await this.#take(podUid, sandboxes, containers, ticket);
  }

  /** Looks at all pods. */
  async relist(): Promise<void> {
    const ticket = ++this.#ticket;
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandboxes(this.#mine),
      this.#runtime.listContainers(this.#mine),
    ]);
    const sandboxesOf = Map.groupBy(sandboxes, ({ metadata }) => metadata.uid);
    const containersOf = Map.groupBy(containers, ({ labels }) => labels[POD_UID] ?? '');
    const uids = new Set([...this.#pods.keys(), ...sandboxesOf.keys(), ...containersOf.keys()]);
    uids.delete('');
    await Promise.all(
      Array.from(uids, (uid) =>
        this.#take(uid, sandboxesOf.get(uid) ?? [], containersOf.get(uid) ?? [], ticket),
      ),
    );
  }

  async #take(
    podUid: string,
    sandboxes: readonly PodSandboxSummary[],
    containers: readonly ContainerSummary[],
    ticket: number,
  ): Promise<void> {
    const seen = fingerprint(sandboxes, containers);
    const before = this.#pods.get(podUid);
    if (!this.#isNewer(podUid, ticket)) return;
    if (before?.seen === seen || (!before && seen === '')) {
      if (before) before.ticket = ticket;
      return;
    }
    const old = before?.runtime ?? NO_RUNTIME;
    const [sandboxStatuses, runs] = await Promise.all([
      Promise.all(sandboxes.map((sandbox) => this.#sandbox(sandbox, old))),
      Promise.all(containers.map((container) => this.#run(container, old))),
    ]);
    if (!this.#isNewer(podUid, ticket)) return; // Somebody looked later and was done before.
    const runtime: PodRuntime = {
      sandboxes: sandboxStatuses.filter((each) => each !== undefined).sort(newestFirst),
      containers: runs.filter((each) => each !== undefined).sort(newestFirst),
    };
    if (runtime.sandboxes.length + runtime.containers.length === 0) this.#pods.delete(podUid);
    else this.#pods.set(podUid, { runtime, seen, ticket });
    this.#onChange(podUid);
  }

  #isNewer(podUid: string, ticket: number): boolean {
    return ticket > (this.#pods.get(podUid)?.ticket ?? 0);
  }

  async #sandbox(
    summary: PodSandboxSummary,
    { sandboxes }: PodRuntime,
  ): Promise<PodSandboxStatus | undefined> {
    const known = sandboxes.find(({ id }) => id === summary.id);
    if (known?.state === summary.state) return known;
    return this.#runtime.podSandboxStatus(summary.id);
  }

  async #run(
    summary: ContainerSummary,
    { containers }: PodRuntime,
  ): Promise<RuntimeContainer | undefined> {
    const known = containers.find(({ id }) => id === summary.id);
    if (known?.state === summary.state) return known;
    const status = await this.#runtime.containerStatus(summary.id);
    return status && this.#runOf(status, summary.sandboxId);
  }

  async #runOf(status: ContainerStatus, sandboxId: string): Promise<RuntimeContainer | undefined> {
    const marks = containerMarks(status);
    if (!marks) return undefined;
    const words = status.state === 'exited' ? await this.#lastWords(status) : '';
    return {
      id: status.id,
      sandboxId,
      name: marks.name,
      state: status.state,
      createdAt: status.createdAt,
      startedAt: status.startedAt,
      finishedAt: status.finishedAt,
      exitCode: status.exitCode,
      reason: status.reason,
      message: words || status.message,
      restartCount: marks.restartCount,
      hash: marks.hash,
      image: status.image,
      imageRef: status.imageRef,
      logPath: status.logPath,
      ...(status.user && { user: status.user }),
      ...(status.resources && { resources: status.resources }),
    };
  }

  /** What a container wrote to its termination message file, or else to its log. */
  async #lastWords(status: ContainerStatus): Promise<string> {
    const { terminationMessagePath, fallsBackToLogs } = containerMarks(status)!;
    const mount = status.mounts.find((each) => each.containerPath === terminationMessagePath);
    const words = mount && this.#files.readStart(mount.hostPath, LAST_WORDS_MAX_BYTES);
    if (words || !fallsBackToLogs || status.exitCode === 0) return words ?? '';
    const limits = { maxLines: LOG_WORDS_MAX_LINES, maxBytes: LOG_WORDS_MAX_BYTES };
    return this.#logTail(status.logPath, limits);
  }
}

const newestFirst = (a: { createdAt: number }, b: { createdAt: number }): number =>
  b.createdAt - a.createdAt;

function fingerprint(
  sandboxes: readonly PodSandboxSummary[],
  containers: readonly ContainerSummary[],
): string {
  const parts = [...sandboxes, ...containers].map(({ id, state }) => `${id} ${state}`);
  return parts.sort().join('\n');
}
