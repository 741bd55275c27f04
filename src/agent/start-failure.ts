/** Why a container or pod couldn't be brought up now. It is tried again. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  /** The word that the container's waiting state shows. */
  readonly reason: string;
  /** Tried again no sooner than this, unless something changes that it depends on. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: string,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What went wrong, in words. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
