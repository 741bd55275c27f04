import { isTimeZone, offsetsOf } from './time-zone.ts';

/** What the clocks and calendars of a place show. */
export interface WallTime {
  readonly year: number;
  /** 1 is January. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** A time zone: what its clocks show, and when they show something. */
export interface TimeZone {
  wallTime(atMs: number): WallTime;
  /**
   * When the hour of a day begins, in milliseconds since the epoch; months and days beyond the last
   * are those that follow. Of an hour that doesn't exist, or is there twice, one is chosen.
   */
  hourMs(year: number, month: number, day: number, hour: number): number;
  /** How far its clocks are ahead of UTC, in milliseconds. */
  offsetMs(atMs: number): number;
}

/** The time zone that all others are told by. */
export const UTC: TimeZone = zoneWith(() => 0);

const known = new Map<string, TimeZone>();

/** The time zone of that name in the IANA database; undefined when there is none. */
export function timeZoneNamed(name: string): TimeZone | undefined {
  const found = known.get(name);
  if (found || !isTimeZone(name)) return found;
  const zone = zoneWith(offsetsOf(name));
  known.set(name, zone);
  return zone;
}

function zoneWith(offsetMs: (atMs: number) => number): TimeZone {
  return {
    offsetMs,
    wallTime(atMs) {
      const local = new Date(atMs + offsetMs(atMs));
      return {
        year: local.getUTCFullYear(),
        month: local.getUTCMonth() + 1,
        day: local.getUTCDate(),
        hour: local.getUTCHours(),
        minute: local.getUTCMinutes(),
        second: local.getUTCSeconds(),
        weekday: local.getUTCDay(),
      };
    },
    hourMs(year, month, day, hour) {
      const local = Date.UTC(year, month - 1, day, hour);
      return local - offsetMs(local - offsetMs(local));
    },
  };
}
