import type { Cancel, Clock } from '../../base/clock.ts';
import type { WatchEvent, WatchSink } from '../../machinery/api-request.ts';
import type { StatusError } from '../../machinery/status.ts';
import type { Exchange } from './exchange.ts';
import type { FrameEncoder } from './frames.ts';

/** How much may wait, beside the first state, for a client that doesn't read before it is cut off. */
const BUFFER_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Sends a watch as a stream of frames. Frames of one turn go out together. Who doesn't read fast
 * enough is cut off, and comes back to go on from where it was.
 */
export class WatchResponse implements WatchSink {
  readonly #exchange: Exchange;
  readonly #encoder: FrameEncoder;
  #pending: Buffer[] = [];
  #isScheduled = false;
  #isOver = false;
  /** What is there when a watch begins goes out at once, however much it is. */
  #firstBytes: number | undefined;
  #cancel: Cancel = () => {};

  constructor(exchange: Exchange, encoder: FrameEncoder) {
    this.#exchange = exchange;
    this.#encoder = encoder;
  }

  /** Opens the stream. `cancel` stops what feeds it, when the client goes or time is up. */
  start(clock: Clock, timeoutMs: number, cancel: Cancel): void {
    const { response, auditId } = this.#exchange;
    const stopTimer = clock.after(timeoutMs, () => this.end());
    this.#cancel = () => {
      stopTimer();
      cancel();
    };
    response.on('close', () => this.#stop());
    response.writeHead(200, [
      'Audit-Id',
      auditId,
      'Cache-Control',
      'no-cache, private',
      'Content-Type',
      this.#encoder.contentType,
    ]);
    response.flushHeaders();
  }

  next(event: WatchEvent): void {
    if (this.#isOver) return;
    this.#pending.push(this.#encoder.frame(event));
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#flush);
  }

  end(error?: StatusError): void {
    if (this.#isOver) return;
    if (error !== undefined) this.#pending.push(this.#encoder.errorFrame(error));
    this.#flush();
    this.#stop();
    this.#exchange.response.end();
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    const frames = this.#pending;
    if (frames.length === 0 || this.#isOver) return;
    this.#pending = [];
    const { response } = this.#exchange;
    const chunk = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
    this.#firstBytes ??= chunk.length;
    response.write(chunk);
    if (response.writableLength > this.#firstBytes + BUFFER_MAX_BYTES) {
      this.#stop();
      response.destroy();
    }
  };

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
  }
}
