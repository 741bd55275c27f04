import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Cidr, formatIp, isInNetwork, networkOf, parseCidr, parseIp } from '../base/ip.ts';
import { CommandError } from '../cli/command.ts';
import type { DataFolder } from './data-folder.ts';
import type { NetworkClaims } from './network-claims.ts';

/** From where a cluster's pods and services have their addresses. Fixed for its life. */
export interface ClusterNetworks {
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/** The usual networks first; the next ones for further clusters on the machine. */
const POD_CIDRS = Array.from({ length: 12 }, (_, i) => `10.${244 + i}.0.0/16`);
const SERVICE_CIDRS = Array.from({ length: 16 }, (_, i) => `10.${96 + i}.0.0/16`);

/** What others have on the machine that the networks are for. */
export interface Machine {
  /** The addresses of its interfaces. */
  readonly taken: readonly string[];
  /** Where clusters claim theirs; left out where nothing of the cluster is on this machine. */
  readonly claims?: NetworkClaims | undefined;
}

/**
 * The networks of a cluster: those that it began with, else those asked for, else ones that the
 * machine doesn't have yet. Throws CommandError for what isn't a network, another one than before, or
 * another cluster's.
 */
export function clusterNetworks(
  folder: DataFolder,
  asked: { readonly [K in keyof ClusterNetworks]: string | undefined },
  machine: Machine,
): ClusterNetworks {
  const file = folder.networks;
  const before = readNetworks(file);
  const pick = (option: string, key: keyof ClusterNetworks, candidates: readonly string[]) => {
    const wanted = decided(option, asked[key], before?.[key], candidates[0]!);
    if (wanted === undefined) return firstFree(folder, candidates, machine);
    const holder = machine.claims?.take(wanted, folder);
    if (holder === undefined) return wanted;
    throw new CommandError(`the cluster in ${holder} has the network ${wanted}`, {
      advice: before
        ? `End that one with "tutti down --purge --data ${holder}", or begin this one anew after "tutti down --purge".`
        : `Choose another --${option}, or leave it out.`,
    });
  };
  const networks = {
    podCidr: pick('pod-cidr', 'podCidr', POD_CIDRS),
    serviceCidr: pick('service-cidr', 'serviceCidr', SERVICE_CIDRS),
  };
  if (!before) {
    writeFileSync(`${file}.new`, `${JSON.stringify(networks)}\n`);
    renameSync(`${file}.new`, file);
  }
  return networks;
}

/** The network that a cluster must have; undefined when any will do. */
function decided(
  option: string,
  asked: string | undefined,
  before: string | undefined,
  example: string,
): string | undefined {
  if (asked !== undefined && parseCidr(asked) === undefined) {
    throw new CommandError(`--${option} takes a network, not "${asked}"`, {
      advice: `Write it as ADDRESS/LENGTH, such as ${example}.`,
    });
  }
  if (asked !== undefined && before !== undefined && asked !== before) {
    throw new CommandError(`this cluster began with --${option} ${before}, and can't change it`, {
      advice: 'Leave the option out, or begin anew after "tutti down --purge".',
    });
  }
  return before ?? asked;
}

/** The first of the networks in which the machine has no address, and that no other cluster has. */
function firstFree(
  folder: DataFolder,
  candidates: readonly string[],
  { taken, claims }: Machine,
): string {
  const addresses = taken.flatMap((text) => parseIp(text) ?? []);
  const isFree = (text: string) => {
    const cidr = parseCidr(text) as Cidr;
    return !addresses.some((address) => isInNetwork(cidr, address));
  };
  const isOurs = (text: string) => claims === undefined || claims.take(text, folder) === undefined;
  return candidates.find((text) => isFree(text) && isOurs(text)) ?? candidates[0]!;
}

/** The addresses of this machine's interfaces. */
export const machineAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((a) => a.address));

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
