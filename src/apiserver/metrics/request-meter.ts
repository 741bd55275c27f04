import type { Clock } from '../../base/clock.ts';
import type { Verb } from '../../machinery/api-request.ts';

/** What of a request is counted. */
export interface MeteredRequest {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Requests of one sort, with how many took how long. */
export interface RequestCount {
  readonly request: MeteredRequest;
  readonly code: number;
  /** For each bound of `DURATION_BOUNDS`, how many took no longer, but longer than the one before. */
  readonly buckets: number[];
  count: number;
  sumSeconds: number;
}

/** Upper bounds of the buckets of durations, in seconds. */
export const DURATION_BOUNDS = [
  0.001, 0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20,
  30, 45, 60,
];

/** Counts requests and their durations, and how many are under way. */
export class RequestMeter {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #counts = new Map<string, RequestCount>();
  #current = 0;
  #longRunning = 0;

  /** `max` is how many requests may be under way at once, not counting watches and streams. */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  get current(): number {
    return this.#current;
  }

  get longRunning(): number {
    return this.#longRunning;
  }

  get counts(): Iterable<RequestCount> {
    return this.#counts.values();
  }

  /** A request that begins; undefined when too many are under way already. */
  begin(request: MeteredRequest): Measurement | undefined {
    if (this.#current >= this.#max) return undefined;
    this.#current++;
    return new Measurement(this, request, this.#clock.monotonicMs());
  }

  /** A watch or a stream, which lasts. */
  beginLong(request: MeteredRequest): Measurement {
    this.#longRunning++;
    return new Measurement(this, request, undefined);
  }

  /** For `Measurement` alone. */
  end(request: MeteredRequest, startedMs: number | undefined, code: number): void {
    if (startedMs === undefined) this.#longRunning--;
    else this.#current--;
    const count = this.#countOf(request, code);
    count.count++;
    if (startedMs === undefined) return;
    const seconds = (this.#clock.monotonicMs() - startedMs) / 1000;
    count.sumSeconds += seconds;
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && seconds > DURATION_BOUNDS[bucket]!) bucket++;
    count.buckets[bucket]!++;
  }

  #countOf(request: MeteredRequest, code: number): RequestCount {
    const { verb, group, version, plural, subresource = '' } = request;
    const key = `${plural}/${subresource} ${verb} ${scopeOf(request)} ${code} ${group}/${version}`;
    let found = this.#counts.get(key);
    if (found === undefined) {
      const buckets = new Array<number>(DURATION_BOUNDS.length + 1).fill(0);
      found = { request, code, buckets, count: 0, sumSeconds: 0 };
      this.#counts.set(key, found);
    }
    return found;
  }
}

/** One request, from its beginning to its answer. */
export class Measurement {
  readonly #meter: RequestMeter;
  readonly #request: MeteredRequest;
  readonly #startedMs: number | undefined;
  #isOver = false;

  constructor(meter: RequestMeter, request: MeteredRequest, startedMs: number | undefined) {
    this.#meter = meter;
    this.#request = request;
    this.#startedMs = startedMs;
  }

  /** The request is answered, or was given up. Only the first call counts. */
  end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#meter.end(this.#request, this.#startedMs, code);
  }
}

/** What a request concerns: one object, those of a namespace, or all. */
export const scopeOf = ({
  name,
  namespace,
}: MeteredRequest): 'resource' | 'namespace' | 'cluster' => {
  if (name !== undefined) return 'resource';
  return namespace ? 'namespace' : 'cluster';
};
