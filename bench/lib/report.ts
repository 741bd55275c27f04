import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Surroundings } from './machine.ts';
import type { Figure, Goal, Result } from './result.ts';

/** A result as lines for people. */
export function printed({ scenario, parameters, figures, limits, goals }: Result): string {
  const about = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const width = Math.max(...figures.concat(limits).map(({ name }) => name.length), 0) + 2;
  const row = ({ name, value, unit }: Figure, mark = '  ') =>
    `${mark}${name.padEnd(width)}${shown(value).padStart(12)} ${unit}`;
  return [
    `${scenario}  ${about.join(' ')}`,
    ...figures.map((figure) => row(figure)),
    ...limits.map((figure) => row(figure, '| ')),
    ...goals.map(goalLine),
    '',
  ].join('\n');
}

function goalLine({ name, value, least, most, met }: Goal): string {
  const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
  return `${met ? '✓' : '✗'} ${name}: ${shown(value)} (${bound})`;
}

/** 12,300 and 41.5 and 0.123: no more digits than mean something. */
function shown(value: number): string {
  if (!(Math.abs(value) >= 1000)) return String(Number(value.toPrecision(3)));
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A result as a line of JSON, with where and when it was had. */
export const recorded = (result: Result, where: Surroundings, at: Date): string => {
  const byName = (figures: readonly Figure[]) =>
    Object.fromEntries(figures.map(({ name, ...figure }) => [name, figure]));
  const { scenario, parameters, figures, limits, goals } = result;
  return JSON.stringify({
    scenario,
    parameters,
    ...where,
    figures: byName(figures),
    limits: byName(limits),
    goals,
    at: at.toISOString(),
  });
};

/** Adds lines to the results that the project keeps; answers the file. */
export function keep(lines: readonly string[], { commit }: Surroundings, at: Date): string {
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${at.toISOString().slice(0, 10)}-${commit}.jsonl`);
  appendFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
