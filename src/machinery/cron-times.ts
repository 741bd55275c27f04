import type { TimeZone } from '../base/zoned-time.ts';
import type { CronFields, CronSchedule } from './cron.ts';

const YEARS_MAX = 5; // A day that doesn't come within so long, as 31 February, never does.
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The first time after `afterMs` that a schedule names, in ms; undefined when there is none. */
export function nextCronTime(
  schedule: CronSchedule,
  afterMs: number,
  zone: TimeZone,
): number | undefined {
  if (schedule.type === 'interval') return floorTo(afterMs, 1000) + schedule.everyMs;
  const { fields } = schedule;
  const lastYear = zone.wallTime(afterMs).year + YEARS_MAX;
  let atMs = floorTo(afterMs, MINUTE_MS) + MINUTE_MS;
  for (;;) {
    const nextMs = laterMs(fields, atMs, zone);
    if (nextMs === atMs) return atMs;
    if (zone.wallTime(nextMs).year > lastYear) return undefined;
    atMs = nextMs;
  }
}

const floorTo = (ms: number, unitMs: number): number => Math.floor(ms / unitMs) * unitMs;

/**
 * The same minute when it fits, else the beginning of the next month, day, hour or minute: whatever
 * is the largest that doesn't. An hour that the clocks leave out fits nothing; one that they show
 * twice fits twice.
 */
function laterMs(fields: CronFields, atMs: number, zone: TimeZone): number {
  const { year, month, day, hour, minute } = zone.wallTime(atMs);
  if (!fields.months.has(month)) return beginning(zone, atMs, [year, month + 1, 1]);
  if (!fitsDay(fields, zone.wallTime(atMs))) return beginning(zone, atMs, [year, month, day + 1]);
  if (!fields.hours.has(hour)) return atMs + HOUR_MS - minute * MINUTE_MS;
  return fields.minutes.has(minute) ? atMs : atMs + MINUTE_MS;
}

/** When a day begins: at the first hour that its clocks show. Always later than `atMs`. */
function beginning(zone: TimeZone, atMs: number, [year, month, day]: [number, number, number]) {
  const ms = zone.hourMs(year, month, day, 0);
  const { hour } = zone.wallTime(ms);
  const shifted = hour > 12 ? ms + (24 - hour) * HOUR_MS : ms - hour * HOUR_MS;
  return shifted > atMs ? shifted : atMs + HOUR_MS;
}

function fitsDay(
  { daysOfMonth, daysOfWeek, anyDayOfMonth, anyDayOfWeek }: CronFields,
  { day, weekday }: { readonly day: number; readonly weekday: number },
): boolean {
  const [byMonth, byWeek] = [daysOfMonth.has(day), daysOfWeek.has(weekday)];
  return anyDayOfMonth || anyDayOfWeek ? byMonth && byWeek : byMonth || byWeek;
}
