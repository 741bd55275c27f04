import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { SpdyConnection, type SpdyStream } from './spdy.ts';

/** The protocol of `exec` and `attach` in which a client can say that its input is over. */
export const EXEC_PROTOCOL = 'v5.channel.k8s.io';
/** What runtimes speak inside of SPDY: the same but for its framing. */
export const SPDY_EXEC_PROTOCOL = 'v4.channel.k8s.io';

const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const CLOSE_CHANNEL = 255;
const WAITING_MAX_BYTES = 1 << 20;
const NORMAL_CLOSE = 1000;

/** Which streams a command was started with. */
export interface ExecStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/**
 * Joins a WebSocket on which channels are told apart by a message's first byte with a SPDY
 * connection that has a stream for each of them. KEP-4006.
 */
export function bridgeExec(
  client: WebSocket,
  runtime: Duplex,
  { head, streams }: { readonly head: Buffer; readonly streams: ExecStreams },
): void {
  const connection = new SpdyConnection(runtime);
  const inputs = new Map<number, SpdyStream>();
  const outputs = new Set<number>();
  const open = (name: keyof typeof CHANNELS) => {
    const channel = CHANNELS[name];
    const isOutput = name === 'stdout' || name === 'stderr' || name === 'error';
    if (isOutput) outputs.add(channel);
    const stream = connection.open(
      { streamType: name },
      {
        data: (chunk) => send(client, runtime, channel, chunk),
        end: () => {
          outputs.delete(channel);
          if (outputs.size === 0) client.close(NORMAL_CLOSE);
        },
      },
    );
    if (!isOutput) inputs.set(channel, stream);
  };
  // In the order in which kubectl opens them.
  open('error');
  if (streams.stdin) open('stdin');
  if (streams.stdout) open('stdout');
  if (streams.stderr && !streams.tty) open('stderr');
  if (streams.tty) open('resize');
  client.on('message', (message: Buffer) => receive(client, runtime, inputs, message));
  joinEnds(client, runtime);
  connection.start(head);
}

function send(client: WebSocket, runtime: Duplex, channel: number, chunk: Buffer): void {
  client.send(Buffer.concat([Buffer.of(channel), chunk]), () => {
    if (runtime.isPaused() && client.bufferedAmount < WAITING_MAX_BYTES) runtime.resume();
  });
  if (client.bufferedAmount >= WAITING_MAX_BYTES) runtime.pause();
}

function receive(
  client: WebSocket,
  runtime: Duplex,
  inputs: ReadonlyMap<number, SpdyStream>,
  message: Buffer,
): void {
  const [channel, which] = message;
  if (channel === CLOSE_CHANNEL) return inputs.get(which ?? -1)?.end();
  const stream = inputs.get(channel ?? -1);
  if (!stream || message.length < 2 || stream.write(message.subarray(1))) return;
  waitForRoom(client, runtime);
}

/** Reads no more of a client until the runtime takes more. Messages that were read already still come. */
export function waitForRoom(client: WebSocket, runtime: Duplex): void {
  if (client.isPaused) return;
  client.pause();
  runtime.once('drain', () => client.resume());
}

/** Whoever goes takes the other with it. */
export function joinEnds(client: WebSocket, runtime: Duplex): void {
  client.on('close', () => runtime.destroy());
  client.on('error', () => runtime.destroy());
  runtime.on('error', () => client.close());
  runtime.on('close', () => client.close(NORMAL_CLOSE));
}
