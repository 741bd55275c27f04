/** What a cell could list. */
export type Listed = (string | number)[];

const SHOWN_MAX = 3;

/** The first three, and how many more there are: `a,b,c + 2 more...`. */
export function listWithMore(all: Readonly<Listed>): string {
  const shown = all.slice(0, SHOWN_MAX).join(',');
  return all.length > SHOWN_MAX ? `${shown} + ${all.length - SHOWN_MAX} more...` : shown;
}
