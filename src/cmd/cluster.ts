import { nodes } from '../api/generated/core/v1/resources.ts';
import { type Clock, parseTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { CommandError } from '../cli/command.ts';
import type { Client } from '../client/client.ts';
import { RuntimeFailure } from '../runtime/cri.ts';
import { unlessAborted } from './aborting.ts';
import { dnsAddressIn, publishFacts } from './cluster-facts.ts';
import type { DataFolder } from './data-folder.ts';
import type { OpenOptions } from './given-runtime.ts';
import type { RunningNode, ServingCredentials } from './node.ts';
import type { NodeRuntime } from './node-runtime.ts';
import type { GivenRuntime } from './runtime-choice.ts';
import { COMPONENTS, type RunningServer, startServer } from './server.ts';

export interface ClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly folder: DataFolder;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly nodeName: string;
  readonly nodeIp: string | undefined;
  readonly dnsAddress: string | undefined;
  /** The runtime to use; a containerd of our own unless this is set. */
  readonly given: GivenRuntime | undefined;
  /** Of this package. */
  readonly version: string;
  /** Ends the start; what was begun of it is ended, too. */
  readonly signal: AbortSignal;
  /** Told of a given runtime before anything is made in it. */
  readonly onRuntime: OpenOptions['note'];
  /** Called as soon as the API answers. */
  readonly onApi: (url: string) => void;
}

/** A control plane and a node in this process. */
export interface RunningOneNodeCluster {
  readonly server: RunningServer;
  readonly node: RunningNode;
  /** Resolves once the node is Ready and its network is up; rejects when that can't be. */
  readonly nodeReady: Promise<unknown>;
  /** Stops the process's part. Containers go on, to be found again. */
  release(): Promise<void>;
}

/** Starts everything of a cluster of one node, the API and the container runtime side by side. */
export async function startCluster(options: ClusterOptions): Promise<RunningOneNodeCluster> {
  const { clock, signal, nodeName, onApi } = options;
  const startedAt = clock.now();
  const starting = startServer({ ...options, components: COMPONENTS });
  const runtime = openRuntime(options);
  runtime.catch(() => {}); // Told below, when the API is there.
  const server = await starting.catch(async (error) => {
    await abandon(runtime);
    throw error;
  });
  onApi(server.url);
  const { podCidr, serviceCidr } = options;
  const dnsAddress = dnsAddressIn(serviceCidr, options.dnsAddress);
  const facts = { podCidr, serviceCidr, dnsAddress };
  try {
    const [nodeRuntime, { startNode }] = await unlessAborted(
      signal,
      Promise.all([runtime, import('./node.ts'), publishFacts(server.clientFor('tutti'), facts)]),
    );
    const node = await unlessAborted(
      signal,
      startNode(
        {
          ...options,
          cluster: options.name,
          dnsAddress,
          serving: servingOf(server, nodeName),
          apiServer: { address: options.host, port: server.api.listening.port },
          clientFor: server.clientFor,
          balances: true,
        },
        nodeRuntime,
      ),
    );
    return {
      server,
      node,
      nodeReady: Promise.all([
        untilReady(server.clientFor('tutti'), nodeName, startedAt),
        node.networkUp.catch((cause) => {
          throw networkFailure(cause);
        }),
      ]),
      async release() {
        await node.release();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    await abandon(runtime);
    throw error;
  }
}

/** Of all that a node takes, this is loaded first: containerd needs time until it answers. */
async function openRuntime(options: ClusterOptions): Promise<NodeRuntime> {
  const { folder, name: cluster, nodeName, given, onRuntime: note } = options;
  const { openRuntime } = await import('./node-runtime.ts');
  return openRuntime(options, { folder, cluster, nodeName, given, note });
}

async function abandon(runtime: Promise<NodeRuntime>): Promise<void> {
  const { abandonRuntime } = await import('./node-runtime.ts');
  await abandonRuntime(runtime);
}

function networkFailure(cause: unknown): unknown {
  if (!(cause instanceof RuntimeFailure)) return cause;
  return new CommandError(`the node's network can't be set up: ${cause.message}`, {
    cause,
    advice:
      'If another cluster here has the same networks: "tutti down" for that one, or "tutti down --purge" for this.',
  });
}

function servingOf({ certificates }: RunningServer, nodeName: string): ServingCredentials {
  const kept = certificates.keep('node', {
    subject: { commonName: `system:node:${nodeName}` },
    usages: ['server'],
    names: [nodeName],
  });
  return {
    ...kept.current,
    clientCa: certificates.ca,
    follow: (use) => kept.follow(use),
  };
}

/** Resolves when the node says that it is ready; what it said before `since` (ms) doesn't count. */
function untilReady(client: Client, name: string, since: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fieldSelector = `metadata.name=${name}`;
  const cancel = client.watch(
    nodes,
    { fieldSelector }, // From no revision: what is there comes first.
    {
      next({ object }) {
        const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
        const saidAt = parseTime(ready?.lastHeartbeatTime) ?? 0;
        // Times of the API are in whole seconds.
        if (ready?.status === 'True' && saidAt >= since - 1000) resolve();
      },
      end: (error) => reject(error ?? new Error('the API server went away')),
    },
  );
  return promise.finally(cancel);
}
