/** Numbers keys in the order of their first appearance. Only ever grows, so it can be shared. */
class SlotTable {
  readonly #slots = new Map<string, number>();

  get length(): number {
    return this.#slots.size;
  }

  find(key: string): number | undefined {
    return this.#slots.get(key);
  }

  take(key: string): number {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = this.#slots.size;
    this.#slots.set(key, slot);
    return slot;
  }

  forEach(visit: (key: string, slot: number) => void): void {
    for (const [key, slot] of this.#slots) visit(key, slot);
  }
}

type Chunk<V> = readonly (V | undefined)[];

const CHUNK_BITS = 6;
const CHUNK_SIZE = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_SIZE - 1;
const COMPACT_FROM = 1024;
const NO_CHUNK: Chunk<never> = [];

/**
 * An immutable map from text to values, made for being changed a little at a time: `with` copies
 * one chunk of 64 values and the list of chunks, and two maps that share a past are compared by
 * their chunks, so finding what changed costs next to nothing.
 *
 * Every key has a slot, a small number that stays the same in all maps of one family, so that
 * others can keep what they derive from values in plain arrays. Maps of one family share the
 * table of slots. It forgets keys only when the map is rebuilt, which happens when most of its
 * slots are empty and begins a new family.
 */
export class PersistentMap<V> {
  readonly #slots: SlotTable;
  readonly #chunks: readonly Chunk<V>[];
  readonly size: number;

  private constructor(slots: SlotTable, chunks: readonly Chunk<V>[], size: number) {
    this.#slots = slots;
    this.#chunks = chunks;
    this.size = size;
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(new SlotTable(), [], 0);
  }

  /** One more than the highest slot that holds a value in this map may be. */
  get slotCount(): number {
    return this.#chunks.length << CHUNK_BITS;
  }

  get(key: string): V | undefined {
    const slot = this.#slots.find(key);
    return slot === undefined ? undefined : this.at(slot);
  }

  /** The slot of a key that is in the map. */
  slotOf(key: string): number | undefined {
    const slot = this.#slots.find(key);
    return slot !== undefined && this.at(slot) !== undefined ? slot : undefined;
  }

  at(slot: number): V | undefined {
    return this.#chunks[slot >> CHUNK_BITS]?.[slot & CHUNK_MASK];
  }

  /** The map with `value` under `key`. */
  with(key: string, value: V): PersistentMap<V> {
    const slot = this.#slots.take(key);
    const grows = this.at(slot) === undefined ? 1 : 0;
    return this.#replace(slot, value, this.size + grows);
  }

  /** The map without `key`; the same map when it isn't there. */
  without(key: string): PersistentMap<V> {
    const slot = this.slotOf(key);
    if (slot === undefined) return this;
    const rest = this.#replace(slot, undefined, this.size - 1);
    const { length } = this.#slots;
    return length > COMPACT_FROM && rest.size * 4 < length ? rest.#rebuilt() : rest;
  }

  /** Calls `visit` with every value, by slot. */
  forEach(visit: (value: V, slot: number) => void): void {
    for (let c = 0; c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c]!;
      for (let i = 0; i < chunk.length; i++) {
        const value = chunk[i];
        if (value !== undefined) visit(value, (c << CHUNK_BITS) | i);
      }
    }
  }

  keys(): string[] {
    const keys: string[] = [];
    this.#slots.forEach((key, slot) => {
      if (this.at(slot) !== undefined) keys.push(key);
    });
    return keys;
  }

  values(): V[] {
    const values: V[] = [];
    this.forEach((value) => {
      values.push(value);
    });
    return values;
  }

  /**
   * Calls `visit` for each slot whose value is another than in `before`, and answers true; or
   * answers false, having called nothing, when the maps aren't of one family.
   */
  diff(
    before: PersistentMap<V>,
    visit: (slot: number, before: V | undefined, after: V | undefined) => void,
  ): boolean {
    if (before.#slots !== this.#slots) return false;
    const count = Math.max(this.#chunks.length, before.#chunks.length);
    for (let c = 0; c < count; c++) {
      const old = before.#chunks[c] ?? NO_CHUNK;
      const now = this.#chunks[c] ?? NO_CHUNK;
      if (old === now) continue;
      const length = Math.max(old.length, now.length);
      for (let i = 0; i < length; i++) {
        const was = i < old.length ? old[i] : undefined;
        const is = i < now.length ? now[i] : undefined;
        if (was !== is) visit((c << CHUNK_BITS) | i, was, is);
      }
    }
    return true;
  }

  #replace(slot: number, value: V | undefined, size: number): PersistentMap<V> {
    const chunks = this.#chunks.slice();
    const index = slot >> CHUNK_BITS;
    while (chunks.length <= index) chunks.push([]);
    const chunk = chunks[index]!.slice();
    while (chunk.length <= (slot & CHUNK_MASK)) chunk.push(undefined);
    chunk[slot & CHUNK_MASK] = value;
    chunks[index] = chunk;
    return new PersistentMap(this.#slots, chunks, size);
  }

  /** The same in a new family, whose table holds no more than is needed. */
  #rebuilt(): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    this.#slots.forEach((key, slot) => {
      const value = this.at(slot);
      if (value !== undefined) map = map.with(key, value);
    });
    return map;
  }
}
