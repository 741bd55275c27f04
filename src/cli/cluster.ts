import type { Client, Transport } from '../client/client.ts';
import { type Connection, connect } from '../client/http/connection.ts';
import { createHttpTransport } from '../client/http/transport.ts';
import { createClient } from '../client/typed-client.ts';
import { isStatusError } from '../machinery/status.ts';
import { type ClusterPlace, CommandError } from './command.ts';
import { discover, type ServedResource } from './discovery.ts';
import type { Io } from './io.ts';
import type { Target } from './kubeconfig.ts';
import { commandFor, userKubeconfigs } from './place.ts';

/** A connected cluster, as commands use it. */
export interface Cluster {
  readonly client: Client;
  /** For what isn't an object: logs, tables, version. */
  readonly connection: Connection;
  /** The namespace of the context. */
  readonly namespace: string;
  readonly server: string;
  /** What the server serves; asked for once, and again when `fresh`. */
  resources(options?: { readonly fresh?: boolean }): Promise<readonly ServedResource[]>;
  /** The same error, or a better one when the cluster couldn't be reached. */
  explain(error: unknown): unknown;
  close(): void;
}

/** Knows the clusters that run on this machine. */
export interface LocalClusters {
  /** How to reach the cluster of this place; undefined when it doesn't run. */
  find(place: ClusterPlace): Target | undefined;
}

/** What connecting takes. */
export interface ClusterTools {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly io: Pick<Io, 'note'>;
  readonly local: LocalClusters;
}

/** Where a cluster was found, and what to say when it can't be reached there. */
interface Found {
  readonly target: Target;
  readonly advice: string;
}

/**
 * Connects to the cluster that is meant: the one of a kubeconfig or context when either was given,
 * else the one of this machine, else, unless that one was asked for by name, the current one of the
 * user's kubeconfig. Throws CommandError when there is none.
 */
export async function openCluster(place: ClusterPlace, tools: ClusterTools): Promise<Cluster> {
  return connectTo(await findTarget(place, tools), tools);
}

/** Connects to the cluster of this machine, whatever kubeconfig was given. */
export async function openLocalCluster(place: ClusterPlace, tools: ClusterTools): Promise<Cluster> {
  const found = await findLocal(place, tools.local);
  if (!found) throw noCluster(place);
  return connectTo(found, tools);
}

function connectTo({ target, advice }: Found, { version, io }: ClusterTools): Cluster {
  const { endpoint, namespace } = target;
  const { server } = endpoint;
  const connection = connect({ ...endpoint, userAgent: `tutti/${version}` });
  const transport = warning(createHttpTransport(connection), (text) => io.note(`Warning: ${text}`));
  let resources: Promise<readonly ServedResource[]> | undefined;
  return {
    client: createClient(transport, { fieldManager: 'tutti' }),
    connection,
    namespace,
    server,
    resources({ fresh = false } = {}) {
      if (fresh || !resources) resources = discover(connection);
      return resources;
    },
    explain(error) {
      const cause = isStatusError(error, 'ServiceUnavailable', 'Timeout') && error.cause;
      if (!cause) return error;
      return new CommandError(`${(error as Error).message}`, { advice, cause: error });
    },
    close: () => connection.close(),
  };
}

/** Hands on the warnings of answers, each text once. */
function warning(transport: Transport, warn: (text: string) => void): Transport {
  const told = new Set<string>();
  return {
    ...transport,
    async send(request, signal) {
      const answer = await transport.send(request, signal);
      for (const text of answer.warnings ?? []) {
        if (!told.has(text)) warn(text);
        told.add(text);
      }
      return answer;
    },
  };
}

async function findTarget(
  place: ClusterPlace,
  { environment, local }: ClusterTools,
): Promise<Found> {
  if (place.kubeconfig !== undefined) return fromKubeconfig([place.kubeconfig], place.context);
  if (place.context === undefined) {
    const found = await findLocal(place, local);
    if (found) return found;
    if (place.given.name || place.given.data) throw noCluster(place);
  }
  const paths = userKubeconfigs(environment);
  const { readKubeconfigs } = await import('./kubeconfig.ts');
  if (readKubeconfigs(paths)) return fromKubeconfig(paths, place.context);
  if (place.context === undefined) throw noCluster(place);
  throw new CommandError(`there is no kubeconfig at ${paths.join(' or ')}`, {
    advice: 'Name one with --kubeconfig.',
  });
}

async function findLocal(place: ClusterPlace, local: LocalClusters): Promise<Found | undefined> {
  const [status, up] = [commandFor(place, 'status'), commandFor(place, 'up')];
  const advice = `"${status}" tells whether the cluster "${place.name}" runs, "${up}" starts it.`;
  const target = local.find(place);
  if (target) return { target, advice };
  const path = `${place.data}/kubeconfig`;
  const { readKubeconfigs, targetOf } = await import('./kubeconfig.ts');
  const config = readKubeconfigs([path]);
  return config && { target: targetOf(config, path), advice };
}

async function fromKubeconfig(
  paths: readonly string[],
  context: string | undefined,
): Promise<Found> {
  const path = paths.join(':');
  const { readKubeconfigs, targetOf } = await import('./kubeconfig.ts');
  const config = readKubeconfigs(paths);
  if (!config) {
    throw new CommandError(`there is no kubeconfig at ${path}`, {
      advice: 'Is the path right? "tutti kubeconfig" prints the one of a cluster here.',
    });
  }
  const target = targetOf(config, path, context);
  return { target, advice: `That is where ${path} leads; is it right, and does the server run?` };
}

const noCluster = (place: ClusterPlace): CommandError =>
  new CommandError(
    `there is no cluster "${place.name}" on this machine (nothing in ${place.data})`,
    {
      advice: `Start it with "${commandFor(place, 'up')}", or name another with --name, --data or --kubeconfig.`,
    },
  );
