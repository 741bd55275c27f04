import { leases } from '../api/generated/coordination/v1/resources.ts';
import type { Lease } from '../api/generated/coordination/v1/types.ts';
import { type Cancel, type Clock, toMicroTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { NewObject } from '../machinery/object.ts';
import { isStatusError, StatusError } from '../machinery/status.ts';
import type { Client } from './client.ts';
import type { EventRecorder } from './event-recorder.ts';

/** How long things take in an election, in milliseconds. */
export interface ElectionTiming {
  /** How long others wait for a leader that isn't heard of. */
  readonly leaseMs: number;
  /** A leader that can't renew its lease for so long stops; less than `leaseMs` by a margin. */
  readonly renewDeadlineMs: number;
  /** Between two attempts, to renew or to become leader. */
  readonly retryMs: number;
}

/** What Kubernetes' components choose. Clocks may run at rates that differ by up to a half. */
export const ELECTION_TIMING: ElectionTiming = {
  leaseMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
};

export interface ElectionTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly client: Client;
  readonly logger: Logger;
  /** Tells users who became leader, and who is no more. */
  readonly events?: EventRecorder;
}

export interface ElectionOptions {
  /** The Lease that is fought for. */
  readonly namespace: string;
  readonly name: string;
  /** Who this candidate is; no other may be called so, not even its own earlier life. */
  readonly identity: string;
  /** Ends the candidacy, and hands over the lease. */
  readonly signal: AbortSignal;
  readonly timing?: ElectionTiming;
}

/**
 * Stands for election until the signal aborts, and runs `lead` whenever it is won. The signal that
 * `lead` gets aborts when the lease is lost or may be: then it must write no more, and is run again
 * after the next victory. Resolves once the lease is handed over; rejects with what `lead` rejects.
 *
 * Two lead at a time only while one of them writes what it had begun to: a lease doesn't fence, so
 * writes carry preconditions. The times in a Lease are for people. Candidates count by clocks of
 * their own from when they saw it change, so clocks may differ, though not run at half the speed.
 */
export const runAsLeader = (
  tools: ElectionTools,
  options: ElectionOptions,
  lead: (signal: AbortSignal) => Promise<void> | void,
): Promise<void> => new Election(tools, options, lead).run();

