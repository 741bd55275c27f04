import type { CronJob } from '../../api/generated/batch/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import { type TimeZone, timeZoneNamed, UTC } from '../../base/zoned-time.ts';
import { CronError, type CronSchedule, parseCron } from '../../machinery/cron.ts';
import { nextCronTime } from '../../machinery/cron-times.ts';
import { quote } from '../../machinery/quote.ts';

// When jobs of a CronJob are due, and which of them were missed.

/** A warning about a CronJob, as an event tells it. */
export interface Warning {
  readonly reason: string;
  readonly message: string;
}

/** When a CronJob's jobs are to start. */
export interface Timetable {
  readonly schedule: CronSchedule;
  readonly zone: TimeZone;
  readonly warnings: readonly Warning[];
}

/** Reads the schedule, or says why it can't be followed. */
export function timetableOf({ spec }: CronJob): Timetable | Warning {
  const { schedule: text, timeZone } = spec;
  // Of old objects: new ones can't have it any more.
  const own = /^(?:CRON_)?TZ=(\S*) /.exec(text)?.[1];
  const name = text.includes('TZ') ? own : timeZone;
  const zone = name === undefined || name === 'UTC' ? UTC : timeZoneNamed(name);
  if (!zone) {
    const message = `invalid timeZone: ${quote(name ?? '')}: unknown time zone ${name}`;
    return { reason: 'UnknownTimeZone', message };
  }
  try {
    return {
      schedule: parseCron(text),
      zone,
      warnings: own === undefined ? [] : [unsupported(text)],
    };
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    const message = `unparseable schedule: ${quote(text)} : ${error.message}`;
    return { reason: 'UnparseableSchedule', message };
  }
}

const unsupported = (schedule: string): Warning => ({
  reason: 'UnsupportedSchedule',
  message: `CRON_TZ or TZ used in schedule ${quote(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
});

/** What is due. Times in milliseconds since the epoch. */
export interface Due {
  /** From when on it was looked for. */
  readonly sinceMs: number;
  /** The last of the times that have come since then; undefined when none has. */
  readonly lastMs: number | undefined;
  /** About how many have come since then. */
  readonly missed: number;
}

const MISSED_MANY = 100;

export const isMissedOften = ({ missed }: Due): boolean => missed > MISSED_MANY;

/** What a schedule that can't be kept is refused with. */
const NEVER = 'time difference between two schedules is less than 1 second';

/**
 * The last time that has come since the CronJob last started a job, or since it was made. Doesn't go
 * through all that were missed, so that no clock that was wrong for years can stall the controller.
 * Answers a text when the schedule names no times.
 */
export function dueAt({ schedule, zone }: Timetable, sinceMs: number, now: number): Due | string {
  const next = (ms: number) => nextCronTime(schedule, ms, zone);
  const first = next(sinceMs);
  const second = first === undefined ? undefined : next(first);
  if (first === undefined || second === undefined || second - first < 1000) return NEVER;
  if (now < first) return { sinceMs, lastMs: undefined, missed: 0 };
  if (now < second) return { sinceMs, lastMs: first, missed: 0 };
  const periodMs = second - first;
  const missed = Math.floor((now - first) / periodMs) + 1;
  const lastMs =
    schedule.type === 'interval' ? first + (missed - 1) * periodMs : lastOf(next, second, now);
  return { sinceMs, lastMs, missed };
}

const MINUTE_MS = 60_000;

/**
 * The last time until now, of which `knownMs` is one. Between the last time of a day and the first
 * of the next may lie many hours, so no step that is taken from two neighbours finds it.
 */
function lastOf(next: (ms: number) => number | undefined, knownMs: number, now: number): number {
  let lastMs = knownMs;
  for (let endMs = now; endMs - lastMs >= MINUTE_MS; ) {
    const middleMs = lastMs + Math.floor((endMs - lastMs) / 2);
    const foundMs = next(middleMs);
    if (foundMs !== undefined && foundMs <= now) lastMs = foundMs;
    else endMs = middleMs;
  }
  return lastMs;
}

const PADDING_MS = 100; // For clocks that are set right a little.

/** In how many milliseconds the next job is due. */
export function nextInMs(timetable: Timetable, sinceMs: number, now: number): number | undefined {
  const due = dueAt(timetable, sinceMs, now);
  const isKept = typeof due !== 'string';
  const fromMs = isKept ? (due.lastMs ?? (due.missed === 0 ? due.sinceMs : now)) : now;
  const atMs = nextCronTime(timetable.schedule, fromMs, timetable.zone);
  return atMs === undefined ? undefined : Math.max(0, atMs + PADDING_MS - now);
}

/** Since when jobs may be due: the last one that was started, or else since the CronJob was made. */
export const lastStartMs = ({ metadata, status }: CronJob): number =>
  parseTime(status.lastScheduleTime) ?? parseTime(metadata.creationTimestamp) ?? 0;
