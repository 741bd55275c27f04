import type { Pod } from '../api/generated/core/v1/types.ts';
import type { NftChain } from '../runtime/nft-table.ts';
import {
  addressIn,
  FAMILIES,
  type Family,
  familyOf,
  markStatement,
  type PartElement,
  shortHash,
  socketText,
  type TablePart,
} from './table-part.ts';

/**
 * The host ports of a pod on this node. They are in our table, not the CNI plugin `portmap`'s, since
 * Debian's speaks only iptables; and so they appear and disappear in the same transactions. Pure.
 */
export function renderHostPorts(
  pod: Pod,
  { masqueradeMark }: { readonly masqueradeMark: number },
): TablePart {
  const chains = new Map<string, NftChain>();
  const elements: PartElement[] = [];
  const addresses = (pod.status.podIPs ?? []).flatMap(({ ip }) => addressIn(ip) ?? []);
  const { namespace, name } = pod.metadata;
  for (const { hostIP, hostPort, containerPort, protocol = 'TCP' } of hostPortsOf(pod)) {
    for (const address of addresses) {
      const family = familyOf(address);
      if (!fits(hostIP, family)) continue;
      const l4 = protocol.toLowerCase();
      const title = `${namespace}/${name}/${l4}${family}/${hostIP}/${hostPort}`;
      const chain = `host-port-${shortHash(title)}-${`${namespace}/${name}`.slice(0, 80)}`;
      const { keyword } = FAMILIES[family];
      const rules = [
        `fib saddr type local ${markStatement(masqueradeMark)}`,
        `meta l4proto ${l4} dnat ${keyword} to ${socketText(address, containerPort)}`,
      ];
      chains.set(chain, { rules });
      const verdict = `goto ${chain}`;
      if (isAny(hostIP)) {
        elements.push({ map: 'node_ports', family, key: `${l4} . ${hostPort}`, verdict });
      } else {
        const key = `${hostIP} . ${l4} . ${hostPort}`;
        elements.push({ map: 'service_ips', family, key, verdict });
      }
    }
  }
  return {
    chains,
    sets: new Map(),
    elements,
    localAddresses: chains.size > 0 ? addresses : [],
    udpFlows: [],
  };
}

interface HostPort {
  readonly hostIP: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol?: string;
}

/** What a pod asks of its host. Nothing when it shares the host's network, or has ended. */
export function hostPortsOf({ spec, status }: Pod): HostPort[] {
  const { phase } = status;
  if (spec.hostNetwork || phase === 'Succeeded' || phase === 'Failed') return [];
  return spec.containers
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostIP: given = '', hostPort, containerPort, protocol }) => {
      const hostIP = given === '' ? '' : addressIn(given);
      if (!hostPort || hostIP === undefined) return [];
      return [{ hostIP, hostPort, containerPort, ...(protocol && { protocol }) }];
    });
}

const isAny = (hostIp: string): boolean => hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::';

const fits = (hostIp: string, family: Family): boolean =>
  hostIp === '' || familyOf(hostIp) === family;
