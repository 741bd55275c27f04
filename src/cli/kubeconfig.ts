import { isAbsolute, join, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Endpoint } from '../client/http/connection.ts';
import { CommandError } from './command.ts';
import { fileExists, readTextFile, withLock } from './files.ts';
import {
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigContext,
  type KubeconfigUser,
  mergeKubeconfig,
  writeKubeconfig,
} from './kubeconfig-entries.ts';
import { readYaml } from './yaml-text.ts';

/** What a context of a kubeconfig says: where to connect, as whom, and the default namespace. */
export interface Target {
  readonly endpoint: Omit<Endpoint, 'userAgent'>;
  readonly namespace: string;
}

/** What to do about a kubeconfig that is broken. */
const MEND = 'Mend or move that file, or name another one with --kubeconfig.';

/** Reads a kubeconfig; undefined when there is none. Throws CommandError when it makes no sense. */
export function readKubeconfig(path: string): Kubeconfig | undefined {
  if (!fileExists(path)) return undefined;
  const config = parse(readTextFile(path), path);
  const fault = faultOf(config);
  if (fault) throw new CommandError(`${path} is no kubeconfig: ${fault}`, { advice: MEND });
  return config as Kubeconfig;
}

function parse(text: string, path: string): unknown {
  try {
    const [document] = readYaml(text, path);
    return document?.value ?? {};
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new CommandError(cause.message, { cause, advice: MEND });
  }
}

/** Reads several as one: of entries with the same name, the first counts. */
export function readKubeconfigs(paths: readonly string[]): Kubeconfig | undefined {
  const found = paths
    .map((path) => {
      const config = readKubeconfig(path);
      return config && withAbsolutePaths(config, path);
    })
    .filter((config) => config !== undefined);
  if (found.length === 0) return undefined;
  return found.reduceRight((rest, first) => mergeKubeconfig(rest, first));
}

const LISTS = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

/** What keeps a value from being a kubeconfig. */
function faultOf(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return 'it is no map';
  const { kind, ...lists } = config as Kubeconfig;
  if (kind !== undefined && kind !== 'Config') return `its kind is ${JSON.stringify(kind)}`;
  for (const [list, inner] of Object.entries(LISTS)) {
    const entries: unknown = lists[list as keyof typeof LISTS] ?? [];
    if (!Array.isArray(entries)) return `"${list}" is no list`;
    const isWhole = (entry: Readonly<Record<string, unknown>> | null) =>
      typeof entry?.name === 'string' && typeof entry[inner] === 'object';
    if (!entries.every(isWhole)) return `"${list}" has an entry without a name or ${inner}`;
  }
  return undefined;
}

/** Paths in a kubeconfig are relative to it. */
function withAbsolutePaths(config: Kubeconfig, path: string): Kubeconfig {
  const absolute = <E extends object>(entry: E | undefined, ...keys: readonly string[]): E => {
    const fields = Object.entries(entry ?? {}).map(([key, value]) =>
      keys.includes(key) && typeof value === 'string' ? [key, beside(path, value)] : [key, value],
    );
    return Object.fromEntries(fields) as E;
  };
  return {
    ...config,
    clusters: config.clusters?.map(({ name, cluster }) => ({
      name,
      cluster: absolute(cluster, 'certificate-authority'),
    })),
    users: config.users?.map(({ name, user }) => ({
      name,
      user: absolute(user, 'client-certificate', 'client-key', 'tokenFile'),
    })),
  };
}

const beside = (path: string, file: string): string =>
  isAbsolute(file) ? file : resolve(join(path, '..'), file);

/** Finds a context, by default the current one, and reads the files that it points to. */
export function targetOf(config: Kubeconfig, path: string, contextName?: string): Target {
  const wanted = contextName ?? config['current-context'];
  const context = config.contexts?.find(({ name }) => name === wanted)?.context;
  const names = config.contexts?.map(({ name }) => name).join(', ') || 'none';
  if (!context) {
    throw new CommandError(
      wanted ? `${path} has no context "${wanted}"` : `${path} names no current context`,
      { advice: `Choose one with --context; there are: ${names}.` },
    );
  }
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster?.server) {
    throw new CommandError(`${path} doesn't say where the cluster "${context.cluster}" is`, {
      advice: MEND,
    });
  }
  const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
  return {
    endpoint: endpointOf(cluster, user, { path, names: context }),
    namespace: context.namespace || 'default',
  };
}

function endpointOf(
  cluster: KubeconfigCluster,
  user: KubeconfigUser,
  { path, names }: { readonly path: string; readonly names: KubeconfigContext },
): Target['endpoint'] {
  if (!URL.canParse(cluster.server) || new URL(cluster.server).protocol !== 'https:') {
    throw new CommandError(`${path}: the server "${cluster.server}" is no https:// address`, {
      advice: MEND,
    });
  }
  if (user.exec || user['auth-provider']) {
    throw new CommandError(`${path}: the user "${names.user}" logs in by way of another program`, {
      advice: 'That only kubectl can do; tutti takes certificates and tokens.',
    });
  }
  const pem = (of: string, data: string | undefined, file: string | undefined) => {
    const text = data ? Buffer.from(data, 'base64').toString('utf8') : file && read(path, file);
    if (text && !text.includes('-----BEGIN ')) {
      throw new CommandError(`${path}: the ${of} isn't in PEM form`, { advice: MEND });
    }
    return text || undefined;
  };
  const endpoint = {
    server: cluster.server,
    ca: pem(
      `authority of the cluster "${names.cluster}"`,
      cluster['certificate-authority-data'],
      cluster['certificate-authority'],
    ),
    certificate: pem(
      `certificate of the user "${names.user}"`,
      user['client-certificate-data'],
      user['client-certificate'],
    ),
    key: pem(`key of the user "${names.user}"`, user['client-key-data'], user['client-key']),
    token: user.token || (user.tokenFile && read(path, user.tokenFile).trim()),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    serverName: cluster['tls-server-name'],
  };
  const given = Object.entries(endpoint).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as Target['endpoint'];
}

function read(path: string, file: string): string {
  const full = beside(path, file);
  try {
    return readTextFile(full);
  } catch (cause) {
    throw new CommandError(`${path} points to ${full}, which can't be read`, {
      cause,
      advice: MEND,
    });
  }
}

/** Changes a kubeconfig that others change too, as kubectl does. Leaves alone what isn't changed. */
export async function updateKubeconfig(
  path: string,
  clock: Clock,
  change: (config: Kubeconfig) => Kubeconfig,
): Promise<void> {
  await withLock(path, clock, async () => {
    const before = readKubeconfig(path) ?? {};
    const after = change(before);
    if (JSON.stringify(after) !== JSON.stringify(before)) writeKubeconfig(path, after);
  });
}
