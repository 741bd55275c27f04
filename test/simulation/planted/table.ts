import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUGS, type PlantedBug } from './bugs.ts';

/** The document that says of each planted bug which seed catches it. */
export const DOCUMENT = join(import.meta.dirname, '../../../docs/design/sim.md');

const HEAD = '| planted | what is taken away | promise that breaks | caught by |';
const LINE = '| --- | --- | --- | --- |';

/** How seeds are named: those of other runs than the ordinary ones say so. */
function seedName({ options }: PlantedBug, seed: number): string {
  const { isCrowded, isSevere, hasBadWatches, hasDaemonSets, hasCronJobs } = options ?? {};
  const how = [
    isCrowded && 'crowded',
    isSevere && 'severe',
    hasBadWatches && 'bad watches',
    saysOf(hasDaemonSets, 'daemon sets'),
    saysOf(hasCronJobs, 'cron jobs'),
  ];
  return [`seed ${seed}`, ...how].filter(Boolean).join(', ');
}

const saysOf = (isSo: boolean | undefined, what: string) =>
  isSo === undefined ? undefined : `${isSo ? '' : 'no '}${what}`;

/** The table as it stands in the document, with these seeds by name. */
export const tableOf = (seeds: ReadonlyMap<string, number>): string =>
  [
    HEAD,
    LINE,
    ...BUGS.map((bug) => {
      const { name, mechanism, promised } = bug;
      return `| ${name} | ${mechanism} | ${promised} | ${seedName(bug, seeds.get(name) ?? 0)} |`;
    }),
  ].join('\n');

/** The seeds that the document names. */
export function seedsInDocument(): Map<string, number> {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(/^\| ([a-z-]+) \|.*\| seed (\d+)/gm);
  return new Map(Array.from(rows, ([, name = '', seed]) => [name, Number(seed)]));
}

/** The document with another table. */
export function withTable(document: string, table: string): string {
  const start = document.indexOf(HEAD);
  const end = document.indexOf('\n\n', start);
  return document.slice(0, start) + table + document.slice(end === -1 ? document.length : end);
}
