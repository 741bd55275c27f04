import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { formatCidr, networkOf, parseCidr } from '../base/ip.ts';
import type { Logger } from '../base/logger.ts';
import { RuntimeFailure } from './cri.ts';
import { runPipedCommand } from './piped-command.ts';
import { runCommand } from './process.ts';

/** A bridge as it is to be. */
export interface Bridge {
  /** At most 15 characters: Linux' limit. */
  readonly name: string;
  /** Six bytes in hexadecimal. Said, because a bridge otherwise changes it with its ports. */
  readonly macAddress: string;
  readonly mtu: number;
  /** Addresses with prefix lengths. */
  readonly addresses: readonly string[];
  /** Networks whose addresses are all translated: the machine needs a way to them to begin with. */
  readonly translated: readonly string[];
}

/** What became of a bridge. */
export interface BridgeState {
  /** Whether the packet filter sees what is bridged. */
  readonly filtersBridge: boolean;
}

/** A way to a network behind another machine. */
export interface Route {
  readonly network: string;
  /** The address of that machine, on a link of this one. */
  readonly via: string;
}

/** The links of this process's network namespace. */
export interface Links {
  /**
   * Makes the bridge so, new or not, and lets the machine forward packets. What else hangs on it is
   * left alone. Throws RuntimeFailure, also when one of its networks is somebody else's.
   */
  ensureBridge(bridge: Bridge): Promise<BridgeState>;
  /**
   * Makes these the routes that lead from a bridge's networks to other machines: what isn't among
   * them goes. They go with the bridge. Answers those that can't be had, with the kernel's reason.
   */
  setRoutes(bridge: string, routes: readonly Route[]): Promise<ReadonlyMap<Route, string>>;
  /** Removes an interface, with its addresses and routes, and what hangs on it if it is a bridge. */
  removeBridge(name: string): Promise<void>;
  /** The interface and MTU of the way out, and the machine's address on it; undefined offline. */
  defaultRoute(): Promise<DefaultRoute | undefined>;
}

export interface DefaultRoute {
  readonly device: string;
  readonly mtu: number;
  readonly address: string | undefined;
}

