import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { DnsConfig } from '../../runtime/cri-types.ts';
import { usesHostNetwork } from '../pod-runtime.ts';

export interface ClusterDns {
  /** Empty where the cluster has no DNS of its own. */
  readonly addresses: readonly string[];
  /** `cluster.local` */
  readonly domain: string;
}

// From the documentation of resolv.conf as Kubernetes limits it.
const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;

/** How names are resolved in a pod, by its DNS policy and its own settings. */
export function podDns(pod: Pod, cluster: ClusterDns, host: DnsConfig): DnsConfig {
  const base = baseDns(pod, cluster, host);
  const own = pod.spec.dnsConfig ?? {};
  const options = new Map(base.options.map((option) => [option.split(':')[0], option]));
  for (const { name = '', value } of own.options ?? []) {
    options.set(name, value ? `${name}:${value}` : name);
  }
  return {
    servers: distinct([...base.servers, ...(own.nameservers ?? [])]).slice(0, NAMESERVERS_MAX),
    searches: distinct([...base.searches, ...(own.searches ?? [])]).slice(0, SEARCHES_MAX),
    options: [...options.values()],
  };
}

const distinct = (list: readonly string[]): string[] => [...new Set(list)];

function baseDns(pod: Pod, { addresses, domain }: ClusterDns, host: DnsConfig): DnsConfig {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const toCluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !usesHostNetwork(pod));
  if (!toCluster || addresses.length === 0) return host;
  const own = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { servers: addresses, searches: [...own, ...host.searches], options: ['ndots:5'] };
}

/** The settings in the text of a `resolv.conf`. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [word, ...values] = line.trim().split(/\s+/);
    if (word === 'nameserver' && values[0]) servers.push(values[0]);
    if (word === 'search') searches = values.filter((name) => name !== '.');
    if (word === 'options') options = values;
  }
  return { servers, searches, options };
}

const HOST_NAME_MAX = 63;

/** The pod's own name on the network, and the domain it is in, if it has one. */
export function podHostName(pod: Pod, clusterDomain: string): { name: string; domain: string } {
  const { hostname, subdomain, setHostnameAsFQDN, hostnameOverride } = pod.spec;
  if (hostnameOverride) return { name: hostnameOverride, domain: '' };
  const short = hostname || pod.metadata.name;
  const name = short.slice(0, HOST_NAME_MAX).replace(/[-.]+$/, '');
  const domain = subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  return setHostnameAsFQDN && domain ? { name: `${name}.${domain}`, domain } : { name, domain };
}

/** The `/etc/hosts` of a pod with these addresses. */
export function hostsFile(
  pod: Pod,
  { ips, clusterDomain }: { readonly ips: readonly string[]; readonly clusterDomain: string },
): string {
  const { name, domain } = podHostName(pod, clusterDomain);
  const short = name.split('.')[0]!;
  const names = domain ? `${short}.${domain}\t${short}` : name;
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...ips.map((ip) => `${ip}\t${names}`),
    ...aliasLines(pod),
    '',
  ].join('\n');
}

/** The node's own file with the pod's aliases: for pods on its network. */
export const hostsFileOnHost = (pod: Pod, nodeHosts: string): string =>
  ['# Kubernetes-managed hosts file (host network).', nodeHosts, ...aliasLines(pod), ''].join('\n');

function aliasLines({ spec }: Pod): string[] {
  const aliases = spec.hostAliases ?? [];
  if (aliases.length === 0) return [];
  const lines = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'));
  return ['', '# Entries added by HostAliases.', ...lines];
}
