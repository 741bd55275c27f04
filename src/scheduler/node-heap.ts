/**
 * The slots of nodes, the one with the largest key first. Several heaps may share the arrays of
 * keys and positions, as long as no slot is in two of them.
 */
export class NodeHeap {
  readonly #keys: readonly number[];
  /** Where each slot stands in its heap; undefined or -1 when it is in none. */
  readonly #positions: number[];
  readonly #slots: number[] = [];

  constructor(keys: readonly number[], positions: number[]) {
    this.#keys = keys;
    this.#positions = positions;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The slot with the largest key. */
  get top(): number | undefined {
    return this.#slots[0];
  }

  add(slot: number): void {
    this.#slots.push(slot);
    this.#rise(this.#slots.length - 1, slot);
  }

  /** Takes out a slot that is in this heap. Its key must not have changed since it was added. */
  remove(slot: number): void {
    const at = this.#positions[slot]!;
    const last = this.#slots.pop()!;
    this.#positions[slot] = -1;
    if (last === slot) return;
    const key = this.#keys[last]!;
    const isHigher = at > 0 && this.#keys[this.#slots[(at - 1) >> 1]!]! < key;
    if (isHigher) this.#rise(at, last);
    else this.#sink(at, last);
  }

  #rise(from: number, slot: number): void {
    const slots = this.#slots;
    const key = this.#keys[slot]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#keys[slots[parent]!]! >= key) break;
      this.#place(at, slots[parent]!);
      at = parent;
    }
    this.#place(at, slot);
  }

  #sink(from: number, slot: number): void {
    const slots = this.#slots;
    const key = this.#keys[slot]!;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= slots.length) break;
      const right = left + 1;
      const isRight =
        right < slots.length && this.#keys[slots[right]!]! > this.#keys[slots[left]!]!;
      const child = isRight ? right : left;
      if (this.#keys[slots[child]!]! <= key) break;
      this.#place(at, slots[child]!);
      at = child;
    }
    this.#place(at, slot);
  }

  #place(at: number, slot: number): void {
    this.#slots[at] = slot;
    this.#positions[slot] = at;
  }
}
