import { cpuMsOf } from '../process-usage.ts';
import { percentile } from '../result.ts';
import { Connection, type RequestTemplate, requestBytes, type Target } from './connection.ts';

/** So many requests, by so many clients, each of which waits for its answer before the next. */
export interface RequestsJob {
  readonly type: 'requests';
  readonly target: Target;
  readonly request: RequestTemplate;
  readonly count: number;
  readonly clients: number;
  /** The number of the first request. */
  readonly from?: number;
  /** The server's process, whose CPU time is measured along. */
  readonly serverPid: number;
}

export interface RequestsReport {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server a request, in microseconds. */
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
  /** The length of the last body. */
  readonly bytes: number;
}

/** Runs the job. What connecting costs isn't counted. */
export async function runRequests(job: RequestsJob): Promise<RequestsReport> {
  const { target, count, serverPid } = job;
  const clients = Math.min(job.clients, count);
  const requests = preparedRequests(job);
  const opened = Array.from({ length: clients }, () => Connection.open(target));
  const connections = await Promise.all(opened);
  const latencies = new Float64Array(count);
  let next = 0;
  let bytes = 0;
  const worker = async (connection: Connection) => {
    while (next < count) {
      const i = next++;
      const sentAt = performance.now();
      ({ bytes } = await connection.send(requests[i % requests.length]!));
      latencies[i] = performance.now() - sentAt;
    }
  };
  const cpuBefore = cpuMsOf(serverPid);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(connections.map(worker));
  const seconds = (performance.now() - startedAt) / 1000;
  const own = process.cpuUsage(ownBefore);
  const serverCpuMs = cpuMsOf(serverPid) - cpuBefore;
  for (const connection of connections) connection.close();
  const sorted = [...latencies];
  return {
    perSecond: count / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    serverCpuUs: (serverCpuMs * 1000) / count,
    clientCpuUs: (own.user + own.system) / count,
    bytes,
  };
}

/** Made before the clock runs; a single one when all are the same. */
function preparedRequests({ request, count, from = 0 }: RequestsJob): Buffer[] {
  const isNumbered = `${request.path}${request.body ?? ''}`.includes('{i}');
  return Array.from({ length: isNumbered ? count : 1 }, (_, i) => requestBytes(request, from + i));
}
