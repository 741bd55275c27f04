/** When something is to happen again and again: the standard form of cron, and its shorthands. */
export type CronSchedule =
  | { readonly type: 'calendar'; readonly fields: CronFields }
  | { readonly type: 'interval'; readonly everyMs: number };

/** The minutes, hours and days that fit. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** Days of month were given as `*`: only days of week count, and the other way round. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
}

/** A schedule that can't be read. The message is that of Kubernetes. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');

const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS_OF_MONTH: Bounds = { min: 1, max: 31 };
const MONTHS_OF_YEAR: Bounds = { min: 1, max: 12, names: MONTHS };
const DAYS_OF_WEEK: Bounds = { min: 0, max: 6, names: DAYS };

const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Reads a schedule; a time zone before it is passed over. Throws CronError. */
export function parseCron(text: string): CronSchedule {
  if (text === '') throw new CronError('empty spec string');
  const bare = text.replace(/^(CRON_)?TZ=\S* /, '').trim();
  if (!bare.startsWith('@')) return { type: 'calendar', fields: parseFields(bare) };
  const long = SHORTHANDS[bare];
  if (long !== undefined) return { type: 'calendar', fields: parseFields(long) };
  if (!bare.startsWith('@every ')) throw new CronError(`unrecognized descriptor: ${bare}`);
  return { type: 'interval', everyMs: parseInterval(bare) };
}

function parseFields(text: string): CronFields {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length !== 5) {
    const found = `found ${words.length}: [${words.join(' ')}]`;
    throw new CronError(`expected exactly 5 fields, ${found}`);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = words as [
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    minutes: parseField(minute, MINUTES),
    hours: parseField(hour, HOURS),
    daysOfMonth: parseField(dayOfMonth, DAYS_OF_MONTH),
    months: parseField(month, MONTHS_OF_YEAR),
    daysOfWeek: parseField(dayOfWeek, DAYS_OF_WEEK),
    anyDayOfMonth: isAny(dayOfMonth),
    anyDayOfWeek: isAny(dayOfWeek),
  };
}

/** Whether one of the ranges is everything. */
const isAny = (field: string): boolean =>
  field.split(',').some((range) => /^[*?](-[^/]*)?(\/0*1)?$/.test(range));

function parseField(field: string, bounds: Bounds): ReadonlySet<number> {
  const values = new Set<number>();
  for (const expression of field.split(',')) {
    if (expression === '') continue;
    const { start, end, step } = parseRange(expression, bounds);
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function parseRange(expression: string, { min, max, names }: Bounds): Range {
  const [limits = '', stepText, ...tooMany] = expression.split('/');
  const [low = '', high, ...tooManyLimits] = limits.split('-');
  const isEverything = low === '*' || low === '?';
  const start = isEverything ? min : parseValue(low, names);
  let end = isEverything ? max : high === undefined ? start : parseValue(high, names);
  if (!isEverything && tooManyLimits.length > 0) {
    throw new CronError(`too many hyphens: ${expression}`);
  }
  if (tooMany.length > 0) throw new CronError(`too many slashes: ${expression}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (stepText !== undefined && high === undefined) end = max;
  const problem = rangeProblem({ start, end, step }, { min, max });
  if (problem) throw new CronError(`${problem}: ${expression}`);
  return { start, end, step };
}

function rangeProblem({ start, end, step }: Range, { min, max }: Bounds): string | undefined {
  if (start < min) return `beginning of range (${start}) below minimum (${min})`;
  if (end > max) return `end of range (${end}) above maximum (${max})`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end})`;
  return step === 0 ? 'step of range should be a positive number' : undefined;
}

function parseValue(text: string, names: readonly string[] | undefined): number {
  const at = names?.indexOf(text.toLowerCase()) ?? -1;
  if (at < 0) return parseNumber(text);
  return names === MONTHS ? at + 1 : at;
}

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new CronError(`failed to parse int from ${text}: ${why}`);
  }
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `@every 1h30m`, in whole seconds, one at least. */
function parseInterval(text: string): number {
  const duration = text.slice('@every '.length);
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(duration)) {
    const why = `time: invalid duration ${JSON.stringify(duration)}`;
    throw new CronError(`failed to parse duration ${text}: ${why}`);
  }
  let ms = 0;
  for (const [, amount, , unit] of duration.matchAll(/(\d+(\.\d+)?)(h|ms|m|s)/g)) {
    ms += Number(amount) * UNITS_MS[unit!]!;
  }
  return Math.max(Math.floor(ms / 1000), 1) * 1000;
}
