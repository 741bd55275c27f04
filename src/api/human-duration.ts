const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

const withRest = (whole: string, rest: number, unit: string): string =>
  rest === 0 ? whole : `${whole}${rest}${unit}`;

/** How long something took or has lived, as tables show it: `119s`, `3m20s`, `47h`, `2y34d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes < 10) return withRest(`${minutes}m`, seconds % MINUTE, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(seconds / HOUR);
  if (hours < 8) return withRest(`${hours}h`, minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(seconds / DAY);
  if (days < 8) return withRest(`${days}d`, hours % 24, 'h');
  const years = Math.floor(seconds / YEAR);
  if (years < 2) return `${days}d`;
  return years < 8 ? withRest(`${years}y`, days % 365, 'd') : `${years}y`;
}
