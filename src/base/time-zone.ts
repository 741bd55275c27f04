/** Whether there is a time zone of that name in the IANA database, in the case it is written in. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  // The runtime reads names in any case, others read files of that name.
  const known = Intl.supportedValuesOf('timeZone').find((zone) => isSame(zone, name));
  return known === undefined || known === name;
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** How far a zone's clocks are ahead of UTC at a moment, in ms; undefined for an unknown zone. */
export function timeZoneOffsetMs(name: string, atMs: number): number | undefined {
  if (!isTimeZone(name)) return undefined;
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: name,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short' },
  }).formatToParts(atMs);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)!.value);
  const isBefore = parts.some((part) => part.type === 'era' && part.value.startsWith('B'));
  const year = isBefore ? 1 - of('year') : of('year');
  const local = new Date(0);
  local.setUTCFullYear(year, of('month') - 1, of('day'));
  local.setUTCHours(of('hour'), of('minute'), of('second'));
  return local.getTime() - Math.floor(atMs / 1000) * 1000;
}

/** How far a known zone's clocks are ahead of UTC at moments, in ms. Asking it is cheap, making it isn't. */
export function offsetsOf(name: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' });
  return (atMs) => {
    const part = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName');
    const [, sign, hours = 0, minutes = 0, seconds = 0] =
      /^GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(part?.value ?? '') ?? [];
    if (sign === undefined) return 0;
    const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -ms : ms;
  };
}
