import type { Cancel, Clock } from '../../base/clock.ts';
import type { EndOfTurn } from '../../base/end-of-turn.ts';
import type { WatchEvent, WatchSink } from '../../machinery/api-request.ts';
import type { StatusError } from '../../machinery/status.ts';
import { type Exchange, warningHeaders } from './exchange.ts';
import type { Frame } from './frame.ts';
import type { FrameEncoder } from './frames.ts';

/** So much is written ahead of a client; what comes then waits until it has been taken. */
const AHEAD_BYTES = 256 * 1024;
/**
 * So many events may wait, beside those of the first state. They are objects that the store's
 * history has anyway, so those who wait share them; beyond that a client is cut off.
 */
const WAITING_MAX = 4096;

/**
 * Sends a watch as a stream of frames. Frames of one turn go out together, once all who wait for an
 * answer in that turn have it. Who doesn't read fast enough is cut off, and comes back to go on from
 * where it was.
 */
export class WatchResponse implements WatchSink {
  readonly #exchange: Exchange;
  readonly #encoder: FrameEncoder;
  readonly #endOfTurn: EndOfTurn;
  /** Whether frames are chunks that are written to the connection as they are. */
  readonly #isChunked: boolean;
  /** Written at the end of the turn. */
  #frames: Frame[] = [];
  #bytes = 0;
  #isScheduled = false;
  /** What the client hasn't made room for yet, oldest first. */
  #waiting: WatchEvent[] = [];
  #isFull = false;
  /** How many events may wait; unknown until the first state is there, however much it is. */
  #waitingMax = Number.POSITIVE_INFINITY;
  #isOver = false;
  #cancel: Cancel = () => {};
  #warnings: readonly string[] = [];

  /** Frames go out at the end of turns, after the answers. */
  constructor(exchange: Exchange, encoder: FrameEncoder, endOfTurn: EndOfTurn) {
    const { request } = exchange;
    this.#endOfTurn = endOfTurn;
    this.#exchange = exchange;
    this.#encoder = encoder;
    this.#isChunked = request.httpVersion === '1.1' && request.method === 'GET';
  }

  warn(warnings: readonly string[]): void {
    this.#warnings = warnings;
  }

  /** Opens the stream. `cancel` stops what feeds it, when the client goes or time is up. */
  start(clock: Clock, timeoutMs: number, cancel: Cancel): void {
    const { response, auditId } = this.#exchange;
    const stopTimer = clock.after(Math.max(0, timeoutMs), () => this.end());
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
      ...warningHeaders(this.#warnings),
      ...(this.#isChunked ? ['Transfer-Encoding', 'chunked'] : []),
    ]);
    response.flushHeaders();
  }

  next(event: WatchEvent): void {
    if (this.#isOver) return;
    if (this.#isFull) this.#wait(event);
    else this.#take(event);
    this.#schedule();
  }

  end(error?: StatusError): void {
    if (this.#isOver) return;
    if (error !== undefined) this.#frames.push(this.#encoder.errorFrame(error));
    this.#write();
    this.#stop();
    this.#exchange.response.end();
  }

  /** Makes the frame of an event while others who watch can share it. */
  #take(event: WatchEvent): void {
    const frame = this.#encoder.frame(event);
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
    if (this.#bytes >= AHEAD_BYTES) this.#write();
  }

  #wait(event: WatchEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length <= this.#waitingMax) return;
    this.#stop();
    this.#exchange.response.destroy();
  }

  // Last: an answer is owed to the one who made the change, an event to many.
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#endOfTurn.addLast(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#waitingMax = Math.min(this.#waitingMax, this.#waiting.length + WAITING_MAX);
    this.#write();
  };

  #write(): void {
    const frames = this.#frames;
    if (frames.length === 0 || this.#isOver) return;
    this.#frames = [];
    this.#bytes = 0;
    const { response } = this.#exchange;
    // Chunks made once for all are half as dear as those that the response makes for each. It has
    // no socket while an earlier answer is under way on it.
    const socket = this.#isChunked ? response.socket : null;
    const piece = join(
      socket ? frames.map(({ chunk }) => chunk) : frames.map(({ bytes }) => bytes),
    );
    this.#isFull = response.writableLength + piece.length >= AHEAD_BYTES;
    const onTaken = this.#isFull ? this.#goOn : undefined;
    if (socket) socket.write(piece, onTaken);
    else response.write(piece, onTaken);
  }

  /** The client has taken what was written: now what has waited meanwhile. */
  readonly #goOn = (error?: Error | null): void => {
    if (error || this.#isOver) return;
    this.#isFull = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    let taken = 0;
    while (taken < waiting.length && !this.#isFull) this.#take(waiting[taken++]!);
    this.#waiting = waiting.slice(taken);
    if (this.#frames.length > 0) this.#write();
  };

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#cancel();
  }
}

const join = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
