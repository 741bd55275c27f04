import type { Duplex } from 'node:stream';
import { constants, deflateSync } from 'node:zlib';

// The client's half of SPDY/3.1, as far as container runtimes speak it on their streaming servers:
// streams that only we open, without flow control. Headers of answers say nothing, so they are
// never decompressed.

const VERSION = 3;
const TYPES = { synStream: 1, reset: 3, ping: 6, goAway: 7 } as const;
const FIN = 1;
const HEAD_BYTES = 8;
const DATA_MAX = 0xffff;

/** What a stream tells whoever opened it. */
export interface SpdySink {
  data(chunk: Buffer): void;
  /** The other side says no more. */
  end(): void;
}

/** One stream of a connection. */
export interface SpdyStream {
  /** False when the connection is full; its `drain` event tells when it isn't any more. */
  write(chunk: Uint8Array): boolean;
  /** Says no more. */
  end(): void;
}

/** Streams over a connection that was upgraded to SPDY/3.1. */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #sinks = new Map<number, SpdySink>();
  #rest: Buffer = Buffer.alloc(0);
  #lastId = -1;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Reads what the other side says. Bytes that came with the upgrade come first. */
  start(head: Buffer): void {
    this.#take(head);
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  open(headers: Readonly<Record<string, string>>, sink: SpdySink): SpdyStream {
    this.#lastId += 2;
    const id = this.#lastId;
    this.#sinks.set(id, sink);
    const ids = Buffer.alloc(10); // Stream, associated stream, priority and slot.
    ids.writeUInt32BE(id, 0);
    this.#control(TYPES.synStream, Buffer.concat([ids, this.#headerBlock(headers)]));
    return {
      write: (chunk) => this.#data(id, chunk, 0),
      end: () => void this.#data(id, Buffer.alloc(0), FIN),
    };
  }

  /** All blocks of a connection are one compressed stream: stored blocks need no memory of it. */
  #headerBlock(headers: Readonly<Record<string, string>>): Buffer {
    const parts: Buffer[] = [lengthOf(Object.keys(headers).length)];
    for (const [name, value] of Object.entries(headers)) {
      for (const text of [name.toLowerCase(), value]) {
        const bytes = Buffer.from(text);
        parts.push(lengthOf(bytes.length), bytes);
      }
    }
    const whole = deflateSync(Buffer.concat(parts), {
      level: 0,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return this.#lastId === 1 ? whole : whole.subarray(ZLIB_HEAD_BYTES);
  }

  #control(type: number, body: Buffer): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt16BE(0x8000 | VERSION, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt32BE(body.length, 4);
    this.#socket.write(Buffer.concat([head, body]));
  }

  #data(id: number, chunk: Uint8Array, flags: number): boolean {
    let isReady = true;
    for (let at = 0; at === 0 || at < chunk.length; at += DATA_MAX) {
      const part = chunk.subarray(at, at + DATA_MAX);
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32BE(id, 0);
      head.writeUInt32BE(part.length, 4);
      head[4] = flags;
      this.#socket.write(head);
      if (part.length > 0) isReady = this.#socket.write(part);
    }
    return isReady;
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      if (this.#rest.length < HEAD_BYTES) return;
      const length = this.#rest.readUIntBE(5, 3);
      if (this.#rest.length < HEAD_BYTES + length) return;
      const frame = this.#rest.subarray(0, HEAD_BYTES + length);
      this.#rest = this.#rest.subarray(HEAD_BYTES + length);
      this.#handle(frame);
    }
  }

  #handle(frame: Buffer): void {
    const flags = frame[4]!;
    const body = frame.subarray(HEAD_BYTES);
    const isControl = (frame[0]! & 0x80) !== 0;
    if (!isControl) {
      const id = frame.readUInt32BE(0);
      if (body.length > 0) this.#sinks.get(id)?.data(body);
      if (flags & FIN) this.#end(id);
      return;
    }
    const type = frame.readUInt16BE(2);
    if (type === TYPES.ping) this.#socket.write(frame);
    if (type === TYPES.reset) this.#reset(body);
    if (type === TYPES.goAway) for (const id of [...this.#sinks.keys()]) this.#end(id);
  }

  #reset(body: Buffer): void {
    if (body.length >= 4) this.#end(body.readUInt32BE(0));
    else this.#socket.destroy(new Error('the runtime sent a malformed frame'));
  }

  #end(id: number): void {
    const sink = this.#sinks.get(id);
    this.#sinks.delete(id);
    sink?.end();
  }
}

const ZLIB_HEAD_BYTES = 2;

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
