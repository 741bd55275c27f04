import { type Cancel, type Clock, sleep } from '../base/clock.ts';
import { type Random, randomInt } from '../base/random.ts';
import type { Transport } from '../client/client.ts';
import type { ApiAnswer, ApiRequest, WatchEvent, WatchSink } from '../machinery/api-request.ts';
import { expired, StatusError } from '../machinery/status.ts';
import type { FaultRates } from './faults.ts';

const LATE_MAX_MS = 5000;
/** How long a caller waits for an answer that doesn't come. */
const GIVE_UP_MS = 10_000;

/** What a transport is told about the world: the rates may change while it is in use. */
export interface FaultyTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: () => FaultRates;
  /** Told of every call. */
  readonly called: (request: ApiRequest) => void;
  /** What else can happen to the process at this end; nothing unless said. */
  readonly process?: Connected;
}

/** A process, as far as its connections are concerned. */
export interface Connected {
  /** For how long yet it stands still. */
  readonly frozenForMs: number;
  /** For how long yet nothing gets through to it or from it. */
  readonly partitionedForMs: number;
  /** Whether another does its work by now, of which it doesn't know. */
  readonly isDeposed: boolean;
  crash(): void;
  /** Told of writes that arrive though the process is dead. */
  haunt(request: ApiRequest): void;
}

/** A way to the API on which things go wrong. */
export class FaultyTransport implements Transport {
  readonly #inner: Transport;
  readonly #tools: FaultyTools;
  /** Resources whose revisions are forgotten until they are listed again. */
  readonly #forgotten = new Set<string>();
  #isCut = false;

  constructor(inner: Transport, tools: FaultyTools) {
    this.#inner = inner;
    this.#tools = tools;
  }

  /** The process at this end is dead: nothing goes out any more, and nothing comes in. */
  cut(): void {
    this.#isCut = true;
  }