interface IpAddressJson {
  readonly ifname: string;
  readonly mtu: number;
  readonly address: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

interface IpRouteJson {
  readonly dst: string;
  readonly dev: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
}

const ATTEMPTS_MAX = 100; // Of some milliseconds each.

/** Links by way of `ip` (iproute2). */
export function createLinks(logger: Logger): Links {
  const ip = async <T>(...args: string[]): Promise<T> =>
    JSON.parse((await runCommand('ip', ['-json', ...args])) || '[]') as T;
  const batch = (lines: readonly string[]) =>
    runPipedCommand({ command: 'ip', args: ['-batch', '-'], input: `${lines.join('\n')}\n` });

  return {
    async ensureBridge(bridge) {
      const { name, macAddress, mtu, addresses, translated } = bridge;
      refuseForeignRoutes(bridge, await ip<IpRouteJson[]>('route', 'show'));
      const link = await find(name);
      const stale = (link?.addr_info ?? [])
        .filter(({ scope }) => scope === 'global')
        .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
        .filter((address) => !addresses.includes(address));
      await batch([
        `link ${link ? 'set' : 'add'} ${name} address ${macAddress} mtu ${mtu} type bridge`,
      ]);
      // Nobody else has our addresses, and asking around would keep IPv6 from working for a second.
      writeSetting(`/proc/sys/net/ipv6/conf/${name}/accept_dad`, '0');
      await batch([
        `link set ${name} up`,
        ...stale.map((address) => `addr del ${address} dev ${name}`),
        ...addresses.map((address) => `addr replace ${address} dev ${name}`),
      ]);
      // By the loopback: what came from the bridge and would leave by it again makes the kernel send
      // redirects, and a pod that heeds one has lost its way to that service.
      for (const network of translated) {
        await routeFrom(`route replace ${network} dev lo${from(network, addresses)}`);
      }
      allowForwarding(addresses);
      // Lets what we translate reach the machine's loopback, and come from it: node ports on
      // 127.0.0.1. Only here; the table drops whatever else tries.
      writeSetting(`/proc/sys/net/ipv4/conf/${name}/route_localnet`, '1');
      return { filtersBridge: await filterBridge(name) };
    },
    async setRoutes(name, routes) {
      const link = await find(name);
      const infos = link?.addr_info ?? [];
      const own = infos.map(({ local }) => local);
      const refused = new Map<Route, string>();
      for (const family of ['-4', '-6'] as const) {
        // The one in a network of pods: others are for DNS alone, or for this link.
        const source = infos.find(({ local, prefixlen, scope }) => {
          const isOne = prefixlen === (family === '-4' ? 32 : 128);
          return familyOf(local) === family && scope === 'global' && !isOne;
        })?.local;
        if (source === undefined) continue;
        const wanted = routes.filter(({ network }) => familyOf(network) === family);
        const found = await remoteRoutes(family, own);
        for (const { dst } of found.filter(({ dst }) => !wanted.some((r) => r.network === dst))) {
          await batch([`route del ${dst}`]).catch(() => {}); // Gone with its link meanwhile.
        }
        for (const route of wanted) {
          const { network, via } = route;
          if (found.some(({ dst, gateway }) => dst === network && gateway === via)) continue;
          const command = `route replace ${network} via ${via} src ${source}`;
          await batch([command]).catch((error: Error) => refused.set(route, error.message));
        }
      }
      return refused;
    },
    async removeBridge(name) {
      const link = await find(name);
      if (!link) return;
      const ours = new Set(link.addr_info.map(({ local }) => local));
      for (const family of ['-4', '-6'] as const) {
        for (const { dst } of await remoteRoutes(family, [...ours])) {
          await batch([`route del ${dst}`]).catch(() => {}); // Gone with its link meanwhile.
        }
      }
      for (const family of ['-4', '-6']) {
        // IPv4 takes such routes away with their address, IPv6 doesn't.
        for (const { dst, prefsrc } of await ip<IpRouteJson[]>(
          family,
          'route',
          'show',
          'dev',
          'lo',
        )) {
          if (prefsrc && ours.has(prefsrc)) await batch([`route del ${dst} dev lo`]);
        }
      }
      const ports = await ip<IpAddressJson[]>('link', 'show', 'master', name);
      // Those whose pod has just gone are on their way out by themselves.
      for (const { ifname } of ports) await batch([`link del ${ifname}`]).catch(() => {});
      await batch([`link del ${name}`]);
    },
    async defaultRoute() {
      for (const family of ['-4', '-6']) {
        const [route] = await ip<IpRouteJson[]>(family, 'route', 'show', 'default');
        if (!route) continue;
        const [link] = await ip<IpAddressJson[]>(
          family,
          'addr',
          'show',
          'dev',
          route.dev,
          'scope',
          'global',
        );
        const [first] = (link?.addr_info ?? []).filter((info) => info.local);
        return {
          device: route.dev,
          mtu: link?.mtu ?? 1500,
          address: route.prefsrc ?? first?.local,
        };
      }
      return undefined;
    },
  };

  /** Our routes to other machines: they are known by their source, which is an address of ours. */
  async function remoteRoutes(family: '-4' | '-6', own: readonly string[]): Promise<IpRouteJson[]> {
    const all = await ip<IpRouteJson[]>(family, 'route', 'show');
    return all.filter(({ gateway, prefsrc = '' }) => gateway && own.includes(prefsrc));
  }

  async function find(name: string): Promise<IpAddressJson | undefined> {
    const links = await ip<IpAddressJson[]>('addr', 'show');
    return links.find(({ ifname }) => ifname === name);
  }

  /** An IPv6 address can be a source only once the kernel has got round to it, in a moment. */
  async function routeFrom(command: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await batch([command]);
        return;
      } catch (error) {
        const { message } = error as Error;
        if (attempt === ATTEMPTS_MAX || !/Invalid source address/.test(message)) throw error;
      }
    }
  }

  async function filterBridge(name: string): Promise<boolean> {
    if (!existsSync('/proc/sys/net/bridge')) {
      await runCommand('modprobe', ['br_netfilter']).catch((error: unknown) =>
        logger.debug('br_netfilter not loaded', { error }),
      );
    }
    if (!existsSync('/proc/sys/net/bridge')) {
      logger.warn('no br_netfilter: pods of one node see each other under the address of the node');
      return false;
    }
    // For this bridge alone, whatever the machine's default is.
    const settings = ['nf_call_iptables 1', 'nf_call_ip6tables 1'];
    await batch([`link set ${name} type bridge ${settings.join(' ')}`]);
    return true;
  }
}

const familyOf = (address: string): '-4' | '-6' => (address.includes(':') ? '-6' : '-4');

function refuseForeignRoutes(
  { name, addresses, translated }: Bridge,
  existing: readonly IpRouteJson[],
): void {
  const ours = addresses.map((address) => address.split('/')[0]);
  const wanted = [...translated, ...addresses.map(networkText)];
  const foreign = existing.find(
    ({ dst, dev, prefsrc }) => wanted.includes(dst) && dev !== name && !ours.includes(prefsrc),
  );
  if (!foreign) return;
  throw new RuntimeFailure(
    'permanent',
    `${foreign.dst} is already routed to ${foreign.dev}: something else on this machine has the same network, choose another one`,
  );
}

/** The network of an address with its prefix length, as `ip route` shows it. */
function networkText(address: string): string {
  const cidr = parseCidr(address)!;
  return formatCidr({ address: networkOf(cidr), prefixLength: cidr.prefixLength });
}

/** What the machine itself sends there comes from its address among the pods, also when offline. */
function from(network: string, addresses: readonly string[]): string {
  const [source] = addresses.filter((address) => address.includes(':') === network.includes(':'));
  return source === undefined ? '' : ` src ${source.split('/')[0]}`;
}

function allowForwarding(addresses: readonly string[]): void {
  const is6 = (address: string) => address.includes(':');
  if (!addresses.every(is6)) writeSetting('/proc/sys/net/ipv4/ip_forward', '1');
  if (addresses.some(is6)) writeSetting('/proc/sys/net/ipv6/conf/all/forwarding', '1');
}

function writeSetting(path: string, value: string): void {
  if (!existsSync(path)) return; // A kernel without IPv6.
  if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
}
