import { hostname } from 'node:os';
import { toTime } from '../../base/clock.ts';
import { CommandError, command } from '../../cli/command.ts';
import { endProgress, noteRunning, tellProgress } from '../background.ts';
import { startCluster } from '../cluster.ts';
import { openDataFolder } from '../data-folder.ts';
import { lineLogger } from '../log.ts';
import { clusterNetworks } from '../networks.ts';
import { clusterOptions, nodeOptions, parsePort } from './options.ts';

export const run = command({
  name: 'run',
  summary: 'Run a cluster of one node in the foreground, for service managers',
  details: `What "tutti up" runs in the background. Ends on SIGTERM; containers go on, and are found
again by the next start. "tutti down" ends them too.`,
  options: { ...clusterOptions, ...nodeOptions },
  async run({ options }, { clock, random, io, place, signal, version }) {
    const logger = lineLogger((line) => io.note(line.trimEnd()), {
      least: options.verbose ? 'debug' : 'info',
      now: clock.now,
    });
    const folder = openDataFolder(place.data);
    const nodeName = options['node-name'] ?? hostname().toLowerCase();
    const startedAt = toTime(clock.now());
    try {
      const networks = clusterNetworks(folder, {
        podCidr: options['pod-cidr'],
        serviceCidr: options['service-cidr'],
      });
      const cluster = await startCluster({
        clock,
        random,
        logger,
        folder,
        name: place.name,
        version,
        host: options.host,
        port: parsePort(options.port),
        ...networks,
        nodeName,
        nodeIp: options['node-ip'],
        dnsAddress: options['cluster-dns'],
        onApi(url) {
          noteRunning(folder, { url, startedAt, nodeName });
          tellProgress({ type: 'apiReady', url });
        },
      });
      const { socketPath, snapshotter } = cluster.node.containerd;
      const containerd = { socketPath, snapshotter };
      noteRunning(folder, { url: cluster.server.url, startedAt, nodeName, containerd });
      await cluster.nodeReady;
      tellProgress({ type: 'nodeReady' });
      endProgress();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await cluster.release();
      return 0;
    } catch (error) {
      const advice = error instanceof CommandError ? error.advice : undefined;
      tellProgress({ type: 'failed', message: (error as Error).message, advice });
      endProgress();
      throw error;
    }
  },
});
