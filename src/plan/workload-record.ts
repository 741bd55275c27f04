import type { Pod } from '../api/generated/core/v1/types.ts';
import type { Workload } from './owners.ts';
import type { Level } from './report.ts';

/** What became of one pod. */
export class PodRecord {
  readonly name: string;
  /** Undefined of one that was there before. */
  readonly createdAtMs: number | undefined;
  pod: Pod;
  isReady = false;
  /** When it first was ready; undefined of one that was so before, or never. */
  readyAtMs: number | undefined;
  /** When it was asked to end. */
  stoppedAtMs: number | undefined;
  /** When all its containers had ended by themselves; undefined of one that had before, too. */
  endedAtMs: number | undefined;
  isGone = false;
  /** Whether it was on its way out before. */
  readonly wasStopping: boolean;
  readonly #hadEnded: boolean;

  constructor(pod: Pod, createdAtMs: number | undefined) {
    this.name = pod.metadata.name;
    this.createdAtMs = createdAtMs;
    this.pod = pod;
    this.wasStopping = pod.metadata.deletionTimestamp !== undefined;
    if (this.wasStopping) this.stoppedAtMs = 0;
    this.#hadEnded = hasEnded(pod);
  }

  /** Takes note of its state at a moment. */
  take(pod: Pod, { atMs, isReady }: { readonly atMs: number; readonly isReady: boolean }): void {
    this.pod = pod;
    this.isReady = isReady;
    if (isReady) this.readyAtMs ??= atMs;
    if (hasEnded(pod) && !this.#hadEnded) this.endedAtMs ??= atMs;
    if (pod.metadata.deletionTimestamp !== undefined) this.stoppedAtMs ??= atMs;
  }

  /** Whether it leaves because somebody took its place, and who: the text of its condition. */
  get disruption(): string | undefined {
    const found = this.pod.status.conditions?.find(
      ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
    );
    return found && `${found.reason}: ${found.message}`;
  }
}

const hasEnded = ({ status }: Pod): boolean =>
  status.phase === 'Succeeded' || status.phase === 'Failed';

/** What became of the pods of one workload. */
export class WorkloadRecord {
  readonly workload: Workload;
  readonly pods = new Map<string, PodRecord>();
  readonly levels: Level[] = [];
  #ready = 0;

  constructor(workload: Workload) {
    this.workload = workload;
  }

  /** What was so far is what was before. */
  beginHere(): void {
    this.levels.splice(0, this.levels.length, { atMs: 0, ready: this.#ready });
  }

  /** How many pods are ready now. */
  get ready(): number {
    return this.#ready;
  }

  take(
    record: PodRecord,
    pod: Pod,
    now: { readonly atMs: number; readonly isReady: boolean },
  ): void {
    this.pods.set(pod.metadata.uid, record);
    const before = record.isReady;
    record.take(pod, now);
    this.#level(Number(now.isReady) - Number(before), now.atMs);
  }

  gone(uid: string, atMs: number): void {
    const record = this.pods.get(uid);
    if (!record || record.isGone) return;
    record.isGone = true;
    record.stoppedAtMs ??= atMs;
    const wasReady = record.isReady;
    record.isReady = false;
    this.#level(-Number(wasReady), atMs);
  }

  #level(change: number, atMs: number): void {
    this.#ready += change;
    if (this.levels.length === 0) this.levels.push({ atMs: 0, ready: 0 });
    if (change !== 0) this.levels.push({ atMs, ready: this.#ready });
  }
}
