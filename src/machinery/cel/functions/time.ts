import { parseTime, toTime } from '../../../base/clock.ts';
import { timeZoneOffsetMs } from '../../../base/time-zone.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, Duration, Timestamp, type Value } from '../values.ts';

const NANOS = 1_000_000_000n;
const NANOS_PER_MS = 1_000_000n;
const DAY_MS = 86_400_000;
// The years 1 to 9999.
const TIMESTAMP_MIN = -62_135_596_800n * NANOS;
const TIMESTAMP_MAX = 253_402_300_800n * NANOS - 1n;
const DURATION_MAX = 2n ** 63n - 1n;

/** A time span, or an error if it has no place in 64 bits. */
export const checkedDuration = (nanos: bigint): Value =>
  nanos > DURATION_MAX || nanos < -DURATION_MAX - 1n
    ? new CelError('duration overflow')
    : new Duration(nanos);

/** A moment, or an error if its year isn't from 1 to 9999. */
export const checkedTimestamp = (nanos: bigint): Value =>
  nanos > TIMESTAMP_MAX || nanos < TIMESTAMP_MIN
    ? new CelError('timestamp overflow')
    : new Timestamp(nanos);

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: NANOS_PER_MS,
  s: NANOS,
  m: 60n * NANOS,
  h: 3_600n * NANOS,
};
const TERM = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
// More digits than that are below a nanosecond, or far beyond the largest span.
const DIGITS_MAX = 40;

/** Reads `1h30m`, `-1.5s`, `0`; undefined if it isn't a time span of 64 bits. */
export function parseDuration(text: string): Duration | undefined {
  const [, sign, terms] = /^([+-]?)(.*)$/s.exec(text)!;
  if (terms === '0') return new Duration(0n);
  let nanos = 0n;
  let at = 0;
  while (at < terms!.length || at === 0) {
    TERM.lastIndex = at;
    const found = TERM.exec(terms!);
    const [all = '', whole = '', fraction = '', unit = ''] = found ?? [];
    if (whole === '' && fraction === '') return undefined;
    if (whole.length > DIGITS_MAX) return undefined;
    const digits = fraction.slice(0, DIGITS_MAX);
    nanos += BigInt(whole) * UNITS[unit]!;
    nanos += (BigInt(digits || '0') * UNITS[unit]!) / 10n ** BigInt(digits.length);
    at += all.length;
  }
  const span = checkedDuration(sign === '-' ? -nanos : nanos);
  return span instanceof Duration ? span : undefined;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Reads a moment as RFC 3339 writes it; undefined if it isn't one from year 1 to 9999. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const [, local, fraction = '', zone] = TIME.exec(text) ?? [];
  const ms = local === undefined ? undefined : parseTime(`${local}${zone}`);
  if (ms === undefined || Number.isNaN(ms) || !isRealTime(local!, zone!)) return undefined;
  const nanos = BigInt(ms) * NANOS_PER_MS + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const moment = checkedTimestamp(nanos);
  return moment instanceof Timestamp ? moment : undefined;
}

/** Whether month, day, hour, minute and second all exist: some readers take February 30. */
function isRealTime(local: string, zone: string): boolean {
  const ms = parseTime(`${local}Z`);
  if (ms === undefined || Number.isNaN(ms)) return false;
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 23 || Number(zone.slice(4)) > 59)) return false;
  return toTime(ms).slice(0, 19) === local;
}

/** Reads a day, `2026-01-31`, as the moment it begins. */
export const parseDate = (text: string): Timestamp | undefined =>
  /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined;

const msOf = ({ nanos }: Timestamp): number =>
  Number((nanos - (((nanos % NANOS_PER_MS) + NANOS_PER_MS) % NANOS_PER_MS)) / NANOS_PER_MS);

/** `2026-01-31T09:00:00.12Z` */
export function printTimestamp(moment: Timestamp): string {
  const fraction = ((moment.nanos % NANOS) + NANOS) % NANOS;
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  const seconds = toTime(Number((moment.nanos - fraction) / NANOS_PER_MS)).slice(0, 19);
  return `${seconds}${digits === '' ? '' : `.${digits}`}Z`;
}

