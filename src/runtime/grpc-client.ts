import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Cancel, Clock } from '../base/clock.ts';

/** A failed call. `code` is gRPC's; `sent` is false when the server can't have seen the request. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;
  readonly sent: boolean;

  constructor(code: number, message: string, sent: boolean, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.sent = sent;
  }
}

/** The status codes of gRPC that are told apart here. */
export const GRPC = {
  OK: 0,
  CANCELED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** What a generated method descriptor says, as far as a call needs it. */
export interface GrpcMethod<I extends DescMessage, O extends DescMessage> {
  readonly name: string;
  readonly parent: { readonly typeName: string };
  readonly input: I;
  readonly output: O;
}

export interface GrpcCallOptions {
  /** Gives up after this long with DEADLINE_EXCEEDED, and tells the server so. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Where a server listens. */
export type GrpcAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

/**
 * gRPC over plain HTTP/2, for servers on the same machine. One connection, made when it is first
 * needed and again after it broke; a broken connection fails the calls on it with UNAVAILABLE.
 */
export class GrpcClient {
  readonly #clock: Clock;
  readonly #address: GrpcAddress;
  #session: ClientHttp2Session | undefined;

  constructor(clock: Clock, address: GrpcAddress) {
    this.#clock = clock;
    this.#address = address;
  }

  /** One request, one answer. Rejects with GrpcError. */
  unary<I extends DescMessage, O extends DescMessage>(
    method: GrpcMethod<I, O>,
    request: MessageInitShape<I>,
    options: GrpcCallOptions = {},
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      let answer: MessageShape<O> | undefined;
      this.#call(method, request, options, {
        message: (message) => {
          answer = message;
        },
        end: (error) => {
          if (error) reject(error);
          else if (answer) resolve(answer);
          else reject(new GrpcError(GRPC.INTERNAL, 'the answer held no message', true));
        },
      });
    });
  }

  /** One request, many answers, until `end` or until the returned function is called. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: GrpcMethod<I, O>,
    request: MessageInitShape<I>,
    sink: GrpcSink<MessageShape<O>>,
  ): Cancel {
    return this.#call(method, request, {}, sink);
  }

  /** Closes the connection; calls under way fail. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #call<I extends DescMessage, O extends DescMessage>(
    method: GrpcMethod<I, O>,
    request: MessageInitShape<I>,
    options: GrpcCallOptions,
    sink: GrpcSink<MessageShape<O>>,
  ): Cancel {
    const { timeoutMs, signal } = options;
    let done = false;
    const cleanUps: Cancel[] = [];
    const finish = (error?: GrpcError): void => {
      if (done) return;
      done = true;
      for (const cleanUp of cleanUps) cleanUp();
      sink.end(error);
    };
    const cancel = (code: number, message: string): void => {
      finish(new GrpcError(code, message, true));
      stream?.close(constants.NGHTTP2_CANCEL);
    };
    let stream: ClientHttp2Stream | undefined;
    try {
      stream = this.#open(method, timeoutMs);
    } catch (error) {
      // Never inside the call itself: callers may rely on the order.
      queueMicrotask(() => finish(new GrpcError(GRPC.UNAVAILABLE, String(error), false, error)));
      return () => finish();
    }
    if (timeoutMs !== undefined) {
      const expire = () => cancel(GRPC.DEADLINE_EXCEEDED, 'context deadline exceeded');
      cleanUps.push(this.#clock.after(timeoutMs, expire));
    }
    if (signal) {
      const onAbort = () => cancel(GRPC.CANCELED, 'context canceled');
      signal.addEventListener('abort', onAbort, { once: true });
      cleanUps.push(() => signal.removeEventListener('abort', onAbort));
      if (signal.aborted) queueMicrotask(onAbort);
    }
    readAnswer(stream, method.output, { message: (m) => done || sink.message(m), end: finish });
    stream.end(frame(toBinary(method.input, create(method.input, request))));
    return () => cancel(GRPC.CANCELED, 'context canceled');
  }

  #open(method: GrpcMethod<DescMessage, DescMessage>, timeoutMs?: number): ClientHttp2Stream {
    return this.#connected().request({
      ':method': 'POST',
      ':path': `/${method.parent.typeName}/${method.name}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(timeoutMs !== undefined && { 'grpc-timeout': `${Math.ceil(timeoutMs)}m` }),
    });
  }

  #connected(): ClientHttp2Session {
    const current = this.#session;
    if (current && !current.closed && !current.destroyed) return current;
    const address = this.#address;
    const session = connect('http://localhost', {
      createConnection: () =>
        'socketPath' in address
          ? connectSocket(address.socketPath)
          : connectSocket(address.port, address.host),
      settings: { initialWindowSize: WINDOW_BYTES },
    });
    const drop = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on('error', drop); // The streams on it report what happened.
    session.on('goaway', drop);
    session.on('close', drop);
    session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
    this.#session = session;
    return session;
  }
}

/** Where answers go. `end` is called once, last; without an error when the server said OK. */
export interface GrpcSink<T> {
  message(message: T): void;
  end(error?: GrpcError): void;
}

