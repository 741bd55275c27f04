import { hostname } from 'node:os';
import { CommandError, command } from '../../cli/command.ts';
import { readKubeconfig, targetOf } from '../../cli/kubeconfig.ts';
import { connect } from '../../client/http/connection.ts';
import { createHttpTransport } from '../../client/http/transport.ts';
import { createClient } from '../../client/typed-client.ts';
import { NODE_VERSION } from '../cluster.ts';
import { openDataFolder } from '../data-folder.ts';
import { lineLogger } from '../log.ts';
import { nthOf, startNode, startRuntime } from '../node.ts';
import { clusterOptions, nodeOptions } from './options.ts';

export const agent = command({
  name: 'agent',
  summary: 'Run a node of a cluster in the foreground, for service managers',
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
    const path = place.kubeconfig;
    const config = path === undefined ? undefined : readKubeconfig(path);
    if (!path || !config) {
      throw new CommandError(path ? `there is no kubeconfig at ${path}` : 'which cluster?', {
        advice:
          'Name a kubeconfig of the cluster with --kubeconfig; "tutti kubeconfig" prints one.',
      });
    }
    const { endpoint } = targetOf(config, path, place.context);
    const connection = connect({ ...endpoint, userAgent: `tutti/${version}` });
    const transport = createHttpTransport(connection);
    const url = new URL(endpoint.server);
    const nodeName = options['node-name'] ?? hostname().toLowerCase();
    const folder = openDataFolder(place.data);
    const containerd = await startRuntime(clock, random, logger, folder);
    const node = await startNode(
      {
        clock,
        random,
        logger,
        folder,
        cluster: place.name,
        nodeName,
        nodeIp: options['node-ip'],
        podCidr: options['pod-cidr'],
        serviceCidr: options['service-cidr'],
        dnsAddress: options['cluster-dns'] ?? nthOf(options['service-cidr'], 10),
        version: NODE_VERSION,
        apiServer: { address: url.hostname, port: Number(url.port || 443) },
        clientFor: (component) => createClient(transport, { fieldManager: component }),
      },
      containerd,
    );
    node.networkUp.catch((error) => logger.error('the network is not up', { error }));
    io.line(`node ${nodeName} of ${endpoint.server}`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await node.release();
    connection.close();
    return 0;
  },
});
