import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { hostIps } from '../../agent/node-object.ts';
import { toTime } from '../../base/clock.ts';
import { type ClusterPlace, CommandError, command } from '../../cli/command.ts';
import { readKubeconfig, type Target, targetOf } from '../../cli/kubeconfig.ts';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/http/connection.ts';
import { createHttpTransport } from '../../client/http/transport.ts';
import { createClient } from '../../client/typed-client.ts';
import { machineFacts } from '../../runtime/machine.ts';
import { untilAborted } from '../aborting.ts';
import { notedRuntime, noteRunning, type RunningCluster } from '../background.ts';
import { type ClusterFacts, readFacts } from '../cluster-facts.ts';
import { claimName, clusterName } from '../cluster-name.ts';
import { openDataFolder } from '../data-folder.ts';
import { lockFolder } from '../folder-lock.ts';
import { lineLogger } from '../log.ts';
import { assertFitsNode, assertHasParts, assertRoot } from '../machine-check.ts';
import { startNode } from '../node.ts';
import { openRuntime } from '../node-runtime.ts';
import { runtimeFor } from '../runtime-choice.ts';
import { openServingFiles } from '../serving-certificate.ts';
import { clusterOptions, nodeOptions } from './options.ts';

export const agent = command({
  name: 'agent',
  summary: 'Run a node of a cluster in the foreground',
  details: `Takes the address of the API server, and who to be there, from a kubeconfig. Ends on SIGTERM;
containers go on, and are found again by the next start. "tutti kubeconfig --node NAME" makes such a
kubeconfig where the cluster runs; the node then has that name.

Example:
  tutti agent --kubeconfig worker-1.yaml --node-ip 192.0.2.2`,
  options: {
    ...nodeOptions,
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
    const clientFor = (component: string) => createClient(transport, { fieldManager: component });
    const facts = await factsOf(clientFor('tutti'), endpoint.server);
    const url = new URL(endpoint.server);
    const nodeName = nodeNameOf(endpoint.certificate, options['node-name']);
    const folder = openDataFolder(place.data);
    assertFitsNode(folder);
    const given = runtimeFor(folder, options);
    assertHasParts({ hasRuntime: given !== undefined });
    lockFolder(folder, 'node');
    const cluster = clusterName(folder, place);
    claimName(folder, cluster);
    let noted: Omit<RunningCluster, 'process'> = {
      startedAt: toTime(clock.now()),
      nodeName,
      ...notedRuntime(folder), // Its pods are there until somebody takes them away.
    };
    const note = (more: Partial<RunningCluster>) => {
      noted = { ...noted, ...more };
      noteRunning(folder.node, noted);
    };
    note({});
    const runtime = await openRuntime(
      { clock, random, logger },
      { folder, cluster, nodeName, given, note: (runtime) => note({ given: runtime }) },
    );
    const addresses = hostIps(options['node-ip'] ? [options['node-ip']] : machineFacts().addresses);
    const identity = endpoint.ca && { nodeName, addresses, ca: endpoint.ca };
    const files = identity && openServingFiles({ clock, random }, folder.agent, identity);
    const serving = files && {
      ...files.current,
      clientCa: identity.ca,
      files,
      follow: files.follow,
    };
    const node = await startNode(
      {
        clock,
        random,
        logger,
        folder,
        cluster,
        nodeName,
        nodeIp: options['node-ip'],
        ...facts,
        dnsAddress: options['cluster-dns'] ?? facts.dnsAddress,
        ...(serving && { serving }),
        apiServer: { address: url.hostname, port: Number(url.port || 443) },
        clientFor,
        balances: false,
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

const NODE_USER = 'system:node:';

/** The name that the node goes by. Throws CommandError for one that isn't the certificate's. */
function nodeNameOf(certificate: string | undefined, asked: string | undefined): string {
  const user = certificate && /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1];
  if (!user?.startsWith(NODE_USER)) return asked ?? hostname().toLowerCase();
  const own = user.slice(NODE_USER.length);
  if (asked === undefined || asked === own) return own;
  throw new CommandError(`the kubeconfig is that of the node "${own}", not of "${asked}"`, {
    advice: 'Leave --node-name out, or take the kubeconfig of the other one.',
  });
}

/** Also finds out whether the API server lets us in, before anything is made. */
async function factsOf(client: Client, server: string): Promise<ClusterFacts> {
  const facts = await readFacts(client);
  if (facts) return facts;
  throw new CommandError(`the cluster at ${server} doesn't tell its networks`, {
    advice: 'Is it a cluster of this version of Tutti, with its controllers at work?',
  });
}

/** The cluster to which the node shall belong. Throws CommandError when none was named. */
function targetIn({ kubeconfig, context }: ClusterPlace): Target {
  const config = kubeconfig === undefined ? undefined : readKubeconfig(kubeconfig);
  if (kubeconfig !== undefined && config) return targetOf(config, kubeconfig, context);
  throw new CommandError(
    kubeconfig === undefined
      ? 'the cluster to which the node shall belong was not named'
      : `there is no kubeconfig at ${kubeconfig}`,
    {
      advice:
        'Name its kubeconfig with --kubeconfig; "tutti kubeconfig --node NAME" prints one where the cluster runs.',
    },
  );
}
