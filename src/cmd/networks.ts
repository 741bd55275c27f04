import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Cidr, formatIp, isInNetwork, networkOf, parseCidr, parseIp } from '../base/ip.ts';
import { CommandError } from '../cli/command.ts';
import type { DataFolder } from './data-folder.ts';

/** From where a cluster's pods and services have their addresses. Fixed for its life. */
export interface ClusterNetworks {
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/** The usual networks first; the next ones for further clusters on the machine. */
const POD_CIDRS = Array.from({ length: 12 }, (_, i) => `10.${244 + i}.0.0/16`);
const SERVICE_CIDRS = Array.from({ length: 16 }, (_, i) => `10.${96 + i}.0.0/16`);

/**
 * The networks of a cluster: those that it began with, else those asked for, else ones that the
 * machine doesn't have yet. Throws CommandError for what isn't a network, or another one than before.
 */
export function clusterNetworks(
  folder: DataFolder,
  asked: { readonly [K in keyof ClusterNetworks]: string | undefined },
  taken: readonly string[] = machineAddresses(),
): ClusterNetworks {
  const file = folder.networks;
  const before = readNetworks(file);
  const networks = {
    podCidr: choose('pod-cidr', asked.podCidr, before?.podCidr, free(POD_CIDRS, taken)),
    serviceCidr: choose(
      'service-cidr',
      asked.serviceCidr,
      before?.serviceCidr,
      free(SERVICE_CIDRS, taken),
    ),
  };
  if (!before) {
    writeFileSync(`${file}.new`, `${JSON.stringify(networks)}\n`);
    renameSync(`${file}.new`, file);
  }
  return networks;
}

function choose(
  option: string,
  asked: string | undefined,
  before: string | undefined,
  fallback: string,
): string {
  if (asked !== undefined && parseCidr(asked) === undefined) {
    throw new CommandError(`--${option} takes a network, not "${asked}"`, {
      advice: `Write it as ADDRESS/LENGTH, such as ${fallback}.`,
    });
  }
  if (asked !== undefined && before !== undefined && asked !== before) {
    throw new CommandError(`this cluster began with --${option} ${before}, and can't change it`, {
      advice: 'Leave the option out, or begin anew after "tutti down --purge".',
    });
  }
  return before ?? asked ?? fallback;
}

/** The first of the networks in which the machine has no address. */
function free(candidates: readonly string[], taken: readonly string[]): string {
  const addresses = taken.flatMap((text) => parseIp(text) ?? []);
  const isFree = (text: string) => {
    const cidr = parseCidr(text) as Cidr;
    return !addresses.some((address) => isInNetwork(cidr, address));
  };
  return candidates.find(isFree) ?? candidates[0]!;
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((a) => a.address));
}

function readNetworks(file: string): ClusterNetworks | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterNetworks;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`${file} can't be read: ${(error as Error).message}`, {
      cause: error,
      advice: 'Restore it, or choose another folder with --data.',
    });
  }
}

/** The n-th address of a network, whose text was checked before. */
export function nthOf(cidr: string, n: number): string {
  const { family, value } = networkOf(parseCidr(cidr) as Cidr);
  return formatIp({ family, value: value + BigInt(n) });
}
