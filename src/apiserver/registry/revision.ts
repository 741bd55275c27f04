import { quote } from '../../machinery/quote.ts';
import { StatusError } from '../../machinery/status.ts';
import type { RegistryParts } from './parts.ts';

/** The revision that a resourceVersion stands for; undefined when it is unset. */
export function parseResourceVersion(text: string | undefined): number | undefined {
  if (!text) return undefined;
  if (problemOf(text) !== undefined) throw malformedResourceVersion(text);
  return Number(text);
}

const UINT64_MAX = `${2n ** 64n - 1n}`;

/** What Go's `strconv.ParseUint` says of a text that is no number of 64 bits. */
function problemOf(text: string): string | undefined {
  if (!/^\d+$/.test(text)) return 'invalid syntax';
  // Whoever makes a number of a long text first works as long as a client likes.
  const digits = text.replace(/^0+/, '');
  const isLarge =
    digits.length === UINT64_MAX.length ? digits > UINT64_MAX : digits.length > UINT64_MAX.length;
  return isLarge ? 'value out of range' : undefined;
}

/** Throws, with code 500 as Kubernetes does, for a resourceVersion that can't be one. */
export function checkRevisionText(text: string | undefined): void {
  const problem = text && problemOf(text);
  if (problem) throw new StatusError('', parseFailure(text, problem));
}

const parseFailure = (text: string, problem: string): string =>
  `strconv.ParseUint: parsing ${quote(text)}: ${problem}`;

/** What get and watch say of a malformed resourceVersion: with code 500, as Kubernetes does. */
const malformedResourceVersion = (text: string): StatusError =>
  new StatusError('', malformedMessage(text));

/** The text about a malformed resourceVersion. */
export const malformedMessage = (text: string): string =>
  `resourceVersion: Invalid value: ${quote(text)}: ${parseFailure(text, problemOf(text) ?? '')}`;

/** The answer to a read at a revision that this server hasn't seen in time. */
const tooLargeResourceVersion = (asked: number, current: number): StatusError =>
  new StatusError('Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

/** How long a read waits for a revision that isn't there yet: another server may have made it. */
const FUTURE_REVISION_WAIT_MS = 3000;
const FUTURE_REVISION_POLL_MS = 50;

/** Waits for a revision to be there; rejects with Timeout when it doesn't come. */
export async function untilRevision(
  { store, clock }: Pick<RegistryParts, 'store' | 'clock'>,
  revision: number,
): Promise<void> {
  for (let waited = 0; store.revision < revision; waited += FUTURE_REVISION_POLL_MS) {
    if (waited >= FUTURE_REVISION_WAIT_MS) throw tooLargeResourceVersion(revision, store.revision);
    await new Promise<void>((resolve) => clock.after(FUTURE_REVISION_POLL_MS, resolve));
  }
}
