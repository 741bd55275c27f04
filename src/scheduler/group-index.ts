/** What tells groups apart: a count of the node itself, or the value of a topology's label. */
export type Trait = number | string | undefined;

type Level<G> = Map<Trait, Level<G> | G>;

/** Groups by their traits, of which all have equally many. Looking up makes no garbage. */
export class GroupIndex<G> {
  readonly #root: Level<G> = new Map();
  #only: G | undefined; // The group of those that have no traits.

  get(traits: readonly Trait[]): G | undefined {
    if (traits.length === 0) return this.#only;
    let level: Level<G> | undefined = this.#root;
    for (let t = 0; t < traits.length - 1 && level; t++) {
      level = level.get(traits[t]) as Level<G> | undefined;
    }
    return level?.get(traits[traits.length - 1]) as G | undefined;
  }

  set(traits: readonly Trait[], group: G | undefined): void {
    if (traits.length === 0) {
      this.#only = group;
      return;
    }
    let level = this.#root;
    for (const trait of traits.slice(0, -1)) {
      const next = (level.get(trait) ?? new Map()) as Level<G>;
      level.set(trait, next);
      level = next;
    }
    if (group === undefined) level.delete(traits.at(-1));
    else level.set(traits.at(-1), group);
  }
}
