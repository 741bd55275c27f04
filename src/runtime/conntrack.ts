import { runCommand } from './process.ts';

/** A translated UDP flow: where it was sent, and which endpoint it was led to. */
export interface UdpFlow {
  /** Undefined for a node port: any address of the machine. */
  readonly address: string | undefined;
  readonly port: number;
  readonly endpoint: string;
}

/** The kernel's memory of flows. */
export interface Conntrack {
  /**
   * Forgets flows, so that their next packet is led anew. Without it a UDP client that keeps its
   * port goes on talking to an endpoint that has gone. Never throws: it is an improvement only.
   */
  forget(flows: readonly UdpFlow[]): Promise<void>;
}

/** Through `conntrack`, where it is installed. `report` hears of failures. */
export function createConntrack(report: (error: unknown) => void): Conntrack {
  let isMissing = false;
  return {
    async forget(flows) {
      for (const { address, port, endpoint } of flows) {
        if (isMissing) return;
        const family = endpoint.includes(':') ? 'ipv6' : 'ipv4';
        const destination = address === undefined ? [] : ['--orig-dst', address];
        const args = ['-D', '-f', family, '-p', 'udp', ...destination];
        args.push('--orig-port-dst', `${port}`, '--reply-src', endpoint);
        try {
          await runCommand('conntrack', args);
        } catch (error) {
          const { message, kind } = error as Error & { kind?: string };
          if (/0 flow entries/.test(message)) continue; // There was none to forget.
          isMissing = kind === 'permanent';
          report(error);
        }
      }
    },
  };
}
