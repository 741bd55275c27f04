import { hostname } from 'node:os';
import { toTime } from '../../base/clock.ts';
import { command } from '../../cli/command.ts';
import { explainFailure } from '../../cli/failure.ts';
import { unlessAborted, untilAborted } from '../aborting.ts';
import {
  forgetRunning,
  notedRuntime,
  noteRunning,
  type RunningCluster,
  readNotes,
  reportProgress,
} from '../background.ts';
import { startCluster } from '../cluster.ts';
import { dnsAddressIn } from '../cluster-facts.ts';
import { claimName, clusterName, releaseName } from '../cluster-name.ts';
import { openDataFolder } from '../data-folder.ts';
import { isNoSpace, noSpace, watchDisk } from '../disk-watch.ts';
import { FolderInUse, lockFolder } from '../folder-lock.ts';
import { lineLogger } from '../log.ts';
import { assertFitsNode, assertHasParts, assertRoot } from '../machine-check.ts';
import { clusterNetworks } from '../networks.ts';
import { runtimeFor } from '../runtime-choice.ts';
import { keepOptions, keptOf, notedOptions } from '../start-options.ts';
import { clusterOptions, nodeOptions, parsePort } from './options.ts';

export const run = command({
  name: 'run',
  summary: 'Run a cluster of one node in the foreground',
  details: `What "tutti up" runs in the background. Ends on SIGTERM; containers go on, and are found
again by the next start. "tutti down" ends them too.`,
  options: { ...clusterOptions, ...nodeOptions },
  async run({ options }, { clock, random, io, place, signal, version, environment }) {
    const logger = lineLogger((line) => io.note(line.trimEnd()), {
      least: options.verbose ? 'debug' : 'info',
      now: clock.now,
    });
    const report = reportProgress(environment);
    let undo = () => {};
    try {
      assertRoot();
      const port = parsePort(options.port);
      const folder = openDataFolder(place.data);
      assertFitsNode(folder);
      const given = runtimeFor(folder, options);
      assertHasParts({ hasRuntime: given !== undefined });
      lockFolder(folder, 'cluster');
      const name = clusterName(folder, place);
      const isFirst = readNotes(folder).length === 0;
      claimName(folder, name);
      undo = () => {
        if (!isFirst) return; // What an earlier life has left here is for `down` to find.
        forgetRunning(folder);
        releaseName(folder, name);
      };
      const nodeName = options['node-name'] ?? hostname().toLowerCase();
      const networks = clusterNetworks(folder, {
        podCidr: options['pod-cidr'],
        serviceCidr: options['service-cidr'],
      });
      let noted: Omit<RunningCluster, 'process'> = {
        startedAt: toTime(clock.now()),
        nodeName,
        options: notedOptions({
          ...keptOf(options),
          'node-name': nodeName,
          'pod-cidr': networks.podCidr,
          'service-cidr': networks.serviceCidr,
          'cluster-dns': dnsAddressIn(networks.serviceCidr, options['cluster-dns']),
        }),
        ...notedRuntime(folder), // Its pods are there until somebody takes them away.
      };
      const note = (more: Partial<RunningCluster>) => {
        noted = { ...noted, ...more };
        noteRunning(folder.running, noted);
      };
      note({});
      const disk = watchDisk(clock, folder.path);
      const starting = AbortSignal.any([signal, disk.signal]);
      const cluster = await startCluster({
        signal: starting,
        clock,
        random,
        logger,
        folder,
        name,
        version,
        host: options.host,
        port,
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
      const { lost } = cluster.server;
      const failing = AbortSignal.any([starting, lost]);
      await unlessAborted(failing, cluster.nodeReady).catch(async (error) => {
        await cluster.release();
        throw error;
      });
      disk.stop();
      note({ isReady: true });
      keepOptions(folder, keptOf(options));
      report.tell({ type: 'nodeReady' });
      report.end();
      await untilAborted(AbortSignal.any([signal, lost]));
      await cluster.release();
      return lost.aborted ? 1 : 0;
    } catch (error) {
      if (signal.aborted) return 0; // It was asked to end before it was ready.
      undo();
      const type = error instanceof FolderInUse ? 'inUse' : 'failed';
      report.tell({ type, ...explainStart(error, place.data) });
      report.end();
      throw error;
    }
  },
});

/** Whatever it is that finds no room, the user needs to know where. */
function explainStart(error: unknown, data: string): ReturnType<typeof explainFailure> {
  const failure = explainFailure(error);
  return isNoSpace(failure.message) ? explainFailure(noSpace(data)) : failure;
}
