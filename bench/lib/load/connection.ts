import { connect, type TLSSocket } from 'node:tls';
import { ResponseParser, type ResponseSink } from './response-parser.ts';

/** A server on this machine, and as whom to talk to it. All PEM. */
export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What a request is made of. `{i}` in the path or body stands for the request's number. */
export interface RequestTemplate {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
}

/** The bytes of the i-th request. */
export function requestBytes({ method, path, type, body }: RequestTemplate, i: number): Buffer {
  const text = body?.replaceAll('{i}', String(i));
  const about =
    text === undefined
      ? ''
      : `content-type: ${type ?? 'application/json'}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
  const head = `${method} ${path.replaceAll('{i}', String(i))} HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\naccept: application/json\r\n${about}\r\n`;
  return Buffer.from(text === undefined ? head : head + text);
}

export interface Response {
  readonly status: number;
  readonly bytes: number;
}

const KEPT_BYTES = 500;

/** One kept-alive connection, on which one request is under way at a time. */
export class Connection implements ResponseSink {
  readonly #socket: TLSSocket;
  readonly #parser: ResponseParser;
  #resolve: ((response: Response) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #onHead: (() => void) | undefined;
  #bytes = 0;
  #complaint = '';
  #failure: Error | undefined;
  #onFailure = (_: Error): void => {};
  /** Rejects when the connection fails, or what it brings can't be read. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#onFailure = reject;
  });
  /** Is given the body as it arrives, for streams. */
  onBody: ((bytes: Buffer) => void) | undefined;

  /** Resolves once TLS is established. */
  static async open({ port, ca, cert, key }: Target): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port, ca, cert, key, ALPNProtocols: ['http/1.1'] });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
    });
    socket.setNoDelay(true);
    return new Connection(socket);
  }

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.failed.catch(() => {}); // Who sends a request is told as well.
    this.#parser = new ResponseParser(this);
    socket.on('data', (bytes: Buffer) => {
      try {
        this.#parser.feed(bytes);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Sends a request and resolves with its response. Rejects for an error status, saying what. */
  send(request: Buffer): Promise<Response> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#bytes = 0;
      this.#complaint = '';
      this.#socket.write(request);
    });
  }

  /** Begins a response that doesn't end; resolves when its head is there. See `onBody`. */
  begin(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onHead = resolve;
      this.send(request).catch(reject);
    });
  }

  head(status: number): void {
    if (status < 400) this.#onHead?.();
  }

  body(bytes: Buffer, status: number): void {
    this.#bytes += bytes.length;
    if (status >= 400) this.#complaint += bytes.toString('utf8', 0, KEPT_BYTES);
    this.onBody?.(bytes);
  }

  end(status: number): void {
    if (status >= 400) this.#reject?.(new Error(`answered ${status}: ${this.#complaint}`));
    else this.#resolve?.({ status, bytes: this.#bytes });
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#onFailure(error);
    this.#reject?.(error);
  }
}
