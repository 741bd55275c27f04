import type { Endpoint } from '../client/http/connection.ts';
import { toYaml } from '../machinery/yaml-writer.ts';
import { replaceFile } from './files.ts';

/** A kubeconfig (`v1` Config), as far as we read and write it. Unknown parts are kept. */
export interface Kubeconfig {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly clusters?: readonly Named<'cluster', KubeconfigCluster>[] | null;
  readonly users?: readonly Named<'user', KubeconfigUser>[] | null;
  readonly contexts?: readonly Named<'context', KubeconfigContext>[] | null;
  readonly 'current-context'?: string;
}

type Named<K extends string, V> = { readonly name: string } & { readonly [P in K]: V };

/** How to reach a cluster. */
export interface KubeconfigCluster {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}

/** How to prove who one is. */
export interface KubeconfigUser {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly exec?: unknown;
  readonly 'auth-provider'?: unknown;
}

/** A cluster, and who to be there. */
export interface KubeconfigContext {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
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
    old: readonly E[] | null | undefined,
    fresh: readonly E[] | null | undefined,
  ): E[] => {
    const names = new Map((fresh ?? []).map((entry) => [entry.name, entry]));
    const kept = (old ?? []).map((entry) => {
      const replacement = names.get(entry.name) ?? entry;
      names.delete(entry.name);
      return replacement;
    });
    return [...kept, ...names.values()];
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    ...config,
    clusters: merge(config.clusters, added.clusters),
    users: merge(config.users, added.users),
    contexts: merge(config.contexts, keepingNamespaces(config, added)),
    'current-context': added['current-context'] || config['current-context'] || '',
  };
}

/** A namespace that the user has chosen for a context stays chosen. */
const keepingNamespaces = (config: Kubeconfig, added: Kubeconfig) =>
  added.contexts?.map((entry) => {
    const before = config.contexts?.find(({ name }) => name === entry.name)?.context.namespace;
    return before ? { ...entry, context: { namespace: before, ...entry.context } } : entry;
  });

/** `config` without the cluster, user and context of that name. */
export function removeFromKubeconfig(config: Kubeconfig, name: string): Kubeconfig {
  const without = <E extends { readonly name: string }>(entries: readonly E[] | null = []): E[] =>
    (entries ?? []).filter((entry) => entry.name !== name);
  const contexts = without(config.contexts);
  const current = config['current-context'];
  return {
    ...config,
    clusters: without(config.clusters),
    users: without(config.users),
    contexts,
    // Another one would be a cluster that nobody has chosen.
    'current-context': current === name ? '' : (current ?? ''),
  };
}

/** Writes a kubeconfig, readable by its owner only; a reader sees the old file or the new one. */
export function writeKubeconfig(path: string, config: Kubeconfig): void {
  replaceFile(path, toYaml(config), { mode: 0o600 });
}
