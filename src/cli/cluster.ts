import type { Client } from '../client/client.ts';
import { type Connection, connect } from '../client/http/connection.ts';
import { createHttpTransport } from '../client/http/transport.ts';
import { createClient } from '../client/typed-client.ts';
import { type ClusterPlace, CommandError } from './command.ts';
import { discover, type ServedResource } from './discovery.ts';
import { readKubeconfig, targetOf } from './kubeconfig.ts';

/** A connected cluster, as commands use it. */
export interface Cluster {
  readonly client: Client;
  /** For what isn't an object: logs, tables, version. */
  readonly connection: Connection;
  /** The namespace of the context. */
  readonly namespace: string;
  readonly server: string;
  /** What the server serves; asked for once. */
  resources(): Promise<readonly ServedResource[]>;
  close(): void;
}

/** Connects as the kubeconfig says: the one named, else the cluster's own, else the user's. */
export function openCluster(
  place: ClusterPlace,
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
): Cluster {
  const { endpoint, namespace } = findTarget(place, environment);
  const connection = connect({ ...endpoint, userAgent: `tutti/${version}` });
  const client = createClient(createHttpTransport(connection), { fieldManager: 'tutti' });
  let resources: Promise<readonly ServedResource[]> | undefined;
  return {
    client,
    connection,
    namespace,
    server: endpoint.server,
    resources() {
      resources ??= discover(connection);
      return resources;
    },
    close: () => connection.close(),
  };
}

function findTarget(
  place: ClusterPlace,
  environment: Readonly<Record<string, string | undefined>>,
): ReturnType<typeof targetOf> {
  if (place.kubeconfig) {
    const config = readKubeconfig(place.kubeconfig);
    if (config) return targetOf(config, place.kubeconfig, place.context);
    throw new CommandError(`there is no kubeconfig at ${place.kubeconfig}`);
  }
  const own = `${place.data}/kubeconfig`;
  const config = place.context ? undefined : readKubeconfig(own);
  if (config) return targetOf(config, own);
  const users = userKubeconfig(environment);
  const shared = readKubeconfig(users);
  if (shared) return targetOf(shared, users, place.context);
  throw new CommandError(`there is no cluster "${place.name}" here`, {
    advice: 'Start one with "tutti up", or name another kubeconfig with --kubeconfig.',
  });
}

/** The user's own kubeconfig: the first of `KUBECONFIG`, else `~/.kube/config`. */
export function userKubeconfig(environment: Readonly<Record<string, string | undefined>>): string {
  const [first] = (environment.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  return first ?? `${environment.HOME ?? '/root'}/.kube/config`;
}
