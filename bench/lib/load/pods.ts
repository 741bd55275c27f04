import { cpuMsOf } from '../process-usage.ts';
import { percentile } from '../result.ts';
import { Connection, type RequestTemplate, requestBytes, type Target } from './connection.ts';
import { eachLine } from './lines.ts';

/** How far pods have come. */
export type Milestone = 'bound' | 'ready';

/** Makes pods and waits until all have come so far. */
export interface PodsJob {
  readonly type: 'pods';
  readonly target: Target;
  /** Watches the pods. */
  readonly watch: RequestTemplate;
  /** Makes a pod, whose name is `item-` and the request's number. */
  readonly request: RequestTemplate;
  readonly until: Milestone;
  readonly count: number;
  /** The number of the first pod. */
  readonly from?: number;
  readonly clients: number;
  readonly serverPid: number;
  readonly timeoutMs: number;
}

export interface PodsReport {
  /** From the first request to the event that says so of the last pod. */
  readonly lastMs: number;
  readonly createdPerSecond: number;
  /** From a pod's request to the event that says so of it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
}

interface WatchedPod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

const HAS_REACHED: Readonly<Record<Milestone, (pod: WatchedPod) => boolean>> = {
  bound: ({ spec }) => Boolean(spec.nodeName),
  ready: ({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
};

/** Runs the job. Rejects when pods are left that haven't come so far. */
export async function runPods(job: PodsJob): Promise<PodsReport> {
  const { target, watch, until, count, serverPid, timeoutMs } = job;
  const sentAt = new Map<string, number>();
  const reachedAt = new Map<string, number>();
  let finish = () => {};
  const allReached = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await Connection.open(target);
  watching.onBody = eachLine((line) => {
    const at = performance.now();
    const pod = JSON.parse(line).object as WatchedPod;
    const { name } = pod.metadata;
    if (!sentAt.has(name) || reachedAt.has(name) || !HAS_REACHED[until](pod)) return;
    reachedAt.set(name, at);
    if (reachedAt.size === count) finish();
  });
  await watching.begin(requestBytes(watch, 0));
  const cpuBefore = cpuMsOf(serverPid);
  const startedAt = performance.now();
  await create(job, sentAt);
  const createSeconds = (performance.now() - startedAt) / 1000;
  const timer = setTimeout(() => finish(), timeoutMs);
  await Promise.race([allReached, watching.failed]);
  clearTimeout(timer);
  const serverCpuMs = cpuMsOf(serverPid) - cpuBefore;
  watching.close();
  if (reachedAt.size < count) throw new Error(`only ${reachedAt.size} of ${count} are ${until}`);
  const delays = [...reachedAt].map(([name, at]) => at - sentAt.get(name)!);
  return {
    lastMs: Math.max(...reachedAt.values()) - startedAt,
    createdPerSecond: count / createSeconds,
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    serverCpuUs: (serverCpuMs * 1000) / count,
  };
}

async function create(
  { target, request, count, clients, from = 0 }: PodsJob,
  sentAt: Map<string, number>,
): Promise<void> {
  const opened = Array.from({ length: Math.min(clients, count) }, () => Connection.open(target));
  let next = 0;
  const worker = async (connection: Connection) => {
    while (next < count) {
      const i = from + next++;
      sentAt.set(`item-${i}`, performance.now());
      await connection.send(requestBytes(request, i));
    }
    connection.close();
  };
  await Promise.all((await Promise.all(opened)).map(worker));
}
