import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { bridgeExec, EXEC_PROTOCOL, type ExecStreams, SPDY_EXEC_PROTOCOL } from './exec-bridge.ts';
import { PORT_FORWARD_PROTOCOL, TUNNEL_PROTOCOL, tunnel } from './tunnel.ts';

/** How a WebSocket that the runtime wouldn't understand is led on to it. */
export interface Translation {
  /** What the client is told that was chosen. */
  readonly protocol: string;
  /** What the runtime is asked for, by SPDY. */
  readonly onward: string;
  /** Joins both once the runtime has agreed. */
  readonly join: (client: WebSocket, runtime: Duplex, head: Buffer) => void;
}

/** How to translate a request for a WebSocket, where it asks for what only we understand. */
export function translationOf(request: IncomingMessage): Translation | undefined {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  const wanted = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((each) => each.trim());
  if (wanted.includes(TUNNEL_PROTOCOL)) {
    return { protocol: TUNNEL_PROTOCOL, onward: PORT_FORWARD_PROTOCOL, join: tunnel };
  }
  if (!wanted.includes(EXEC_PROTOCOL)) return undefined;
  const streams = streamsOf(request.url ?? '');
  return {
    protocol: EXEC_PROTOCOL,
    onward: SPDY_EXEC_PROTOCOL,
    join: (client, runtime, head) => bridgeExec(client, runtime, { head, streams }),
  };
}

/** As the kubelet's own API names them: `?input=1&output=1&error=1&tty=1`. */
function streamsOf(url: string): ExecStreams {
  const query = URL.parse(url, 'https://node')?.searchParams;
  const isSet = (name: string) => ['1', 'true'].includes(query?.get(name) ?? '');
  const [stdin, stdout, stderr, tty] = ['input', 'output', 'error', 'tty'].map(isSet);
  return { stdin: stdin!, stdout: stdout!, stderr: stderr!, tty: tty! };
}
