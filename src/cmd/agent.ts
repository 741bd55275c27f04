import { join } from 'node:path';
import { type AgentOptions, NodeAgent } from '../agent/agent.ts';
import type { NodeApi } from '../agent/node-api.ts';
import { keepCertified } from '../agent/serving-certificate.ts';
import { parseResolvConf } from '../agent/spec/dns.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { createCgroups } from '../runtime/cgroups.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { DnsConfig } from '../runtime/cri-types.ts';
import { logTail, type ReadLogOptions, readLog, rotateLog } from '../runtime/log-files.ts';
import { availableMemoryBytes, diskUsage, machineFacts } from '../runtime/machine.ts';
import { unmountBelow } from '../runtime/mounts.ts';
import {
  type NodeServer,
  type NodeServerHandlers,
  type NodeServerOptions,
  startNodeServer,
} from '../runtime/node-server.ts';
import { createPodFiles, mountProjectedMemory } from '../runtime/pod-files.ts';
import { createProbeTransport } from '../runtime/probe-transport.ts';
import type { ServingFiles } from './serving-certificate.ts';

export interface StartAgentOptions extends AgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The node's own client: it acts as `system:node:NAME`. */
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  /** Where the agent keeps what it has on the machine. */
  readonly folder: string;
  /** Where containers' logs go; below the folder unless said. */
  readonly logFolder?: string;
  /** Serves the node's own API: logs, exec. Nobody is served unless this is given. */
  readonly serving?: Serving;
}

/** How a node's server is known, and who may ask it. */
export interface Serving extends Omit<NodeServerOptions, 'port'> {
  /** Has each later certificate handed to `use`. */
  readonly follow?: ((use: NodeServer['use']) => void) | undefined;
  /** Where its certificate is kept, if it has to ask the cluster for one. */
  readonly files?: ServingFiles | undefined;
}

/** Takes away what a node agent has on the machine, once its containers are gone: `down`. */
export async function removeAgentTraces({
  folder,
  cgroupRoot,
}: Pick<StartAgentOptions, 'folder' | 'cgroupRoot'>): Promise<void> {
  await unmountBelow(folder);
  createCgroups().remove(cgroupRoot);
}

/** Starts a node agent on this machine. Resolves once it works on the pods of its node. */
export async function startAgent(options: StartAgentOptions): Promise<NodeAgent> {
  const { clock, random, logger, client, runtime, folder } = options;
  await mountProjectedMemory(folder);
  const files = createPodFiles(folder, options.logFolder ?? join(folder, 'logs'));
  const imageFolder = (options.sharesRuntime && (await imagesOf(runtime))) || folder;
  const hostDns = await machineDns((path) => files.readMachineFile(path).catch(() => ''));
  const tools = {
    clock,
    random,
    logger: logger.with({ component: 'agent' }),
    client,
    runtime,
    files,
    cgroups: createCgroups(),
    transport: createProbeTransport(clock),
    machine: machineFacts(),
    disk: () => diskUsage(folder),
    imageDisk: () => diskUsage(imageFolder),
    availableMemoryBytes,
    hostDns,
    logTail,
    readLog: (path: string, wanted: ReadLogOptions, signal: AbortSignal) =>
      readLog(clock, path, wanted, signal),
    rotateLog,
  };
  let agent: NodeAgent | undefined;
  const server = await serve(options, () => agent!.api);
  agent = new NodeAgent(tools, { ...options, port: server?.port ?? options.port });
  agent.stopped.addEventListener('abort', () => void server?.close(), { once: true });
  if (server) options.serving?.follow?.((pair) => server.use(pair));
  const certificate = options.serving?.files;
  if (certificate && server) void keepCertified(tools, certificate, agent.stopped);
  try {
    await agent.start();
  } catch (error) {
    agent.stop();
    throw error;
  }
  return agent;
}

/** Where a runtime has its images, if it tells. */
async function imagesOf(runtime: ContainerRuntime): Promise<string | undefined> {
  const found = await runtime.imageFilesystems().catch(() => []);
  return found[0]?.mountpoint;
}

// What systemd-resolved has found out, where /etc/resolv.conf names nobody but itself.
const RESOLVED = '/run/systemd/resolve/resolv.conf';

/** How the machine resolves names, as far as pods can do the same: its loopback isn't theirs. */
async function machineDns(read: (path: string) => Promise<string>): Promise<DnsConfig> {
  const own = parseResolvConf(await read('/etc/resolv.conf'));
  if (!own.servers.every((server) => /^(127\.|::1$)/.test(server))) return own;
  const resolved = parseResolvConf(await read(RESOLVED));
  return resolved.servers.length > 0 ? resolved : own;
}

/** On the port asked for, or any other when that is taken: the node says which. */
async function serve(
  { serving, port }: StartAgentOptions,
  api: () => NodeApi,
): Promise<NodeServer | undefined> {
  if (!serving) return undefined;
  const handlers: NodeServerHandlers = {
    handle: (request) => api().handle(request),
    stream: (request) => api().stream(request),
  };
  try {
    return await startNodeServer(handlers, { ...serving, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startNodeServer(handlers, { ...serving, port: 0 });
  }
}
