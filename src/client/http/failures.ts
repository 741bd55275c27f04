import type { IncomingMessage } from 'node:http';
import { type Status, StatusError, type StatusReason } from '../../machinery/status.ts';

/** What is meant by answers that aren't a Status: those of proxies, and of handlers of plain text. */
const REASONS: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'Timeout', // The server may have heard it: whoever answers for it can't say.
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The failure that a server told of: its Status, or what can be made of another kind of answer. */
export function failureOf({ statusCode = 500, headers }: IncomingMessage, text: string) {
  const status = statusIn(text);
  const details = status?.details;
  const retryAfterSeconds = details?.retryAfterSeconds ?? secondsIn(headers['retry-after']);
  const more = retryAfterSeconds ? { details: { ...details, retryAfterSeconds } } : {};
  if (status) return StatusError.from({ ...status, ...more });
  const message = text.trim() || `HTTP ${statusCode}`;
  return new StatusError(REASONS[statusCode] ?? '', message, more.details, statusCode);
}

/** Undefined for what isn't JSON, so not a Status: a proxy's page, or plain text. */
function statusIn(text: string): Status | undefined {
  try {
    const status = JSON.parse(text) as Partial<Status> | null;
    return status?.kind === 'Status' ? (status as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** Of a `Retry-After` header; dates, which API servers don't send, count for nothing. */
function secondsIn(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

/** The failure of a request that got no answer; `sent` when the server may have heard it. */
export function unreachable(
  server: string,
  error: Error & { code?: string },
  sent: boolean,
): StatusError {
  const why = error.message || error.code;
  const lost = sent && error.code !== 'ECONNREFUSED';
  const failure = lost
    ? new StatusError('Timeout', `${server} closed the connection before it answered: ${why}`)
    : new StatusError('ServiceUnavailable', `can't reach ${server}: ${why}`);
  failure.cause = error;
  return failure;
}
