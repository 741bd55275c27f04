import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, cpus, hostname, networkInterfaces, release, totalmem } from 'node:os';

/** What a machine is, for its Node object. */
export interface MachineFacts {
  readonly hostName: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  /** `Debian GNU/Linux 12 (bookworm)` */
  readonly osImage: string;
  /** In the words of Go: `amd64`, `arm64`. */
  readonly architecture: string;
  /** IPv4 first, loopback and link-local ones left out. */
  readonly addresses: readonly string[];
}

/** Reads what the machine is. */
export function machineFacts(): MachineFacts {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return '';
    }
  };
  const bootId = read('/proc/sys/kernel/random/boot_id');
  const machineId = read('/etc/machine-id') || bootId.replaceAll('-', '');
  return {
    hostName: hostname().toLowerCase(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    machineId,
    systemUuid: read('/sys/class/dmi/id/product_uuid') || machineId,
    bootId,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(read('/etc/os-release'))?.[1] ?? 'Linux',
    architecture: { x64: 'amd64', ia32: '386' }[arch() as string] ?? arch(),
    addresses: ownAddresses(),
  };
}

/** The addresses by which others may know the machine; that of the default route stands first. */
function ownAddresses(): string[] {
  const found = Object.entries(networkInterfaces()).flatMap(([device, list = []]) =>
    list
      .filter(({ internal, address }) => !internal && !/^(fe80|169\.254\.)/i.test(address))
      .map(({ address, family }) => ({ device, address, family })),
  );
  const outward = defaultDevice();
  const rank = ({ device, family }: { device: string; family: string }): number =>
    (family === 'IPv4' ? 0 : 2) + (device === outward ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).map(({ address }) => address);
}

/** The device of the default route, from the kernel's table. */
function defaultDevice(): string | undefined {
  try {
    const lines = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
    return lines
      .map((line) => line.split('\t'))
      .find(([, to, , flags]) => {
        return to === '00000000' && (Number.parseInt(flags ?? '0', 16) & 1) === 1;
      })?.[0];
  } catch {
    return undefined;
  }
}

/** How full the file system is that a path is on. */
export interface DiskUsage {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** How many files fit on it, and how many more; 0 where it isn't limited. */
  readonly totalFiles: number;
  readonly freeFiles: number;
}

/** Asks for the file system that holds `path`. */
export async function diskUsage(path: string): Promise<DiskUsage> {
  const { blocks, bavail, bsize, files, ffree } = await statfs(path);
  return {
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    totalFiles: files,
    freeFiles: ffree,
  };
}

/** Memory that could be handed out now, in bytes. */
export function availableMemoryBytes(): number {
  const text = readFileSync('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
