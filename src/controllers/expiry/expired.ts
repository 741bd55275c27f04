import { parseTime } from '../../base/clock.ts';
import type { KubeObject } from '../../machinery/object.ts';

/** The fields in which events say when they happened last, old and new ones. */
interface Happening {
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string | null };
}

/**
 * When an object was last written, in milliseconds since the epoch, as far as it tells: it was made,
 * its fields changed hands, or what it tells of happened again.
 */
function lastWrittenMs(object: KubeObject & Happening): number {
  const { metadata, lastTimestamp, eventTime, series } = object;
  const times = [
    metadata.creationTimestamp,
    lastTimestamp,
    eventTime,
    series?.lastObservedTime,
    ...(metadata.managedFields ?? []).map(({ time }) => time),
  ];
  return Math.max(0, ...times.map((time) => parseTime(time) ?? 0));
}

/** Whether nothing has happened to the object for so long. */
export const isExpired = (
  object: KubeObject,
  { afterSeconds, now }: { readonly afterSeconds: number; readonly now: number },
): boolean => now - lastWrittenMs(object) > afterSeconds * 1000;
