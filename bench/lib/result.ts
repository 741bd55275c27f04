/** What is measured, with its unit: `12_300 requests/s`. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** The median of the rounds. */
  readonly value: number;
  /** What each round came to, in order. */
  readonly rounds: readonly number[];
}

/** A bound that a figure, or a ratio of figures, has to keep. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
  readonly met: boolean;
}

/** What a scenario found. */
export interface Result {
  readonly scenario: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly figures: readonly Figure[];
  /** What bare parts reach in the same run: nothing that does the same work can be better. */
  readonly limits: readonly Figure[];
  readonly goals: readonly Goal[];
}

/** Collects what rounds come to, and makes figures of it. */
export class Samples {
  readonly #units = new Map<string, string>();
  readonly #rounds = new Map<string, number[]>();

  /** Notes what one round came to. */
  add(name: string, unit: string, value: number): void {
    const rounds = this.#rounds.get(name) ?? [];
    rounds.push(value);
    this.#rounds.set(name, rounds);
    this.#units.set(name, unit);
  }

  /** The median of all rounds noted under this name. Throws when there are none. */
  median(name: string): number {
    const rounds = this.#rounds.get(name);
    if (rounds === undefined) throw new Error(`nothing was measured as "${name}"`);
    return median(rounds);
  }

  /** All that was noted, in the order in which it was noted first. */
  get figures(): Figure[] {
    return [...this.#rounds].map(([name, rounds]) => ({
      name,
      unit: this.#units.get(name)!,
      value: brief(median(rounds)),
      rounds: rounds.map(brief),
    }));
  }
}

/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value below which the share `q` of some numbers lies. */
export function percentile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Whether `value` is at least what it should be. */
export const atLeast = (name: string, value: number, least: number): Goal => ({
  name,
  value: brief(value),
  least,
  met: value >= least,
});

/** Whether `value` is at most what it should be. */
export const atMost = (name: string, value: number, most: number): Goal => ({
  name,
  value: brief(value),
  most,
  met: value <= most,
});

/** A number to four digits: more would be noise. */
const brief = (value: number): number => Number(value.toPrecision(4));
