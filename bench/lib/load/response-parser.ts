/** What a parser tells of the responses that come in on a connection. */
export interface ResponseSink {
  /** The status line and headers are there. */
  head(status: number): void;
  /** A piece of the body, which is valid until this returns. */
  body(bytes: Buffer, status: number): void;
  /** The response is complete. */
  end(status: number): void;
}

type Phase = 'head' | 'sized' | 'chunk-head' | 'chunk' | 'chunk-end' | 'trailer';

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const EMPTY = Buffer.alloc(0);

/**
 * Reads HTTP/1.1 responses, one after the other, at next to no cost: a load generator that is
 * dearer than the server measures itself.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  #phase: Phase = 'head';
  #status = 0;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** The beginning of a line or head that isn't complete. */
  #rest: Buffer = EMPTY;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** Takes what has arrived. Throws for what isn't HTTP. */
  feed(arrived: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, arrived]) : arrived;
    this.#rest = EMPTY;
    while (bytes.length > 0) {
      const taken = this.#take(bytes);
      if (taken === 0) {
        this.#rest = bytes;
        return;
      }
      bytes = bytes.subarray(taken);
    }
  }

  /** How many bytes could be used; 0 when more have to come first. */
  #take(bytes: Buffer): number {
    switch (this.#phase) {
      case 'head':
        return this.#takeHead(bytes);
      case 'sized':
      case 'chunk':
        return this.#takeBody(bytes);
      default:
        return this.#takeLine(bytes);
    }
  }

  #takeHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end);
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
    if (status === undefined) throw new Error(`no HTTP response: ${head.slice(0, 80)}`);
    this.#status = Number(status);
    this.#sink.head(this.#status);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && this.#status !== 204) this.#phase = 'chunk-head';
    else {
      this.#phase = 'sized';
      this.#left = Number(length ?? 0);
      if (this.#left === 0) this.#end();
    }
    return end + HEAD_END.length;
  }

  #takeBody(bytes: Buffer): number {
    const size = Math.min(this.#left, bytes.length);
    this.#left -= size;
    this.#sink.body(size === bytes.length ? bytes : bytes.subarray(0, size), this.#status);
    if (this.#left === 0) {
      if (this.#phase === 'chunk') this.#phase = 'chunk-end';
      else this.#end();
    }
    return size;
  }

  #takeLine(bytes: Buffer): number {
    const end = bytes.indexOf(LINE_END);
    if (end < 0) return 0;
    if (this.#phase === 'chunk-end') this.#phase = 'chunk-head';
    else if (this.#phase === 'trailer') {
      if (end === 0) this.#end();
    } else {
      this.#left = Number.parseInt(bytes.toString('latin1', 0, end), 16);
      this.#phase = this.#left === 0 ? 'trailer' : 'chunk';
    }
    return end + LINE_END.length;
  }

  #end(): void {
    this.#phase = 'head';
    this.#sink.end(this.#status);
  }
}
