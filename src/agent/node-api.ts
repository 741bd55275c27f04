import type { Pod } from '../api/generated/core/v1/types.ts';
import { type Clock, parseTime } from '../base/clock.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { StreamOptions } from '../runtime/cri-types.ts';
import type { ReadLogOptions } from '../runtime/log-files.ts';
import { logTarget, parseLogRequest } from './container-logs.ts';
import { findContainer, latestRun, type PodRuntime } from './pod-runtime.ts';
import { messageOf } from './start-failure.ts';

/** A request to the node, with no HTTP in it. */
export interface NodeRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface NodeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | AsyncIterable<Uint8Array>;
}

/** What is asked of the node by others: mostly by the API server, for its users. */
export interface NodeApi {
  handle(request: NodeRequest): Promise<NodeAnswer>;
  /** Where the runtime serves a stream (exec, attach, port-forward), or why it doesn't. */
  stream(request: NodeRequest): Promise<{ readonly url: string } | NodeAnswer>;
}

export interface NodeApiTools {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  /** The agent's view. */
  readonly pods: () => readonly { readonly pod: Pod; readonly status: Pod['status'] }[];
  readonly runtimeOf: (podUid: string) => PodRuntime;
  readonly readLog: (
    path: string,
    options: ReadLogOptions,
    signal: AbortSignal,
  ) => AsyncIterable<Uint8Array>;
  readonly metrics: () => string;
}

const text = (status: number, body: string): NodeAnswer => {
  return { status, contentType: 'text/plain; charset=utf-8', body };
};

export function createNodeApi(tools: NodeApiTools): NodeApi {
  const { clock, runtime, pods, runtimeOf, readLog, metrics } = tools;

  const findPod = (namespace: string, name: string) =>
    pods().find(({ pod }) => pod.metadata.namespace === namespace && pod.metadata.name === name);

  async function logs(request: NodeRequest): Promise<NodeAnswer> {
    const [, , namespace = '', podName = '', container = ''] = request.path.split('/');
    const asked = parseLogRequest(request.query, { now: clock.now(), parseTime });
    if ('problem' in asked) return text(400, asked.problem);
    const found = findPod(namespace, podName);
    if (!found) return text(404, `pod "${podName}" does not exist\n`);
    const { pod, status } = found;
    if (!findContainer(pod, container)) {
      return text(404, `container "${container}" not found in pod "${podName}"\n`);
    }
    const target = logTarget({ pod: podName, container }, status, asked.previous);
    if (target.problem !== undefined) return text(400, target.problem);
    const find = () =>
      runtimeOf(pod.metadata.uid).containers.find(({ id }) => id === target.containerId);
    const path = find()?.logPath ?? (await runtime.containerStatus(target.containerId))?.logPath;
    if (!path) return text(400, `log of container "${container}" is gone`);
    const options = {
      ...asked,
      ...(asked.follow ? { follow: () => find()?.state === 'running' } : { follow: undefined }),
    };
    return { ...text(200, ''), body: readLog(path, options, request.signal) };
  }

  function runningContainer(namespace: string, podName: string, container: string) {
    const found = findPod(namespace, podName);
    if (!found) return text(404, 'pod does not exist');
    const run = latestRun(runtimeOf(found.pod.metadata.uid), container);
    if (run?.state !== 'running') return text(404, `container not found ("${container}")`);
    return run;
  }

  async function streamUrl({ path, query }: NodeRequest): Promise<{ url: string } | NodeAnswer> {
    const [, kind, namespace = '', podName = '', ...rest] = path.split('/');
    if (kind === 'portForward') {
      const uid = findPod(namespace, podName)?.pod.metadata.uid;
      const [sandbox] = uid ? runtimeOf(uid).sandboxes : [];
      if (!sandbox) return text(404, 'pod does not exist');
      const ports = query.getAll('port').map(Number);
      return { url: await runtime.portForwardUrl(sandbox.id, ports) };
    }
    const run = runningContainer(namespace, podName, rest.at(-1) ?? '');
    if ('status' in run) return run;
    const streams = streamOptions(query);
    if (kind === 'attach') return { url: await runtime.attachUrl(run.id, streams) };
    return { url: await runtime.execUrl(run.id, query.getAll('command'), streams) };
  }

  return {
    async handle(request) {
      const [, kind = ''] = request.path.split('/');
      switch (kind) {
        case 'containerLogs':
          return logs(request);
        case 'healthz':
          return text(200, 'ok');
        case 'metrics':
          return { ...text(200, metrics()), contentType: 'text/plain; version=0.0.4' };
        case 'pods': {
          const items = pods().map(({ pod, status }) => ({ ...pod, status }));
          const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
          return { status: 200, contentType: 'application/json', body: JSON.stringify(list) };
        }
        default:
          return text(404, '404 page not found\n');
      }
    },
    async stream(request) {
      const [, kind = ''] = request.path.split('/');
      if (!['exec', 'attach', 'portForward'].includes(kind))
        return text(404, '404 page not found\n');
      try {
        return await streamUrl(request);
      } catch (error) {
        return text(500, messageOf(error));
      }
    },
  };
}

/** The node's own names for streams, which the API server translates to. */
function streamOptions(query: URLSearchParams): StreamOptions {
  const has = (name: string) => query.get(name) === '1' || query.get(name) === 'true';
  const tty = has('tty');
  return {
    stdin: has('input'),
    stdout: has('output'),
    // A terminal has one output.
    stderr: has('error') && !tty,
    tty,
  };
}
