import { cpuMsOf } from '../process-usage.ts';
import { percentile } from '../result.ts';
import { Connection, type RequestTemplate, requestBytes, type Target } from './connection.ts';
import { eachLine } from './lines.ts';

/** Makes pods and waits until each has a node. */
export interface BindingsJob {
  readonly type: 'bindings';
  readonly target: Target;
  /** Watches the pods. */
  readonly watch: RequestTemplate;
  /** Makes a pod. */
  readonly request: RequestTemplate;
  readonly count: number;
  readonly clients: number;
  readonly serverPid: number;
  readonly timeoutMs: number;
}

export interface BindingsReport {
  /** From the first create to the last binding. */
  readonly perSecond: number;
  readonly createdPerSecond: number;
  /** From the request to the event that says where the pod is to run. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
}

/** Runs the job. Rejects when pods are left without a node. */
export async function runBindings(job: BindingsJob): Promise<BindingsReport> {
  const { target, watch, count, serverPid, timeoutMs } = job;
  const sentAt = new Map<string, number>();
  const boundAt = new Map<string, number>();
  let finish = () => {};
  const allBound = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await Connection.open(target);
  watching.onBody = eachLine((line) => {
    const at = performance.now();
    const { metadata, spec } = JSON.parse(line).object;
    if (!spec?.nodeName || boundAt.has(metadata.name)) return;
    boundAt.set(metadata.name, at);
    if (boundAt.size === count) finish();
  });
  await watching.begin(requestBytes(watch, 0));
  const cpuBefore = cpuMsOf(serverPid);
  const startedAt = performance.now();
  await create(job, sentAt);
  const createSeconds = (performance.now() - startedAt) / 1000;
  const timer = setTimeout(() => finish(), timeoutMs);
  await Promise.race([allBound, watching.failed]);
  clearTimeout(timer);
  const serverCpuMs = cpuMsOf(serverPid) - cpuBefore;
  watching.close();
  if (boundAt.size < count) throw new Error(`only ${boundAt.size} of ${count} pods got a node`);
  const delays = [...boundAt].map(([name, at]) => at - sentAt.get(name)!);
  return {
    perSecond: (count * 1000) / (Math.max(...boundAt.values()) - startedAt),
    createdPerSecond: count / createSeconds,
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    serverCpuUs: (serverCpuMs * 1000) / count,
  };
}

async function create(
  { target, request, count, clients }: BindingsJob,
  sentAt: Map<string, number>,
): Promise<void> {
  const opened = Array.from({ length: Math.min(clients, count) }, () => Connection.open(target));
  let next = 0;
  const worker = async (connection: Connection) => {
    while (next < count) {
      const i = next++;
      sentAt.set(`item-${i}`, performance.now());
      await connection.send(requestBytes(request, i));
    }
    connection.close();
  };
  await Promise.all((await Promise.all(opened)).map(worker));
}
