import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port of one address of a machine. */
export interface ClaimedPort {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/**
 * Ports of this machine that are led elsewhere by rules of ours, and so mustn't be any other
 * program's: its clients would be led away with them. We hold them by listening on them, as every
 * program does that has a port; who comes later is told by the kernel, another cluster of ours too.
 */
export interface PortClaims {
  /**
   * Holds these ports for an owner, and no others. Resolves to whether anything came of it that
   * wasn't so before. A port of another machine's address counts as held.
   */
  claim(owner: string, ports: readonly ClaimedPort[]): Promise<boolean>;
  /** Which of the ports that were claimed last another program has; undefined for others. */
  missing(owner: string, ports: readonly ClaimedPort[]): readonly ClaimedPort[] | undefined;
  release(owner: string): void;
  close(): void;
}

interface Claim {
  /** The ports that were asked for. */
  readonly text: string;
  readonly missing: readonly ClaimedPort[];
  readonly held: ReadonlyMap<string, Held>;
}

interface Held {
  close(): void;
}

const textOf = ({ protocol, address, port }: ClaimedPort): string =>
  `${protocol} ${address} ${port}`;
const listText = (ports: readonly ClaimedPort[]): string => ports.map(textOf).sort().join();

/** Claims of this process, in its network namespace. Calls for one owner must not overlap. */
export function createPortClaims(): PortClaims {
  const claims = new Map<string, Claim>();
  const drop = (held: Iterable<Held>) => {
    for (const each of held) each.close();
  };
  return {
    async claim(owner, ports) {
      const before = claims.get(owner);
      const wanted = new Set(ports.map(textOf));
      const kept = [...(before?.held ?? [])].filter(([text]) => wanted.has(text));
      drop([...(before?.held ?? [])].filter(([text]) => !wanted.has(text)).map(([, held]) => held));
      const held = new Map(kept);
      const missing: ClaimedPort[] = [];
      for (const port of ports) {
        if (held.has(textOf(port))) continue;
        const got = await hold(port);
        if (got === 'taken') missing.push(port);
        else if (got !== 'elsewhere') held.set(textOf(port), got);
      }
      const text = listText(ports);
      claims.set(owner, { text, missing, held });
      return before?.text !== text || listText(before.missing) !== listText(missing);
    },
    missing(owner, ports) {
      const claim = claims.get(owner);
      return claim?.text === listText(ports) ? claim.missing : undefined;
    },
    release(owner) {
      drop(claims.get(owner)?.held.values() ?? []);
      claims.delete(owner);
    },
    close() {
      for (const { held } of claims.values()) drop(held.values());
      claims.clear();
    },
  };
}

/** Listens on a port, for nobody. */
function hold({ protocol, address, port }: ClaimedPort): Promise<Held | 'taken' | 'elsewhere'> {
  if (protocol === 'TCP') return holdTcp(address, port);
  return protocol === 'UDP' ? holdUdp(address, port) : Promise.resolve('elsewhere'); // SCTP.
}

function holdTcp(host: string, port: number): Promise<Held | 'taken' | 'elsewhere'> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => settle(error, resolve, reject));
    server.listen({ host, port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function holdUdp(address: string, port: number): Promise<Held | 'taken' | 'elsewhere'> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' });
    socket.once('error', (error) => {
      socket.close();
      settle(error, resolve, reject);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.unref();
      resolve(socket);
    });
  });
}

function settle(
  error: Error,
  resolve: (failed: 'taken' | 'elsewhere') => void,
  reject: (error: Error) => void,
): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') resolve('taken');
  else if (code === 'EADDRNOTAVAIL') resolve('elsewhere');
  else reject(error);
}
