import { quote } from '../../machinery/quote.ts';
import { StatusError } from '../../machinery/status.ts';

/** The revision that a resourceVersion stands for; undefined when it is unset. */
export function parseResourceVersion(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const revision = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(revision)) throw malformedResourceVersion(text);
  return revision;
}

/** What get and watch say of a malformed resourceVersion: with code 500, as Kubernetes does. */
const malformedResourceVersion = (text: string): StatusError =>
  new StatusError('', malformedMessage(text));

/** The text about a malformed resourceVersion. */
export const malformedMessage = (text: string): string =>
  `resourceVersion: Invalid value: ${quote(text)}: strconv.ParseUint: parsing ${quote(text)}: invalid syntax`;

/** The answer to a read at a revision that this server hasn't seen in time. */
export const tooLargeResourceVersion = (asked: number, current: number): StatusError =>
  new StatusError('Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
