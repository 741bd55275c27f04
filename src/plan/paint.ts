import { terminalText } from '../cli/terminal-text.ts';

/** How a plan is to be shown. */
export interface Style {
  readonly hasColours: boolean;
  /** Longer lines are cut; undefined where nobody looks at a screen. */
  readonly width: number | undefined;
  /** Objects in it are called by their names alone. */
  readonly namespace: string;
  readonly hasTimeline: boolean;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Colour = keyof typeof CODES;

/** A part of a line. */
export interface Span {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

/** A piece of text in a colour. */
export const span = (text: string, colour?: Colour): Span => ({ text, colour });

/** A line of parts, as wide as the screen at most, and safe to be shown there. */
export function paint(spans: readonly (Span | string)[], { hasColours, width }: Style): string {
  let left = width ?? Number.POSITIVE_INFINITY;
  const parts: string[] = [];
  for (const each of spans) {
    const { text, colour } = typeof each === 'string' ? span(each) : each;
    const plain = terminalText(text).replaceAll('\n', ' ');
    const shown = plain.length > left ? `${plain.slice(0, Math.max(0, left - 1))}…` : plain;
    left -= shown.length;
    parts.push(hasColours && colour ? `\x1b[${CODES[colour]}m${shown}\x1b[0m` : shown);
    if (left <= 0) break;
  }
  return parts.join('').trimEnd();
}

const BARS = '▁▂▃▄▅▆▇█';

/** How many there were over time, as bars of which each stands for the same time. */
export function sparkline(
  levels: readonly { readonly atMs: number; readonly ready: number }[],
  { endMs, most, width }: { readonly endMs: number; readonly most: number; readonly width: number },
): string {
  if (endMs <= 0 || most <= 0) return '';
  return Array.from({ length: width }, (_, i) => {
    const [fromMs, untilMs] = [(endMs * i) / width, (endMs * (i + 1)) / width];
    const within = levels.filter(({ atMs }) => atMs > fromMs && atMs < untilMs);
    const begun = levels.findLast(({ atMs }) => atMs <= fromMs)?.ready ?? 0;
    const least = Math.min(begun, ...within.map(({ ready }) => ready));
    return BARS[Math.round((least / most) * (BARS.length - 1))];
  }).join('');
}
