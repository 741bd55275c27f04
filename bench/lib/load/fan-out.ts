import { cpuMsOf } from '../process-usage.ts';
import { percentile } from '../result.ts';
import { Connection, type RequestTemplate, requestBytes, type Target } from './connection.ts';
import { eachLine } from './lines.ts';

/** Watchers of one path, and one client that makes events for all of them. */
export interface FanOutJob {
  readonly type: 'fanOut';
  readonly target: Target;
  readonly watch: RequestTemplate;
  readonly watchers: number;
  /** Each makes one event; the event has the request's number in its `name`. */
  readonly request: RequestTemplate;
  readonly events: number;
  readonly pauseMs: number;
  readonly serverPid: number;
}

export interface FanOutReport {
  /** From the answer to the event, over all events and watchers. Early events count as 0. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server an event, with all its watchers, in microseconds. */
  readonly serverCpuUs: number;
}

const DELIVERY_MAX_MS = 10_000;

/** Runs the job. Rejects when events are missing, double or out of order. */
export async function runFanOut(job: FanOutJob): Promise<FanOutReport> {
  const { target, watchers, events, serverPid } = job;
  const arrivals: number[][] = Array.from({ length: watchers }, () => []);
  let missing = watchers * events;
  let finish = () => {};
  const delivered = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await Promise.all(
    arrivals.map((times) =>
      follow(job, (line) => {
        if (!line.includes(`"name":"item-${times.length}"`)) {
          throw new Error(`watch: expected item-${times.length}, got ${line.slice(0, 200)}`);
        }
        times.push(performance.now());
        if (--missing === 0) finish();
      }),
    ),
  );
  const poster = await Connection.open(target);
  const cpuBefore = cpuMsOf(serverPid);
  const answeredAt = await makeEvents(poster, job);
  await Promise.race([delivered, after(DELIVERY_MAX_MS), ...watching.map(({ failed }) => failed)]);
  const serverCpuMs = cpuMsOf(serverPid) - cpuBefore;
  for (const connection of [poster, ...watching]) connection.close();
  if (missing > 0) throw new Error(`watch: ${missing} of ${watchers * events} events are missing`);
  const delays = arrivals.flatMap((times) =>
    times.map((at, i) => Math.max(0, at - answeredAt[i]!)),
  );
  return {
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    serverCpuUs: (serverCpuMs * 1000) / events,
  };
}

/** Opens a watch. Its events are handed over as text, one at a time. */
async function follow(
  { target, watch }: Pick<FanOutJob, 'target' | 'watch'>,
  onEvent: (line: string) => void,
): Promise<Connection> {
  const connection = await Connection.open(target);
  connection.onBody = eachLine(onEvent);
  await connection.begin(requestBytes(watch, 0));
  return connection;
}

/** Makes the events, one after the other; resolves with when each was answered. */
async function makeEvents(poster: Connection, job: FanOutJob): Promise<number[]> {
  const answeredAt: number[] = [];
  for (let i = 0; i < job.events; i++) {
    await poster.send(requestBytes(job.request, i));
    answeredAt.push(performance.now());
    await after(job.pauseMs);
  }
  return answeredAt;
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
