import type {
  Container,
  HTTPGetAction,
  Pod,
  ProbeHandler,
} from '../api/generated/core/v1/types.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { HttpProbe, ProbeTransport } from '../runtime/probe-transport.ts';
import { messageOf } from './start-failure.ts';

export interface ProbeTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

/** What a probe said. Without an answer it says nothing about the container. */
export interface ProbeAnswer {
  readonly outcome: 'success' | 'failure' | 'unknown';
  /** For users. */
  readonly output: string;
}

export interface ProbeTools {
  readonly runtime: Pick<ContainerRuntime, 'execSync'>;
  readonly transport: ProbeTransport;
  /** `1.36`: how probes present themselves. */
  readonly version: string;
}

const failure = (output: string): ProbeAnswer => ({ outcome: 'failure', output });
const success = (output = ''): ProbeAnswer => ({ outcome: 'success', output });

/** Does one probe. Never rejects. */
export async function doProbe(
  { runtime, transport, version }: ProbeTools,
  handler: ProbeHandler,
  target: ProbeTarget,
  timeoutSeconds: number,
): Promise<ProbeAnswer> {
  const { exec, httpGet, tcpSocket, grpc } = handler;
  const timeoutMs = timeoutSeconds * 1000;
  try {
    if (exec) {
      const { containerId } = target;
      const { stdout, stderr, exitCode } = await runtime.execSync(
        containerId,
        exec.command ?? [],
        timeoutSeconds,
      );
      const output = Buffer.concat([stdout, stderr]).subarray(0, 10_240).toString('utf8');
      return exitCode === 0 ? success(output) : failure(output);
    }
    if (httpGet) {
      const probe = httpProbe(httpGet, target, version);
      const { status } = await transport.http(probe, timeoutMs);
      if (status >= 200 && status < 400) return success();
      return failure(`HTTP probe failed with statuscode: ${status}`);
    }
    if (tcpSocket) {
      const port = portOf(tcpSocket.port, target.container);
      await transport.tcp(tcpSocket.host || target.podIp, port, timeoutMs);
      return success();
    }
    if (grpc) {
      const { port, service } = grpc;
      const word = await transport.grpc(target.podIp, port, service ?? '', timeoutMs);
      return word === 'SERVING'
        ? success()
        : failure(`service unhealthy (responded with "${word}")`);
    }
    return success();
  } catch (error) {
    // A command that was cut off is a failure; one that couldn't be begun says nothing.
    if (exec && !/deadline exceeded|timed out|timeout/i.test(messageOf(error))) {
      return { outcome: 'unknown', output: messageOf(error) };
    }
    return failure(exec ? timedOut(exec.command ?? [], timeoutSeconds) : messageOf(error));
  }
}

const timedOut = (command: readonly string[], seconds: number): string =>
  `command timed out: "${command.join(' ')}" timed out after ${seconds}s`;

/** The request of an HTTP probe or hook. Throws when it names a port that isn't there. */
export function httpProbe(
  { scheme = 'HTTP', host, port, path = '/', httpHeaders = [] }: HTTPGetAction,
  { container, podIp }: Pick<ProbeTarget, 'container' | 'podIp'>,
  version: string,
): HttpProbe {
  const headers: Record<string, string> = { 'User-Agent': `kube-probe/${version}`, Accept: '*/*' };
  for (const { name, value } of httpHeaders) {
    // A user's header takes the place of ours, whatever its case.
    for (const own of Object.keys(headers)) {
      if (own.toLowerCase() === name.toLowerCase()) delete headers[own];
    }
    headers[name] = value;
  }
  return {
    scheme: scheme === 'HTTPS' ? 'https' : 'http',
    host: host || podIp,
    port: portOf(port, container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
  };
}

function portOf(port: number | string, { ports = [] }: Container): number {
  const number = Number(port);
  if (Number.isInteger(number)) return number;
  const named = ports.find(({ name }) => name === port);
  if (!named) throw new Error(`couldn't find port: ${JSON.stringify(port)} in container's ports`);
  return named.containerPort;
}
