import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { HealthCheckRequestSchema, HealthCheckResponseSchema } from './generated/health_pb.js';
import { GRPC, GrpcClient, GrpcError } from './grpc-client.ts';

export interface HttpProbe {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpProbeAnswer {
  readonly status: number;
  /** At most 10 KB of it. */
  readonly body: string;
}

/** Asks containers how they are, from the node. Rejects with an Error in words for users. */
export interface ProbeTransport {
  http(probe: HttpProbe, timeoutMs: number): Promise<HttpProbeAnswer>;
  /** Resolves when somebody listens. */
  tcp(host: string, port: number, timeoutMs: number): Promise<void>;
  /** The gRPC health protocol's word: `SERVING` and others. */
  grpc(host: string, port: number, service: string, timeoutMs: number): Promise<string>;
}

const BODY_MAX_BYTES = 10 * 1024;
const REDIRECTS_MAX = 10;

export function createProbeTransport(clock: Clock): ProbeTransport {
  return {
    http: (probe, timeoutMs) => get(clock, probe, timeoutMs, REDIRECTS_MAX),
    tcp: (host, port, timeoutMs) => connectTo(clock, host, port, timeoutMs),
    grpc: (host, port, service, timeoutMs) => askHealth(clock, { host, port }, service, timeoutMs),
  };
}

const place = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

async function get(
  clock: Clock,
  probe: HttpProbe,
  timeoutMs: number,
  redirects: number,
): Promise<HttpProbeAnswer> {
  const { scheme, host, port, path } = probe;
  const url = `${scheme}://${place(host, port)}${path}`;
  let answer: HttpProbeAnswer & { location?: string };
  try {
    answer = await getOnce(clock, probe, timeoutMs);
  } catch (error) {
    throw new Error(`Get "${url}": ${inWords(error, host, port)}`, { cause: error });
  }
  const { status, location } = answer;
  if (status < 300 || status >= 400 || !location) return answer;
  const next = new URL(location, url);
  // Who sends us elsewhere is up; whether elsewhere is, isn't the question.
  if (next.hostname !== new URL(url).hostname) return answer;
  if (redirects === 0) throw new Error(`Get "${url}": stopped after ${REDIRECTS_MAX} redirects`);
  const scheme2 = next.protocol === 'https:' ? 'https' : 'http';
  const port2 = Number(next.port) || (scheme2 === 'https' ? 443 : 80);
  const onward = { ...probe, scheme: scheme2, port: port2, path: next.pathname + next.search };
  return get(clock, onward as HttpProbe, timeoutMs, redirects - 1);
}

function getOnce(
  clock: Clock,
  { scheme, host, port, path, headers }: HttpProbe,
  timeoutMs: number,
): Promise<HttpProbeAnswer & { location?: string }> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      ...{ host, port, path, headers },
      agent: false, // A connection of its own: a probe is to find out whether one can be made.
      // Answers that Kubernetes takes, such as lines that end with LF alone (busybox httpd). Nothing
      // is passed on to anybody, and no second answer comes by this connection.
      insecureHTTPParser: true,
    };
    const onResponse = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void => {
        cancel();
        const { statusCode: status = 0, headers: answered } = response;
        const body = Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES).toString('utf8');
        resolve({ status, body, ...(answered.location && { location: answered.location }) });
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= BODY_MAX_BYTES) done();
      });
      response.on('end', done);
      response.on('error', (error) => {
        cancel();
        reject(error);
      });
    };
    const request =
      scheme === 'https'
        ? httpsRequest({ ...options, rejectUnauthorized: false }, onResponse)
        : httpRequest(options, onResponse);
    const cancel = clock.after(timeoutMs, () => request.destroy(new TimeoutError()));
    request.on('error', (error) => {
      cancel();
      reject(error);
    });
    request.end();
  });
}

class TimeoutError extends Error {}

function inWords(error: unknown, host: string, port: number): string {
  const dial = `dial tcp ${place(host, port)}: connect: `;
  const { code, message } = error as { code?: string; message: string };
  if (error instanceof TimeoutError) {
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  }
  if (code === 'ECONNREFUSED') return `${dial}connection refused`;
  if (code === 'EHOSTUNREACH') return `${dial}no route to host`;
  if (code === 'ENETUNREACH') return `${dial}network is unreachable`;
  if (code === 'ECONNRESET') return 'EOF';
  return message;
}

function connectTo(clock: Clock, host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    const cancel = clock.after(timeoutMs, () => socket.destroy(new TimeoutError()));
    socket.on('connect', () => {
      cancel();
      socket.destroy();
      resolve();
    });
    socket.on('error', (error) => {
      cancel();
      const timedOut = error instanceof TimeoutError;
      const text = timedOut
        ? `dial tcp ${place(host, port)}: i/o timeout`
        : inWords(error, host, port);
      reject(new Error(text, { cause: error }));
    });
  });
}

const HEALTH_CHECK = {
  name: 'Check',
  parent: { typeName: 'grpc.health.v1.Health' },
  input: HealthCheckRequestSchema,
  output: HealthCheckResponseSchema,
} as const;

const HEALTH_WORDS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

async function askHealth(
  clock: Clock,
  address: { host: string; port: number },
  service: string,
  timeoutMs: number,
): Promise<string> {
  const client = new GrpcClient(clock, address);
  try {
    const { status } = await client.unary(HEALTH_CHECK, { service }, { timeoutMs });
    return HEALTH_WORDS[status] ?? 'UNKNOWN';
  } catch (error) {
    throw new Error(healthFailure(error, address, timeoutMs), { cause: error });
  } finally {
    client.close();
  }
}

function healthFailure(
  error: unknown,
  { host, port }: { host: string; port: number },
  timeoutMs: number,
): string {
  if (!(error instanceof GrpcError)) return String(error);
  if (error.code === GRPC.UNIMPLEMENTED) {
    return 'server does not implement the grpc health protocol (grpc.health.v1.Health)';
  }
  if (!error.sent || error.code === GRPC.DEADLINE_EXCEEDED) {
    return `failed to connect service "${place(host, port)}" within ${timeoutMs / 1000}s: context deadline exceeded`;
  }
  return `health rpc probe failed: ${error.message}`;
}
