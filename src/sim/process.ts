import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { ApiRequest } from '../machinery/api-request.ts';
import type { Connected, FaultyTransport } from './faulty-transport.ts';
import { ProcessClock } from './process-clock.ts';

/** What a process is told about the world when it starts. */
export interface ProcessTools {
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the process from within: it is to be crashed as any other. */
  readonly crash: () => void;
  /** Whether another does its work by now, of which it doesn't know. */
  readonly isDeposed: () => boolean;
  /** Told of writes that arrive though the process is dead, or isn't the one that should write. */
  readonly haunt: (request: ApiRequest) => void;
}

/** One life of a component, from its start to its crash. */
export class Process implements Connected {
  readonly name: string;
  readonly random: Random;
  readonly clock: ProcessClock;
  readonly #tools: ProcessTools;
  readonly #stop = new AbortController();
  readonly #transports: FaultyTransport[] = [];
  #partitionedUntilMs = 0;

  constructor(name: string, tools: ProcessTools) {
    this.name = name;
    this.#tools = tools;
    this.random = tools.random;
    this.clock = new ProcessClock(tools.clock);
  }

  /** Aborts when it dies. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isDeposed(): boolean {
    return this.#tools.isDeposed();
  }

  get frozenForMs(): number {
    return this.clock.frozenForMs;
  }

  /** Whether it stands still, or woke up so shortly ago that it may not know yet. */
  isDrowsy(withinMs: number): boolean {
    const { frozenUntilMs } = this.clock;
    return frozenUntilMs > 0 && this.#tools.clock.monotonicMs() - frozenUntilMs < withinMs;
  }

  get partitionedForMs(): number {
    return Math.max(0, this.#partitionedUntilMs - this.#tools.clock.monotonicMs());
  }

  /** The connection breaks when the process ends. */
  connect(transport: FaultyTransport): void {
    this.#transports.push(transport);
  }

  partition(forMs: number): void {
    this.#partitionedUntilMs = this.#tools.clock.monotonicMs() + forMs;
  }

  /** The network is whole, and the clock right. */
  mend(): void {
    this.#partitionedUntilMs = 0;
    this.clock.mend();
  }

  crash(): void {
    this.#tools.crash();
  }

  haunt(request: ApiRequest): void {
    this.#tools.haunt(request);
  }

  /** Nothing of it is heard of again. */
  end(): void {
    for (const transport of this.#transports) transport.cut();
    this.#stop.abort();
  }
}