// Lists of many containers shouldn't wait for window updates.
const WINDOW_BYTES = 4 << 20;
const PREFIX_BYTES = 5; // One byte of flags, four of length.
const MESSAGE_MAX_BYTES = 16 << 20; // The kubelet's bound as well.

function frame(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

/** Cuts a stream into messages. What belongs to one is put together once, when all of it is there. */
class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = PREFIX_BYTES;

  /** The messages that this chunk completes. Throws when one is larger than any should be. */
  *add(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#wanted) {
      const held = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const size = held.readUInt32BE(1);
      if (size > MESSAGE_MAX_BYTES) throw new RangeError(`a message of ${size} bytes`);
      const end = PREFIX_BYTES + size;
      this.#keep(held, held.length >= end ? end : 0);
      if (held.length < end) this.#wanted = end;
      else yield held.subarray(PREFIX_BYTES, end);
    }
  }

  #keep(held: Buffer, from: number): void {
    const rest = held.subarray(from);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#wanted = PREFIX_BYTES;
  }
}

function readAnswer<O extends DescMessage>(
  stream: ClientHttp2Stream,
  output: O,
  sink: GrpcSink<MessageShape<O>>,
): void {
  const frames = new FrameReader();
  let sent = false;
  let failure: GrpcError | undefined;
  let answered = false;
  const status = (headers: Record<string, unknown>): void => {
    const code = headers['grpc-status'];
    if (code === undefined) return;
    answered = true;
    const message = percentDecoded(String(headers['grpc-message'] ?? ''));
    if (Number(code) !== GRPC.OK) failure = new GrpcError(Number(code), message, true);
  };
  stream.on('ready', () => {
    sent = true;
  });
  stream.on('response', (headers) => {
    if (headers[':status'] !== 200) {
      failure = new GrpcError(GRPC.UNAVAILABLE, `HTTP status ${headers[':status']}`, true);
    }
    status(headers); // An answer without messages has its status here.
  });
  stream.on('trailers', status);
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const bytes of frames.add(chunk)) sink.message(fromBinary(output, bytes));
    } catch (error) {
      failure ??= new GrpcError(GRPC.INTERNAL, `malformed answer: ${error}`, true, error);
      stream.close(constants.NGHTTP2_CANCEL);
    }
  });
  stream.on('error', (error) => {
    failure ??= new GrpcError(GRPC.UNAVAILABLE, error.message, sent, error);
  });
  stream.on('close', () => {
    if (!failure && !answered) {
      failure = new GrpcError(GRPC.UNAVAILABLE, 'the connection was closed', sent);
    }
    sink.end(failure);
  });
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not every server encodes it.
  }
}
