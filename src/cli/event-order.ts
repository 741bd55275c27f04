import type { Event } from '../api/generated/core/v1/types.ts';
import { parseTime } from '../base/clock.ts';

/** When an event was last seen, in milliseconds since the epoch; 0 when it doesn't say. */
export const lastSeen = ({ series, lastTimestamp, eventTime, metadata }: Event): number =>
  parseTime(series?.lastObservedTime) ??
  parseTime(lastTimestamp) ??
  parseTime(eventTime) ??
  parseTime(metadata.creationTimestamp) ??
  0;

/**
 * Puts events in the order in which they happened. Most say no more than the second: those of one
 * are in the order in which they were written, so that no effect stands before its cause.
 */
export const byTime = (a: Event, b: Event): number =>
  secondOf(a) - secondOf(b) || revisionOf(a) - revisionOf(b);

const secondOf = (event: Event): number => Math.floor(lastSeen(event) / 1000);

const revisionOf = ({ metadata }: Event): number => Number(metadata.resourceVersion);
