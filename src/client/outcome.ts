import { isStatusError, type StatusReason } from '../machinery/status.ts';

/** Answers after which nothing has been written. */
const REFUSALS: readonly StatusReason[] = [
  'BadRequest',
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'MethodNotAllowed',
  'NotAcceptable',
  'AlreadyExists',
  'Conflict',
  'Expired',
  'Gone',
  'RequestEntityTooLarge',
  'UnsupportedMediaType',
  'Invalid',
  'TooManyRequests',
  'ServiceUnavailable',
];

/** Whether a write that failed with this may have landed nevertheless: its outcome isn't known. */
export const mayHaveWritten = (error: unknown): boolean => !isStatusError(error, ...REFUSALS);

/** Refusals by a server that hasn't even looked at the request. */
const UNHEARD: readonly StatusReason[] = ['TooManyRequests', 'ServiceUnavailable'];
/** What servers answer when something of theirs failed, which mostly happens before they write. */
const FAILURES: readonly StatusReason[] = ['InternalError', 'StoreReadError', ''];
const FAILURES_BELIEVED = 5;

/**
 * Whether the outcome of a write is still unknown after it was repeated with this result, having
 * failed so many times in a row. A refusal by who hasn't looked says nothing of the first attempt,
 * which may yet arrive. Who fails time and again in the same way is believed not to have written.
 */
export function isUnsettled(error: unknown, failures: number): boolean {
  if (isStatusError(error, ...UNHEARD)) return true;
  if (isStatusError(error, ...FAILURES)) return failures < FAILURES_BELIEVED;
  return mayHaveWritten(error);
}

/** How many times in a row a write has failed by its server's fault; one that got lost may land yet. */
export function failuresInARow(error: unknown, before: number): number {
  if (isStatusError(error, ...FAILURES)) return before + 1;
  return isStatusError(error, ...UNHEARD) ? before : 0;
}

/** How long the server has asked to be left alone; 0 when it hasn't. */
export function retryAfterMs(error: unknown): number {
  if (!isStatusError(error)) return 0;
  return Math.min((error.details?.retryAfterSeconds ?? 0) * 1000, RETRY_AFTER_MAX_MS);
}

const RETRY_AFTER_MAX_MS = 60_000; // Nobody is to stand still for long because of one answer.

/** Whether something can't be created because its namespace is going away: no retry will help. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  isStatusError(error, 'Forbidden') &&
  (error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false);
