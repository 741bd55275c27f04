import { hostname } from 'node:os';
import { toTime } from '../../base/clock.ts';
import { command } from '../../cli/command.ts';
import { explainFailure } from '../../cli/failure.ts';
import { noteRunning, type RunningCluster, reportProgress } from '../background.ts';
import { startCluster } from '../cluster.ts';
import { claimName, clusterName } from '../cluster-name.ts';
import { openDataFolder } from '../data-folder.ts';
import { FolderInUse, lockFolder } from '../folder-lock.ts';
import { lineLogger } from '../log.ts';
import { assertFitsNode, assertHasParts, assertRoot } from '../machine-check.ts';
import { clusterNetworks } from '../networks.ts';
import { clusterOptions, nodeOptions, parsePort, untilAborted } from './options.ts';

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
    try {
      assertRoot();
      assertHasParts();
      const port = parsePort(options.port);
      const folder = openDataFolder(place.data);
      assertFitsNode(folder);
      lockFolder(folder, 'cluster');
      const name = clusterName(folder, place);
      claimName(folder, name);
      const nodeName = options['node-name'] ?? hostname().toLowerCase();
      let noted: Omit<RunningCluster, 'process'> = { startedAt: toTime(clock.now()), nodeName };
      const note = (more: Partial<RunningCluster>) => {
        noted = { ...noted, ...more };
        noteRunning(folder.running, noted);
      };
      note({});
      const cluster = await startCluster({
        clock,
        random,
        logger,
        folder,
        name,
        version,
        host: options.host,
        port,
        ...clusterNetworks(folder, {
          podCidr: options['pod-cidr'],
          serviceCidr: options['service-cidr'],
        }),
        nodeName,
        nodeIp: options['node-ip'],
        dnsAddress: options['cluster-dns'],
        onApi(url) {
          note({ url });
          report.tell({ type: 'apiReady', url });
        },
      });
      const { socketPath, snapshotter } = cluster.node.containerd;
      note({ containerd: { socketPath, snapshotter } });
      const aborted = untilAborted(signal);
      await Promise.race([cluster.nodeReady, aborted]);
      if (!signal.aborted) {
        note({ isReady: true });
        report.tell({ type: 'nodeReady' });
        report.end();
        await aborted;
      }
      await cluster.release();
      return 0;
    } catch (error) {
      const type = error instanceof FolderInUse ? 'inUse' : 'failed';
      report.tell({ type, ...explainFailure(error) });
      report.end();
      throw error;
    }
  },
});
