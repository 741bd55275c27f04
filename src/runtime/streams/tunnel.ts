import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { joinEnds, waitForRoom } from './exec-bridge.ts';

/** `port-forward` inside a WebSocket: the bytes of a SPDY connection, in messages of any size. */
export const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
/** What the SPDY connection in it is for. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';

const WAITING_MAX_BYTES = 1 << 20;

/** Takes bytes out of a WebSocket's messages, and puts those of the runtime into them. KEP-4006. */
export function tunnel(client: WebSocket, runtime: Duplex, head: Buffer): void {
  const send = (chunk: Buffer) => {
    client.send(chunk, () => {
      if (runtime.isPaused() && client.bufferedAmount < WAITING_MAX_BYTES) runtime.resume();
    });
    if (client.bufferedAmount >= WAITING_MAX_BYTES) runtime.pause();
  };
  if (head.length > 0) send(head);
  runtime.on('data', send);
  client.on('message', (message: Buffer) => {
    if (!runtime.write(message)) waitForRoom(client, runtime);
  });
  joinEnds(client, runtime);
}
