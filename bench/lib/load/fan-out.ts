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
  /** From the request to the event: whoever sends the events first gains nothing here. */
  readonly fromRequestP50Ms: number;
  readonly fromRequestP99Ms: number;
  /** From the request to its answer, which whoever sends the events first delays. */
  readonly answerP50Ms: number;
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
  const made = await makeEvents(poster, job);
  await Promise.race([delivered, after(DELIVERY_MAX_MS), ...watching.map(({ failed }) => failed)]);
  const serverCpuMs = cpuMsOf(serverPid) - cpuBefore;
  for (const connection of [poster, ...watching]) connection.close();
  if (missing > 0) throw new Error(`watch: ${missing} of ${watchers * events} events are missing`);
  const since = (moment: keyof Made) =>
    arrivals.flatMap((times) => times.map((at, i) => Math.max(0, at - made[i]![moment])));
  const delays = since('answeredAt');
  const fromRequest = since('sentAt');
  const answers = made.map(({ sentAt, answeredAt }) => answeredAt - sentAt);
  return {
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    fromRequestP50Ms: percentile(fromRequest, 0.5),
    fromRequestP99Ms: percentile(fromRequest, 0.99),
    answerP50Ms: percentile(answers, 0.5),
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

/** When an event was asked for, and when that was answered. */
interface Made {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Makes the events, one after the other. */
async function makeEvents(poster: Connection, job: FanOutJob): Promise<Made[]> {
  const made: Made[] = [];
  for (let i = 0; i < job.events; i++) {
    const request = requestBytes(job.request, i);
    const sentAt = performance.now();
    await poster.send(request);
    made.push({ sentAt, answeredAt: performance.now() });
    await after(job.pauseMs);
  }
  return made;
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
