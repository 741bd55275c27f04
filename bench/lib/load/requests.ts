import { cpuMsOf } from '../process-usage.ts';
import { percentile } from '../result.ts';
import {
  Connection,
  type RequestTemplate,
  type Response,
  requestBytes,
  type Target,
} from './connection.ts';
import { NodeClient } from './node-client.ts';

/** So many requests, by so many clients, each of which waits for its answer before the next. */
export interface RequestsJob {
  readonly type: 'requests';
  readonly target: Target;
  readonly request: RequestTemplate;
  readonly count: number;
  readonly clients: number;
  /** The number of the first request. */
  readonly from?: number;
  /** Clients that cost next to nothing, unless they shall be such as programs on Node have. */
  readonly by?: 'lean clients' | 'node:https';
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

/** One client, on one connection. */
interface Client {
  /** Sends the request of that number, counted from the job's first. */
  send(number: number): Promise<Response>;
  close(): void;
}

/** Runs the job. What connecting costs isn't counted. */
export async function runRequests(job: RequestsJob): Promise<RequestsReport> {
  const { count, serverPid } = job;
  const clients = await (job.by === 'node:https' ? nodeClients(job) : leanClients(job));
  const latencies = new Float64Array(count);
  let next = 0;
  let bytes = 0;
  const worker = async (client: Client) => {
    while (next < count) {
      const i = next++;
      const sentAt = performance.now();
      ({ bytes } = await client.send(i));
      latencies[i] = performance.now() - sentAt;
    }
  };
  const cpuBefore = cpuMsOf(serverPid);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(clients.map(worker));
  const seconds = (performance.now() - startedAt) / 1000;
  const own = process.cpuUsage(ownBefore);
  const serverCpuMs = cpuMsOf(serverPid) - cpuBefore;
  for (const client of clients) client.close();
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

async function leanClients(job: RequestsJob): Promise<Client[]> {
  const requests = preparedRequests(job);
  const opened = Array.from({ length: Math.min(job.clients, job.count) }, async () => {
    const connection = await Connection.open(job.target);
    return {
      send: (i: number) => connection.send(requests[i % requests.length]!),
      close: () => connection.close(),
    };
  });
  return Promise.all(opened);
}

/** Their connections are open after a first read each. */
async function nodeClients({ target, request, from = 0, ...job }: RequestsJob): Promise<Client[]> {
  const opened = Array.from({ length: Math.min(job.clients, job.count) }, async () => {
    const client = new NodeClient(target);
    await client.send({ method: 'GET', path: '/readyz' }, 0);
    return {
      send: (i: number) => client.send(request, from + i),
      close: () => client.close(),
    };
  });
  return Promise.all(opened);
}

/** Made before the clock runs; a single one when all are the same. */
function preparedRequests({ request, count, from = 0 }: RequestsJob): Buffer[] {
  const isNumbered = `${request.path}${request.body ?? ''}`.includes('{i}');
  return Array.from({ length: isNumbered ? count : 1 }, (_, i) => requestBytes(request, from + i));
}
