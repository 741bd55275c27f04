import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Endpoint } from '../client/http/connection.ts';
import { CommandError } from './command.ts';

/** A kubeconfig file (`v1` Config), as far as we read and write it. Unknown parts are kept. */
export interface Kubeconfig {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly clusters?: readonly Named<'cluster', ClusterEntry>[];
  readonly users?: readonly Named<'user', UserEntry>[];
  readonly contexts?: readonly Named<'context', ContextEntry>[];
  readonly 'current-context'?: string;
}

type Named<K extends string, V> = { readonly name: string } & { readonly [P in K]: V };

interface ClusterEntry {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}

interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}

/** What a context of a kubeconfig says: where to connect, as whom, and the default namespace. */
export interface Target {
  readonly endpoint: Omit<Endpoint, 'userAgent'>;
  readonly namespace: string;
}

/** Reads a kubeconfig file; undefined when there is none. Throws CommandError when it is unreadable. */
export function readKubeconfig(path: string): Kubeconfig | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`can't read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return (parse(text) as Kubeconfig | null) ?? {};
  } catch (cause) {
    throw new CommandError(`${path} is not valid YAML: ${(cause as Error).message}`, {
      advice: 'Mend the file, or name another one with --kubeconfig.',
      cause,
    });
  }
}

/** Finds a context, by default the current one, and reads the files that it points to. */
export function targetOf(config: Kubeconfig, path: string, contextName?: string): Target {
  const wanted = contextName ?? config['current-context'];
  const context = config.contexts?.find(({ name }) => name === wanted)?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user ?? {};
  if (!context || !cluster) {
    throw new CommandError(
      wanted ? `${path} has no context "${wanted}"` : `${path} names no current context`,
      {
        advice: `Contexts there: ${config.contexts?.map(({ name }) => name).join(', ') || 'none'}.`,
      },
    );
  }
  const pem = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, 'base64').toString('utf8') : file && readBeside(path, file);
  const endpoint = {
    server: cluster.server,
    ca: pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    certificate: pem(user['client-certificate-data'], user['client-certificate']),
    key: pem(user['client-key-data'], user['client-key']),
    token: user.token ?? (user.tokenFile && readBeside(path, user.tokenFile).trim()),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    serverName: cluster['tls-server-name'],
  };
  const given = Object.entries(endpoint).filter(([, value]) => value !== undefined);
  return {
    endpoint: Object.fromEntries(given) as unknown as Target['endpoint'],
    namespace: context.namespace ?? 'default',
  };
}

function readBeside(path: string, file: string): string {
  const full = resolve(dirname(path), file);
  try {
    return readFileSync(full, 'utf8');
  } catch (cause) {
    throw new CommandError(`${path} points to ${full}, which can't be read`, { cause });
  }
}

/** A kubeconfig with one cluster, user and context, all named alike. */
export function kubeconfigFor(
  name: string,
  { server, ca = '', certificate = '', key = '' }: Omit<Endpoint, 'userAgent'>,
): Kubeconfig {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}

/** `config` with the entries of `added` put in place of those with the same names. */
export function mergeKubeconfig(config: Kubeconfig, added: Kubeconfig): Kubeconfig {
  const merge = <E extends { readonly name: string }>(
    old: readonly E[] | undefined,
    fresh: readonly E[] | undefined = [],
  ): E[] => [...(old ?? []).filter(({ name }) => !fresh.some((e) => e.name === name)), ...fresh];
  return {
    apiVersion: 'v1',
    kind: 'Config',
    ...config,
    clusters: merge(config.clusters, added.clusters),
    users: merge(config.users, added.users),
    contexts: merge(config.contexts, added.contexts),
    'current-context': added['current-context'] ?? config['current-context'] ?? '',
  };
}

/** `config` without the cluster, user and context of that name. */
export function removeFromKubeconfig(config: Kubeconfig, name: string): Kubeconfig {
  const without = <E extends { readonly name: string }>(entries: readonly E[] = []): E[] =>
    entries.filter((entry) => entry.name !== name);
  const contexts = without(config.contexts);
  const current = config['current-context'];
  return {
    ...config,
    clusters: without(config.clusters),
    users: without(config.users),
    contexts,
    'current-context': current === name ? (contexts[0]?.name ?? '') : (current ?? ''),
  };
}

/** Writes a kubeconfig, readable by its owner only; a reader sees the old file or the new one. */
export function writeKubeconfig(path: string, config: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.new`;
  writeFileSync(fresh, stringify(config), { mode: 0o600 });
  renameSync(fresh, path);
}
