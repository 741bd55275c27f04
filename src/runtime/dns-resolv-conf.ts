import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { parseIp } from '../base/ip.ts';

const LOOK_EVERY_MS = 5_000;

/** The name servers in a `resolv.conf`, in order. */
export function nameServersIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1]?.replace(/%.*$/, ''))
    .filter((address) => address !== undefined && parseIp(address) !== undefined) as string[];
}

/**
 * The machine's name servers, read again when the file changes (a laptop changes networks). Those
 * in `except` are left out: asking ourselves would go round in circles.
 */
export function watchNameServers(
  clock: Clock,
  { path = '/etc/resolv.conf', except = [] }: { path?: string; except?: readonly string[] } = {},
): () => readonly string[] {
  let servers: readonly string[] = [];
  let readOf = -1;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() - lookedAt < LOOK_EVERY_MS) return servers;
    lookedAt = clock.monotonicMs();
    try {
      const { mtimeMs } = statSync(path);
      if (mtimeMs !== readOf) {
        servers = nameServersIn(readFileSync(path, 'utf8')).filter((ip) => !except.includes(ip));
      }
      readOf = mtimeMs;
    } catch {
      servers = []; // No file, no name servers: the machine is offline.
      readOf = -1;
    }
    return servers;
  };
}
