/** What the main thread asks of the thread that has the database. Answered in order, one by one. */
export type Request =
  /**
   * Make packed rows durable. The buffer changes hands. Once that has failed, what was sent after it
   * was built on it, and is refused up to `resume`.
   */
  | { readonly type: 'write'; readonly rows: Uint8Array }
  /** Delete rows, by the revision and key of each, and note what can't be read any more. */
  | {
      readonly type: 'forget';
      readonly compactedRevision: number;
      readonly revisions: readonly number[];
      readonly keys: readonly string[];
    }
  | { readonly type: 'resume' }
  | { readonly type: 'close' };

/** What the thread tells: first any number of `rows`, then `opened` or `refused`, then answers. */
export type Message =
  | { readonly type: 'rows'; readonly rows: Uint8Array }
  | { readonly type: 'opened'; readonly compactedRevision: number }
  | { readonly type: 'refused'; readonly message: string }
  | Answer;

export type Answer =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string; readonly written: 'no' | 'unknown' };

export interface WorkerOptions {
  readonly file: string;
  readonly maxBytes: number | undefined;
}
