import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

const MESSAGE_MAX_BYTES = 16 << 20;

/**
 * Takes a client's upgrade, and tells it the protocol that was chosen. We tell it ourselves: the
 * name of Kubernetes' own for tunnels has a slash in it, which no protocol's name may have.
 */
export function acceptWebSocket(
  request: IncomingMessage,
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  protocol: string,
): Promise<WebSocket> {
  const options = { noServer: true, perMessageDeflate: false, maxPayload: MESSAGE_MAX_BYTES };
  const server = new WebSocketServer(options);
  server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  delete request.headers['sec-websocket-protocol'];
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
}
