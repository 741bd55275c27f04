import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { openCniFolder, openSharedCniFolder } from '../runtime/cni.ts';
import { createConntrack } from '../runtime/conntrack.ts';
import { watchNameServers } from '../runtime/dns-resolv-conf.ts';
import { createUpstream, listenForDns } from '../runtime/dns-sockets.ts';
import { createLinks } from '../runtime/netlink.ts';
import { createNft } from '../runtime/nft.ts';
import type { NetworkPorts } from './start.ts';

export interface MachineOptions {
  /** The folder from which the container runtime takes its network; ours alone unless said. */
  readonly cniConfDir: string;
  /** The name of our network, in a folder that isn't ours alone. */
  readonly sharedAs?: string | undefined;
  /** Where the cluster's own DNS answers, so that it never asks itself. */
  readonly dnsAddresses: readonly string[];
  /** Of the machine; `/etc/resolv.conf` unless said. */
  readonly resolvConf?: string;
}

/** This machine: the ports that `startNetwork` takes, in this process's network namespace. */
export function machinePorts(
  clock: Clock,
  logger: Logger,
  { cniConfDir, sharedAs, dnsAddresses, resolvConf = '/etc/resolv.conf' }: MachineOptions,
): NetworkPorts {
  const servers = watchNameServers(clock, { path: resolvConf, except: dnsAddresses });
  return {
    links: createLinks(logger),
    nft: createNft(),
    cni:
      sharedAs === undefined
        ? openCniFolder(cniConfDir)
        : openSharedCniFolder(cniConfDir, sharedAs),
    conntrack: createConntrack((error) => logger.debug('UDP flows not forgotten', { error })),
    upstream: createUpstream(clock, { servers }),
    listenForDns: (handle, addresses) => listenForDns(clock, logger, handle, { addresses }),
  };
}
