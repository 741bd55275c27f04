const CRLF = '\r\n';

/** One event of a stream as it is sent: made once, for everyone who watches. */
export class Frame {
  readonly bytes: Buffer;
  #chunk: Buffer | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The same in HTTP/1.1's chunked coding (RFC 9112, section 7.1). */
  get chunk(): Buffer {
    this.#chunk ??= chunkOf(this.bytes);
    return this.#chunk;
  }
}

function chunkOf(bytes: Buffer): Buffer {
  const head = `${bytes.length.toString(16)}${CRLF}`;
  const chunk = Buffer.allocUnsafe(head.length + bytes.length + CRLF.length);
  chunk.write(head, 'latin1');
  bytes.copy(chunk, head.length);
  chunk.write(CRLF, head.length + bytes.length, 'latin1');
  return chunk;
}