  async send(request: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer> {
    const { random, rates, called } = this.#tools;
    await this.#delay();
    called(request);
    if (this.#isCut) return this.#haunt(request);
    // Two who undo each other's work without delay would do so for ever within one moment.
    const isRival = this.#tools.process?.isDeposed && request.plural !== 'leases';
    if (isRival) await sleep(this.#tools.clock, 1);
    await this.#crossGap();
    if (request.verb === 'list') this.#forgotten.delete(addressOf(request));
    const fault = drawFault(random, rates(), request.verb);
    if (fault === 'late') this.#sendLater(request);
    const isDone = fault === undefined || isDoneAnyway(fault, random);
    if (!isDone) throw this.#fail(fault);
    const answer = await this.#settled(this.#inner.send(request, signal));
    if (fault === 'crash') this.#tools.process?.crash();
    if (this.#isCut) return never();
    if (fault === undefined) return answer;
    throw this.#fail(fault);
  }

  #fail(fault: Fault): StatusError {
    if (fault === 'crash') this.#tools.process?.crash();
    const retryAfterSeconds = 1 + randomInt(this.#tools.random, 4);
    switch (fault) {
      case 'refused':
        return new StatusError('ServiceUnavailable', 'simulated: refused');
      case 'throttled':
        return new StatusError('TooManyRequests', 'simulated: throttled', { retryAfterSeconds });
      case 'failed':
        return new StatusError('InternalError', 'simulated: failed');
      case 'conflict':
        return new StatusError('Conflict', 'simulated: conflict');
      default:
        return noAnswer();
    }
  }

  /** Nothing gets through while the network is cut: who waits for an answer gives up. */
  async #crossGap(): Promise<void> {
    if ((this.#tools.process?.partitionedForMs ?? 0) === 0) return;
    await sleep(this.#tools.clock, GIVE_UP_MS);
    throw noAnswer();
  }

  /** Some of what the dead had sent arrives yet. */
  #haunt(request: ApiRequest): Promise<never> {
    const { random, rates, process } = this.#tools;
    const isRead = request.verb === 'get' || request.verb === 'list';
    if (process && !isRead && random.float() < rates().ghost) {
      process.haunt(request);
      this.#inner.send(request).catch(() => {}); // Nobody is there to hear.
    }
    return never();
  }

  watch(request: ApiRequest, sink: WatchSink): Cancel {
    this.#tools.called(request);
    const address = addressOf(request);
    const watch = new FaultyWatch(this.#tools, sink, {
      isCut: () => this.#isCut,
      forget: () => this.#forgotten.add(address),
    });
    return this.#forgotten.has(address) ? watch.refuse() : watch.begin(this.#inner, request);
  }

  /** The answer, some time after it was given. */
  async #settled(answer: Promise<ApiAnswer>): Promise<ApiAnswer> {
    const [result] = await Promise.allSettled([answer]);
    await this.#delay();
    await this.#crossGap();
    const { clock, process } = this.#tools;
    const frozenMs = process?.frozenForMs ?? 0;
    if (frozenMs > 0) await sleep(clock, frozenMs);
    if (this.#isCut) return never();
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  #sendLater(request: ApiRequest): void {
    const { clock, random } = this.#tools;
    clock.after(randomInt(random, LATE_MAX_MS), () => {
      if (this.#isCut) void this.#haunt(request);
      else this.#inner.send(request).catch(() => {}); // Nobody waits for it.
    });
  }

  async #delay(): Promise<void> {
    const { clock, random, rates } = this.#tools;
    const { latencyMaxMs, slow, slowMaxMs } = rates();
    const isSlow = slow > 0 && random.float() < slow;
    const maxMs = isSlow ? slowMaxMs : latencyMaxMs;
    if (maxMs > 0) await sleep(clock, randomInt(random, maxMs));
  }
}

/** Which objects a list or a watch is about. */
const addressOf = ({ group, plural, namespace = '', options }: ApiRequest): string =>
  [group, plural, namespace, options.fieldSelector, options.labelSelector].join('/');

const READ_FAULTS = ['crash', 'refused', 'throttled', 'failed', 'lostReply'] as const;
const CREATE_FAULTS = [...READ_FAULTS, 'lostRequest', 'late'] as const;
const WRITE_FAULTS = [...CREATE_FAULTS, 'conflict'] as const;

type Fault = (typeof WRITE_FAULTS)[number];

/** Whether a call that goes wrong is carried out: of some faults half are. */
const isDoneAnyway = (fault: Fault, random: Random): boolean =>
  fault === 'lostReply' || ((fault === 'failed' || fault === 'crash') && random.float() < 0.5);

function faultsOf(verb: ApiRequest['verb']): readonly Fault[] {
  if (verb === 'get' || verb === 'list') return READ_FAULTS;
  return verb === 'create' ? CREATE_FAULTS : WRITE_FAULTS;
}

function drawFault(random: Random, rates: FaultRates, verb: ApiRequest['verb']): Fault | undefined {
  const names = faultsOf(verb);
  if (names.every((name) => rates[name] === 0)) return undefined;
  let left = random.float();
  for (const name of names) {
    left -= rates[name];
    if (left < 0) return name;
  }
  return undefined;
}

const noAnswer = (): StatusError => new StatusError('Timeout', 'simulated: no answer');

const never = <T>(): Promise<T> => new Promise(() => {});

const tooOld = (): StatusError => expired('simulated: too old resource version');

/** What a watch has to do with the transport that it is of. */
interface WatchEnds {
  readonly isCut: () => boolean;
  /** Whoever comes back to these objects has to list them first. */
  readonly forget: () => void;
}

/** One watch: its events come late, or not for a long time, and it breaks. Their order stays. */
class FaultyWatch {
  readonly #tools: FaultyTools;
  readonly #sink: WatchSink;
  readonly #ends: WatchEnds;
  #isOver = false;
  #isDead = false;
  #cancelInner: Cancel = () => {};
  #cancelBreak: Cancel = () => {};
  #cancelStall: Cancel = () => {};
  /** Nothing is delivered before this time, nor before what came earlier. */
  #notBeforeMs = 0;
  #pending = 0;

  constructor(tools: FaultyTools, sink: WatchSink, ends: WatchEnds) {
    this.#tools = tools;
    this.#sink = sink;
    this.#ends = ends;
  }

  /** The server has forgotten what the watch wants to begin with. */
  refuse(): Cancel {
    this.#cancelBreak = this.#tools.clock.after(1, () => this.#end(tooOld()));
    return () => this.#stop();
  }

  begin(inner: Transport, request: ApiRequest): Cancel {
    this.#cancelInner = inner.watch(request, {
      next: (event) => this.#deliver(event),
      end: (error) => this.#later(() => this.#end(error)),
    });
    this.#scheduleBreak();
    this.#scheduleStall();
    return () => this.#stop();
  }

  #stop(): void {
    this.#isOver = true;
    for (const cancel of [this.#cancelInner, this.#cancelBreak, this.#cancelStall]) cancel();
  }

  #end(error: StatusError | undefined): void {
    this.#stop();
    this.#sink.end(error);
  }

  #deliver(event: WatchEvent): void {
    this.#later(() => this.#sink.next(event));
  }

  /** Does it when it is due, in order, unless the watch is over by then. */
  #later(task: () => void): void {
    const { clock, random, rates } = this.#tools;
    const { watchDelayMaxMs } = rates();
    const nowMs = clock.monotonicMs();
    const delayMs = watchDelayMaxMs > 0 ? randomInt(random, watchDelayMaxMs) : 0;
    const { frozenForMs = 0, partitionedForMs = 0 } = this.#tools.process ?? {};
    const reachedMs = nowMs + Math.max(delayMs, frozenForMs, partitionedForMs);
    const dueMs = Math.max(reachedMs, this.#notBeforeMs);
    this.#notBeforeMs = dueMs;
    const run = () => {
      if (!this.#isOver && !this.#isDead && !this.#ends.isCut()) task();
    };
    if (dueMs <= nowMs && this.#pending === 0) return run();
    this.#pending++;
    clock.after(dueMs - nowMs, () => {
      this.#pending--;
      run();
    });
  }

  #scheduleBreak(): void {
    const { clock, random, rates } = this.#tools;
    const { watchLifeMaxMs, watchExpired } = rates();
    if (watchLifeMaxMs === 0) return;
    const isForgotten = random.float() < watchExpired;
    this.#cancelBreak = clock.after(1 + randomInt(random, watchLifeMaxMs), () => {
      if (rates().watchLifeMaxMs === 0 || this.#isOver || this.#isDead) return;
      if (this.#ends.isCut()) return;
      if (isForgotten) this.#ends.forget();
      this.#end(isForgotten ? tooOld() : undefined);
    });
  }

  #scheduleStall(): void {
    const { clock, random, rates } = this.#tools;
    const { watchStall, stallMaxMs, watchDead } = rates();
    if (watchDead > 0 && random.float() < watchDead) {
      this.#cancelStall = clock.after(randomInt(random, 120_000), () => {
        this.#isDead = rates().watchDead > 0;
      });
      return;
    }
    if (watchStall === 0 || random.float() >= watchStall) return;
    const forMs = randomInt(random, stallMaxMs);
    this.#cancelStall = clock.after(randomInt(random, 60_000), () => {
      if (rates().watchStall === 0) return;
      this.#notBeforeMs = Math.max(this.#notBeforeMs, clock.monotonicMs() + forMs);
    });
  }
}
