import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod, PodCondition, PodStatus } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import { isEqual } from '../machinery/equal.ts';
import { isStatusError } from '../machinery/status.ts';
import { OWN_CONDITIONS } from './pod-conditions.ts';

interface Entry {
  readonly pod: Pod;
  wanted: PodStatus;
  /** What the API server was last told, or had. */
  written: PodStatus | undefined;
  writing: boolean;
  /** How long to wait after the next failure: it doubles with each in a row. */
  retryMs: number;
  settled: (() => void)[];
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const WRITES_MAX = 16;

/**
 * Brings pods' statuses to the API server: at once, one write at a time per pod, always the
 * newest. A status that fails to arrive is sent again.
 */
export class StatusWriter {
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new Set<Entry>();
  #writes = 0;

  constructor(clock: Clock, client: Client, logger: Logger) {
    this.#clock = clock;
    this.#client = client;
    this.#logger = logger;
  }

  /** Says what a pod's status is now. */
  report(pod: Pod, status: PodStatus): void {
    const { uid } = pod.metadata;
    let entry = this.#entries.get(uid);
    if (!entry) {
      const retryMs = RETRY_FIRST_MS;
      entry = { pod, wanted: status, written: pod.status, writing: false, retryMs, settled: [] };
      this.#entries.set(uid, entry);
    }
    entry.wanted = status;
    this.#add(entry);
  }

  /** Resolves once the API server has the newest status of a pod, or no longer wants it. */
  settled(podUid: string): Promise<void> {
    const entry = this.#entries.get(podUid);
    if (!entry || (!entry.writing && !this.#queue.has(entry))) return Promise.resolve();
    return new Promise((resolve) => entry.settled.push(resolve));
  }

  forget(podUid: string): void {
    const entry = this.#entries.get(podUid);
    if (!entry) return;
    this.#entries.delete(podUid);
    this.#settle(entry);
  }

  #add(entry: Entry): void {
    if (!entry.writing && isEqual(entry.wanted, entry.written)) return this.#settle(entry);
    this.#queue.add(entry);
    this.#pump();
  }

  #pump(): void {
    for (const entry of this.#queue) {
      if (this.#writes >= WRITES_MAX) return;
      if (entry.writing) continue;
      this.#queue.delete(entry);
      void this.#write(entry);
    }
  }

  async #write(entry: Entry): Promise<void> {
    const { metadata } = entry.pod;
    const status = entry.wanted;
    entry.writing = true;
    this.#writes++;
    let retry = false;
    try {
      // The UID keeps a later pod of the same name from getting this one's status.
      const body = { metadata: { uid: metadata.uid }, status: patchOf(status, entry.written) };
      const patch = { type: 'strategic', body } as const;
      await this.#client.patch(pods, metadata, patch, { subresource: 'status' });
      entry.written = status;
      entry.retryMs = RETRY_FIRST_MS;
    } catch (error) {
      if (isStatusError(error, 'NotFound', 'Conflict')) this.forget(metadata.uid);
      else retry = true;
      this.#logger.warn('status not written', { pod: metadata.name, retry, error });
    } finally {
      entry.writing = false;
      this.#writes--;
    }
    const kept = this.#entries.get(metadata.uid) === entry;
    if (retry && kept) {
      this.#clock.after(entry.retryMs, () => this.#add(entry));
      entry.retryMs = Math.min(entry.retryMs * 2, RETRY_MAX_MS);
    } else if (kept) this.#add(entry);
    this.#pump();
  }

  #settle(entry: Entry): void {
    for (const resolve of entry.settled.splice(0)) resolve();
  }
}

/** What differs, as a strategic merge patch: what is no longer there has to be said. */
export function patchOf(next: PodStatus, before: PodStatus = {}): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(next)) {
    const old = before[field as keyof PodStatus];
    if (!isEqual(value, old)) patch[field] = patched(field, value, old);
  }
  for (const field of Object.keys(before)) {
    if (!(field in next) && !OF_OTHERS.has(field)) patch[field] = null;
  }
  return patch;
}

function patched(field: string, value: unknown, old: unknown): unknown {
  if (field === 'podIPs' || field === 'hostIPs') return [{ $patch: 'replace' }, ...(value as [])];
  if (field !== 'conditions') return value;
  // Conditions are merged one by one, field by field: those of others stay as they are.
  const [now, then] = [value, old ?? []] as [PodCondition[], PodCondition[]];
  return now
    .filter(({ type }) => OWN_CONDITIONS.includes(type))
    .filter((condition) => !then.some((each) => isEqual(each, condition)))
    .map((condition) => ({ reason: null, message: null, ...condition }));
}

/** Written by others than the node agent. */
const OF_OTHERS = new Set([
  'nominatedNodeName',
  'resourceClaimStatuses',
  'extendedResourceClaimStatus',
  'resize',
]);