/** Seconds with as many digits as it takes: `3601.5s`. */
export function printDuration({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % NANOS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = `${size / NANOS}${fraction === '' ? '' : `.${fraction}`}`;
  return `${nanos < 0n ? '-' : ''}${seconds}s`;
}

const FIXED_ZONE = /^([+-]?)(\d\d?):(\d\d)$/;

/** How far the zone is ahead of UTC at that moment, or an error if there is no such zone. */
function offsetMs(zone: string, atMs: number): number | CelError {
  const fixed = FIXED_ZONE.exec(zone);
  if (fixed) {
    const [, sign, hours, minutes] = fixed;
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  }
  if (zone === '' || zone === 'UTC') return 0;
  return timeZoneOffsetMs(zone, atMs) ?? new CelError(`unknown time zone ${zone}`);
}

/** Days since 1970 as year, month (from 0) and day (from 1), in the Gregorian calendar. */
function civil(days: number): { year: number; month: number; day: number } {
  const [date] = toTime(days * DAY_MS).split('T') as [string];
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return { year, month: month - 1, day };
}

const startOfYear = (year: number): number =>
  (parseTime(`${String(year).padStart(4, '0')}-01-01T00:00:00Z`) ?? 0) / DAY_MS;

type Part = (ms: number) => number;
const daysOf = (ms: number): number => Math.floor(ms / DAY_MS);
const within = (ms: number, unit: number, count: number): number =>
  (((Math.floor(ms / unit) % count) + count) % count) as number;

const PARTS: readonly (readonly [string, string, Part])[] = [
  ['getFullYear', 'year', (ms) => civil(daysOf(ms)).year],
  ['getMonth', 'month', (ms) => civil(daysOf(ms)).month],
  ['getDate', 'day_of_month_1_based', (ms) => civil(daysOf(ms)).day],
  ['getDayOfMonth', 'day_of_month', (ms) => civil(daysOf(ms)).day - 1],
  ['getDayOfWeek', 'day_of_week', (ms) => (((daysOf(ms) + 4) % 7) + 7) % 7],
  ['getDayOfYear', 'day_of_year', (ms) => daysOf(ms) - startOfYear(civil(daysOf(ms)).year)],
  ['getHours', 'hours', (ms) => within(ms, 3_600_000, 24)],
  ['getMinutes', 'minutes', (ms) => within(ms, 60_000, 60)],
  ['getSeconds', 'seconds', (ms) => within(ms, 1000, 60)],
  ['getMilliseconds', 'milliseconds', (ms) => within(ms, 1, 1000)],
];

function partOverloads([name, id, part]: readonly [string, string, Part]): Overload[] {
  const inZone = (moment: Timestamp, zone: string): Value => {
    const offset = offsetMs(zone, msOf(moment));
    return offset instanceof CelError ? offset : BigInt(part(msOf(moment) + offset));
  };
  const withZone = id === 'seconds' ? `timestamp_to_${id}_tz` : `timestamp_to_${id}_with_tz`;
  return [
    overload(name, `timestamp_to_${id}`, 'timestamp.() int', (moment) => inZone(moment, '')),
    overload(name, withZone, 'timestamp.(string) int', inZone),
  ];
}

const spanIn = (name: string, id: string, unit: bigint): Overload =>
  overload(name, `duration_to_${id}`, 'duration.() int', (span: Duration) => span.nanos / unit);

/** Functions of moments and time spans. */
export const timeFunctions: readonly Overload[] = [
  ...PARTS.flatMap(partOverloads),
  spanIn('getHours', 'hours', 3_600n * NANOS),
  spanIn('getMinutes', 'minutes', 60n * NANOS),
  spanIn('getSeconds', 'seconds', NANOS),
  spanIn('getMilliseconds', 'milliseconds', NANOS_PER_MS),
];
