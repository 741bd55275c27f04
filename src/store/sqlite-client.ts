import { Worker } from 'node:worker_threads';
import type { Message, Request, WorkerOptions } from './sqlite-protocol.ts';
import { closedError } from './state.ts';
import { StoreError } from './store.ts';

/** What the thread tells without being asked. */
export interface SqliteListener {
  /** Some of what is in the database, while it is being opened. */
  onRows(packed: Uint8Array): void;
  /** The thread has ended, though nobody asked it to. Called once, after `open` has resolved. */
  onLost(error: StoreError): void;
}

/** The main thread's end of the thread that has the database. */
export class SqliteClient {
  readonly #worker: Worker;
  readonly #opening = Promise.withResolvers<number>();
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  readonly #listener: SqliteListener;
  #isOpen = false;
  #failure: StoreError | undefined;

  private constructor(options: WorkerOptions, listener: SqliteListener) {
    this.#listener = listener;
    this.#worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: options,
    });
    this.#worker.on('message', (message: Message) => this.#hear(message));
    this.#worker.on('error', (cause) => this.#fail('the thread of the database failed', cause));
    this.#worker.on('exit', () => this.#fail('the thread of the database has ended'));
  }

  /**
   * Opens a database, hands over what is in it, and resolves to the client and the compacted
   * revision. Rejects with StoreError when it can't be used.
   */
  static async open(
    options: WorkerOptions,
    listener: SqliteListener,
  ): Promise<{ client: SqliteClient; compactedRevision: number }> {
    const client = new SqliteClient(options, listener);
    const compactedRevision = await client.#opening.promise;
    client.#isOpen = true;
    return { client, compactedRevision };
  }

  /** Why nothing can be written any more: the thread is gone. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  /** Resolves when it is done and durable. Rejects with StoreError. */
  send(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<void>();
    this.#waiting.push(answer);
    this.#worker.postMessage(request, transfer);
    return answer.promise;
  }

  /** Closes the database and ends the thread, after everything that was sent before. */
  async close(): Promise<void> {
    if (this.#failure) return;
    const exit = new Promise((resolve) => this.#worker.once('exit', resolve));
    const closed = this.send({ type: 'close' });
    this.#failure = closedError();
    await closed;
    await exit;
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'rows':
        return this.#listener.onRows(message.rows);
      case 'opened':
        return this.#opening.resolve(message.compactedRevision);
      case 'refused':
        return this.#fail(message.message);
      case 'done':
        return this.#waiting.shift()?.resolve();
      case 'failed': {
        const { message: text, written } = message;
        return this.#waiting.shift()?.reject(new StoreError(text, { written }));
      }
    }
  }

  // Nobody can tell what became of the requests that are under way; later ones aren't sent.
  #fail(message: string, cause?: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new StoreError(message, { written: 'unknown', cause }));
    }
    if (this.#failure) return; // It was closed, or the end follows the error.
    this.#failure = new StoreError(message, { written: 'no', cause });
    this.#opening.reject(this.#failure);
    if (this.#isOpen) this.#listener.onLost(this.#failure);
  }
}
