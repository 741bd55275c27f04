import { hostname } from 'node:os';
import { toTime } from '../../base/clock.ts';
import { type ClusterPlace, CommandError, command } from '../../cli/command.ts';
import { readKubeconfig, type Target, targetOf } from '../../cli/kubeconfig.ts';
import { connect } from '../../client/http/connection.ts';
import { createHttpTransport } from '../../client/http/transport.ts';
import { createClient } from '../../client/typed-client.ts';
import { untilAborted } from '../aborting.ts';
import { noteRunning, type RunningCluster } from '../background.ts';
import { NODE_VERSION } from '../cluster.ts';
import { claimName, clusterName } from '../cluster-name.ts';
import { openDataFolder } from '../data-folder.ts';
import { lockFolder } from '../folder-lock.ts';
import { runtimeFor } from '../given-runtime.ts';
import { lineLogger } from '../log.ts';
import { assertFitsNode, assertHasParts, assertRoot } from '../machine-check.ts';
import { nthOf, startNode } from '../node.ts';
import { openRuntime } from '../node-runtime.ts';
import { clusterOptions, nodeOptions } from './options.ts';

export const agent = command({
  name: 'agent',
  summary: 'Run a node of a cluster in the foreground',
  details: `Takes the address of the API server, and who to be there, from a kubeconfig. Ends on SIGTERM;
containers go on, and are found again by the next start.

Example:
  tutti agent --kubeconfig /etc/tutti/node.yaml --node-name worker-1`,
  options: {
    ...nodeOptions,
    'pod-cidr': { ...clusterOptions['pod-cidr'], default: '10.244.0.0/16' },
    'service-cidr': { ...clusterOptions['service-cidr'], default: '10.96.0.0/16' },
    verbose: clusterOptions.verbose,
  },
  async run({ options }, { clock, random, io, place, signal, version }) {
    const logger = lineLogger((line) => io.note(line.trimEnd()), {
      least: options.verbose ? 'debug' : 'info',
      now: clock.now,
    });
    assertRoot();
    const { endpoint } = targetIn(place);
    const connection = connect({ ...endpoint, userAgent: `tutti/${version}` });
    const transport = createHttpTransport(connection);
    const url = new URL(endpoint.server);
    const nodeName = options['node-name'] ?? hostname().toLowerCase();
    const folder = openDataFolder(place.data);
    assertFitsNode(folder);
    const given = runtimeFor(folder, options);
    assertHasParts({ hasRuntime: given !== undefined });
    lockFolder(folder, 'node');
    const cluster = clusterName(folder, place);
    claimName(folder, cluster);
    let noted: Omit<RunningCluster, 'process'> = { startedAt: toTime(clock.now()), nodeName };
    const note = (more: Partial<RunningCluster>) => {
      noted = { ...noted, ...more };
      noteRunning(folder.node, noted);
    };
    note({});
    const runtime = await openRuntime(
      { clock, random, logger },
      { folder, cluster, nodeName, given, note: (runtime) => note({ given: runtime }) },
    );
    const node = await startNode(
      {
        clock,
        random,
        logger,
        folder,
        cluster,
        nodeName,
        nodeIp: options['node-ip'],
        podCidr: options['pod-cidr'],
        serviceCidr: options['service-cidr'],
        dnsAddress: options['cluster-dns'] ?? nthOf(options['service-cidr'], 10),
        version: NODE_VERSION,
        apiServer: { address: url.hostname, port: Number(url.port || 443) },
        clientFor: (component) => createClient(transport, { fieldManager: component }),
      },
      runtime,
    );
    if (runtime.images) note({ containerd: runtime.images });
    node.networkUp.catch((error) => logger.error('the network is not up', { error }));
    io.line(`node ${nodeName} of ${endpoint.server}`);
    await untilAborted(signal);
    await node.release();
    connection.close();
    return 0;
  },
});

/** The cluster to which the node shall belong. Throws CommandError when none was named. */
function targetIn({ kubeconfig, context }: ClusterPlace): Target {
  const config = kubeconfig === undefined ? undefined : readKubeconfig(kubeconfig);
  if (kubeconfig !== undefined && config) return targetOf(config, kubeconfig, context);
  throw new CommandError(
    kubeconfig === undefined
      ? 'the cluster to which the node shall belong was not named'
      : `there is no kubeconfig at ${kubeconfig}`,
    { advice: 'Name its kubeconfig with --kubeconfig; "tutti kubeconfig" prints one.' },
  );
}