class Election {
  readonly #tools: ElectionTools;
  readonly #options: ElectionOptions;
  readonly #timing: ElectionTiming;
  readonly #work: (signal: AbortSignal) => Promise<void> | void;
  /** The lease as it was last seen, and since when it has been like that. */
  #seen: { readonly lease: Lease; readonly sinceMs: number } | undefined;
  /** When the attempt began that renewed the lease last. */
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(
    tools: ElectionTools,
    options: ElectionOptions,
    lead: (signal: AbortSignal) => Promise<void> | void,
  ) {
    this.#tools = tools;
    this.#options = options;
    this.#timing = options.timing ?? ELECTION_TIMING;
    this.#work = lead;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      if (await this.#try(signal)) await this.#lead();
      else await this.#pause(signal);
    }
  }

  /** Leads until the lease is lost, or the candidacy ends. */
  async #lead(): Promise<void> {
    const { signal } = this.#options;
    const led = new AbortController();
    const end = () => led.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.#tell('became leader');
    try {
      await Promise.all([this.#runWork(led), this.#keep(led)]);
    } finally {
      signal.removeEventListener('abort', end);
      this.#tell('stopped leading');
      // A lease that was lost isn't ours to give away.
      if (this.#remainingMs() > 0) await this.#handOver();
    }
  }

  /** Does what the leader is there for. Ends the leadership when that fails. */
  async #runWork(led: AbortController): Promise<void> {
    try {
      if (!led.signal.aborted) await this.#work(led.signal);
    } catch (error) {
      led.abort(error);
      throw error;
    }
  }

  /** Renews the lease, and aborts when that hasn't been possible for too long. */
  async #keep(led: AbortController): Promise<void> {
    const { clock } = this.#tools;
    const isLost = () => new StatusError('Timeout', 'the lease could not be renewed in time');
    const arm = (): Cancel => clock.after(this.#remainingMs(), () => led.abort(isLost()));
    let disarm = arm();
    while (!led.signal.aborted) {
      await this.#pause(led.signal);
      if (led.signal.aborted) break;
      const isRenewed = await this.#try(led.signal);
      if (isRenewed) {
        disarm();
        disarm = arm();
      } else if (this.#isHeldByAnother()) {
        this.#renewedMs = Number.NEGATIVE_INFINITY;
        led.abort(new StatusError('Conflict', 'another has the lease'));
      }
    }
    disarm();
  }

  /** How long we may lead without another word from the server. */
  #remainingMs(): number {
    const untilMs = this.#renewedMs + this.#timing.renewDeadlineMs;
    return Math.max(0, untilMs - this.#tools.clock.monotonicMs());
  }

  /** Tries once to get or to renew the lease, for as long as a renewal is worth something. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { logger, clock } = this.#tools;
    const beganMs = clock.monotonicMs();
    try {
      const isOurs = await within(clock, this.#timing.renewDeadlineMs, signal, (inTime) =>
        this.#attempt(inTime),
      );
      if (isOurs) this.#renewedMs = beganMs;
      return isOurs && this.#remainingMs() > 0;
    } catch (error) {
      const { name } = this.#options;
      if (!signal.aborted) logger.debug('no word of the lease, trying again', { name, error });
      return false;
    }
  }

  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { client } = this.#tools;
    const { namespace, name } = this.#options;
    const found = await this.#find(signal);
    signal.throwIfAborted(); // Whoever gave up waiting for us doesn't expect a write any more.
    if (found) this.#see(found);
    if (found && this.#isHeldByAnother()) return false;
    const spec = this.#ownSpec(found);
    const metadata = { namespace, name };
    const type = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;
    const made: NewObject<Lease> = { ...type, metadata, spec };
    const written = found
      ? await client.update(leases, { ...found, spec }, { signal })
      : await client.create(leases, made, { signal });
    this.#see(written);
    return true;
  }

  async #find(signal: AbortSignal): Promise<Lease | undefined> {
    const { namespace, name } = this.#options;
    try {
      return await this.#tools.client.get(leases, { namespace, name }, { signal });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  #see(lease: Lease): void {
    const { metadata } = lease;
    const before = this.#seen?.lease.metadata;
    const isSame =
      before?.uid === metadata.uid && before.resourceVersion === metadata.resourceVersion;
    if (!isSame) this.#seen = { lease, sinceMs: this.#tools.clock.monotonicMs() };
  }

  #isHeldByAnother(): boolean {
    if (!this.#seen) return false;
    const { lease, sinceMs } = this.#seen;
    const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec;
    if (!holderIdentity || holderIdentity === this.#options.identity) return false;
    return this.#tools.clock.monotonicMs() < sinceMs + leaseDurationSeconds * 1000;
  }

  #ownSpec(before: Lease | undefined): Lease['spec'] {
    const { identity } = this.#options;
    const renewTime = toMicroTime(this.#tools.clock.now());
    const { holderIdentity, acquireTime, leaseTransitions = 0 } = before?.spec ?? {};
    const isSame = holderIdentity === identity;
    return {
      ...before?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#timing.leaseMs / 1000),
      acquireTime: (isSame && acquireTime) || renewTime,
      renewTime,
      leaseTransitions: isSame || !before ? leaseTransitions : leaseTransitions + 1,
    };
  }

  /** Lets the next one in without waiting. */
  async #handOver(): Promise<void> {
    const { clock, client, logger } = this.#tools;
    const lease = this.#seen?.lease;
    if (lease?.spec.holderIdentity !== this.#options.identity) return;
    const renewTime = toMicroTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
    const { signal } = new AbortController();
    try {
      const { renewDeadlineMs } = this.#timing;
      const write = (inTime: AbortSignal) =>
        client.update(leases, { ...lease, spec }, { signal: inTime });
      this.#see(await within(clock, renewDeadlineMs, signal, write));
    } catch (error) {
      logger.debug('the lease was not handed over and will run out', { error });
    }
    this.#renewedMs = Number.NEGATIVE_INFINITY;
  }

  /** Until the next attempt, or until the signal aborts. Spread, so that not all come at once. */
  #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#tools;
    const delayMs = this.#timing.retryMs * (1 + random.float() / 5);
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = clock.after(delayMs, end);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }

  #tell(what: string): void {
    const { logger, events } = this.#tools;
    const { identity, name } = this.#options;
    logger.info(`${identity} ${what}`, { lease: name });
    const lease = this.#seen?.lease;
    const message = `${identity} ${what}`;
    if (lease) events?.record(lease, { type: 'Normal', reason: 'LeaderElection', message });
  }
}

/**
 * Rejects when the task takes too long or the signal aborts, whatever becomes of the task: it may
 * hang on a connection from which nothing comes.
 */
async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  task: (inTime: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const give = () => late.abort(signal.reason);
  late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
  signal.addEventListener('abort', give, { once: true });
  if (signal.aborted) give();
  const cancel = clock.after(ms, () => late.abort(new StatusError('Timeout', 'no answer in time')));
  try {
    return await Promise.race([task(late.signal), promise]);
  } finally {
    cancel();
    signal.removeEventListener('abort', give);
  }
}
