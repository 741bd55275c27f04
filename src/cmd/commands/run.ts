import { hostname } from 'node:os';
import { toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { type CommandContext, command, type OptionValues } from '../../cli/command.ts';
import { explainFailure } from '../../cli/failure.ts';
import { unlessAborted, untilAborted } from '../aborting.ts';
import { notedRuntime, reportProgress } from '../background.ts';
import { type RunningOneNodeCluster, startCluster } from '../cluster.ts';
import { dnsAddressIn } from '../cluster-facts.ts';
import { isNoSpace, noSpace, watchDisk } from '../disk-watch.ts';
import { FolderInUse } from '../folder-lock.ts';
import { lineLogger } from '../log.ts';
import { NetworkClaims } from '../network-claims.ts';
import { clusterNetworks, machineAddresses } from '../networks.ts';
import { keepNoted, type NodePlace, takeNodePlace } from '../node-place.ts';
import { keepOptions, keptOf, notedOptions } from '../start-options.ts';
import { clusterOptions, nodeOptions, parsePort } from './options.ts';

const runOptions = { ...clusterOptions, ...nodeOptions } as const;

export const run = command({
  name: 'run',
  summary: 'Run a cluster of one node in the foreground',
  details: `What "tutti up" runs in the background. Ends on SIGTERM; containers go on, and are found
again by the next start. "tutti down" ends them too.`,
  options: runOptions,
  async run({ options }, context) {
    const { clock, io, place, signal, environment } = context;
    const logger = lineLogger((line) => io.note(line.trimEnd()), {
      least: options.verbose ? 'debug' : 'info',
      now: clock.now,
    });
    const report = reportProgress(environment);
    let taken: NodePlace | undefined;
    try {
      const port = parsePort(options.port);
      taken = takeNodePlace('cluster', place, options);
      const disk = watchDisk(clock, taken.folder.path);
      const starting = AbortSignal.any([signal, disk.signal]);
      const parts = { ...context, logger, report, signal: starting };
      const cluster = await startNoted(taken, { ...options, port }, parts);
      disk.stop();
      report.tell({ type: 'nodeReady' });
      report.end();
      const { lost } = cluster.server;
      await untilAborted(AbortSignal.any([signal, lost]));
      await cluster.release();
      return lost.aborted ? 1 : 0;
    } catch (error) {
      if (signal.aborted) return 0; // It was asked to end before it was ready.
      taken?.undo();
      const type = error instanceof FolderInUse ? 'inUse' : 'failed';
      report.tell({ type, ...explainStart(error, place.data) });
      report.end();
      throw error;
    }
  },
});

type RunOptions = Omit<OptionValues<typeof runOptions>, 'port'> & { readonly port: number };

interface StartContext extends Pick<CommandContext, 'clock' | 'random' | 'version' | 'signal'> {
  readonly logger: Logger;
  readonly report: ReturnType<typeof reportProgress>;
}

/** Starts the cluster and notes how far it is. Resolves once its node is ready. */
async function startNoted(
  { folder, cluster: name, given }: NodePlace,
  options: RunOptions,
  { clock, random, version, signal, logger, report }: StartContext,
): Promise<RunningOneNodeCluster> {
  const nodeName = options['node-name'] ?? hostname().toLowerCase();
  const asked = { podCidr: options['pod-cidr'], serviceCidr: options['service-cidr'] };
  const machine = { taken: machineAddresses(), claims: new NetworkClaims() };
  const networks = clusterNetworks(folder, asked, machine);
  const kept = keptOf({ ...options, port: String(options.port) });
  const note = keepNoted(folder.running, {
    startedAt: toTime(clock.now()),
    nodeName,
    options: notedOptions({
      ...kept,
      'node-name': nodeName,
      'pod-cidr': networks.podCidr,
      'service-cidr': networks.serviceCidr,
      'cluster-dns': dnsAddressIn(networks.serviceCidr, options['cluster-dns']),
    }),
    ...notedRuntime(folder), // Its pods are there until somebody takes them away.
  });
  const cluster = await startCluster({
    signal,
    clock,
    random,
    logger,
    folder,
    name,
    version,
    host: options.host,
    port: options.port,
    ...networks,
    nodeName,
    nodeIp: options['node-ip'],
    dnsAddress: options['cluster-dns'],
    given,
    onRuntime: (runtime) => note({ given: runtime }),
    onApi(url) {
      note({ url });
      report.tell({ type: 'apiReady', url });
    },
  });
  const { images } = cluster.node.runtime;
  if (images) note({ containerd: images });
  const failing = AbortSignal.any([signal, cluster.server.lost]);
  await unlessAborted(failing, cluster.nodeReady).catch(async (error) => {
    await cluster.release();
    throw error;
  });
  note({ isReady: true });
  keepOptions(folder, kept);
  return cluster;
}

/** Whatever it is that finds no room, the user needs to know where. */
function explainStart(error: unknown, data: string): ReturnType<typeof explainFailure> {
  const failure = explainFailure(error);
  return isNoSpace(failure.message) ? explainFailure(noSpace(data)) : failure;
}
