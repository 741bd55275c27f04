import { terminalText } from '../cli/terminal-text.ts';

/** How a plan is to be shown. */
export interface Style {
  readonly hasColours: boolean;
  /** For screens: a line of bars says little to a program. */
  readonly hasBars: boolean;
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

/** A line of parts, safe to be shown on a screen, which rather wraps it than loses its end. */
export function paint(spans: readonly (Span | string)[], { hasColours }: Style): string {
  const parts = spans.map((each) => {
    const { text, colour } = typeof each === 'string' ? span(each) : each;
    const shown = terminalText(text).replaceAll('\n', ' ');
    return hasColours && colour ? `\x1b[${CODES[colour]}m${shown}\x1b[0m` : shown;
  });
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
