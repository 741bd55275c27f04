import { readFileSync } from 'node:fs';

/** A socket that waits for clients on all addresses, or on one that isn't the loopback. */
export interface Listener {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

const STATE_LISTEN = '0A';
const STATE_UDP_UNCONNECTED = '07';

/** The sockets in a table of `/proc/net`, as far as others than this machine can reach them. */
export function listenersIn(table: string, protocol: 'TCP' | 'UDP'): Listener[] {
  const waiting = protocol === 'TCP' ? STATE_LISTEN : STATE_UDP_UNCONNECTED;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === waiting && local && !isLoopback(local))
    .map(([, local]) => ({ protocol, port: Number.parseInt(local!.split(':')[1]!, 16) }));
}

// Addresses are in hexadecimal, each group of four bytes the wrong way round.
const isLoopback = (local: string): boolean =>
  /^[0-9A-F]{6}7F:/.test(local) || local.startsWith('00000000000000000000000001000000:');

/** All such sockets of this process's network namespace. */
export function listListeners(): Listener[] {
  const tables = [
    ['tcp', 'TCP'],
    ['tcp6', 'TCP'],
    ['udp', 'UDP'],
    ['udp6', 'UDP'],
  ] as const;
  return tables.flatMap(([name, protocol]) => {
    try {
      return listenersIn(readFileSync(`/proc/net/${name}`, 'utf8'), protocol);
    } catch {
      return []; // A kernel without IPv6.
    }
  });
}
