import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { hostIps } from '../../agent/node-object.ts';
import { toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import {
  type ClusterPlace,
  type CommandContext,
  CommandError,
  command,
} from '../../cli/command.ts';
import { readKubeconfig, type Target, targetOf } from '../../cli/kubeconfig.ts';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/http/connection.ts';
import { createHttpTransport } from '../../client/http/transport.ts';
import { createClient } from '../../client/typed-client.ts';
import { machineFacts } from '../../runtime/machine.ts';
import { untilAborted } from '../aborting.ts';
import { notedRuntime } from '../background.ts';
import { type ClusterFacts, readFacts } from '../cluster-facts.ts';
import { lineLogger } from '../log.ts';
import { assertRoot } from '../machine-check.ts';
import { type RunningNode, startNode } from '../node.ts';
import { keepNoted, type NodePlace, takeNodePlace } from '../node-place.ts';
import { openRuntime } from '../node-runtime.ts';
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
  async run({ options }, context) {
    const { clock, io, place, signal, version } = context;
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
    const nodeName = nodeNameOf(endpoint.certificate, options['node-name']);
    const taken = takeNodePlace('node', place, options);
    const node = await startNoted(
      taken,
      { ...context, logger, clientFor },
      {
        endpoint,
        nodeName,
        nodeIp: options['node-ip'],
        facts: { ...facts, dnsAddress: options['cluster-dns'] ?? facts.dnsAddress },
      },
    );
    io.line(`node ${nodeName} of ${endpoint.server}`);
    await untilAborted(signal);
    await node.release();
    connection.close();
    return 0;
  },
});

interface StartContext extends Pick<CommandContext, 'clock' | 'random'> {
  readonly logger: Logger;
  readonly clientFor: (component: string) => Client;
}

/** Which node of which cluster it is. */
interface NodeIdentity {
  readonly endpoint: Target['endpoint'];
  readonly nodeName: string;
  readonly nodeIp: string | undefined;
  readonly facts: ClusterFacts;
}

/** Starts the node, and notes what it has on the machine. */
async function startNoted(
  { folder, cluster, given }: NodePlace,
  { clock, random, logger, clientFor }: StartContext,
  { endpoint, nodeName, nodeIp, facts }: NodeIdentity,
): Promise<RunningNode> {
  const note = keepNoted(folder.node, {
    startedAt: toTime(clock.now()),
    nodeName,
    ...notedRuntime(folder), // Its pods are there until somebody takes them away.
  });
  const runtime = await openRuntime(
    { clock, random, logger },
    { folder, cluster, nodeName, given, note: (runtime) => note({ given: runtime }) },
  );
  const addresses = hostIps(nodeIp ? [nodeIp] : machineFacts().addresses);
  const { ca } = endpoint;
  const files =
    ca && openServingFiles({ clock, random }, folder.agent, { nodeName, addresses, ca });
  const url = new URL(endpoint.server);
  const node = await startNode(
    {
      clock,
      random,
      logger,
      folder,
      cluster,
      nodeName,
      nodeIp,
      ...facts,
      ...(files && { serving: { ...files.current, clientCa: ca, files, follow: files.follow } }),
      apiServer: { address: url.hostname, port: Number(url.port || 443) },
      clientFor,
      balances: false,
    },
    runtime,
  );
  if (runtime.images) note({ containerd: runtime.images });
  node.networkUp.catch((error) => logger.error('the network is not up', { error }));
  return node;
}

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
