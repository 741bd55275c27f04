/** What the heaps of a class share, by slot. No slot is in two of them. */
export class HeapSpace {
  /** What orders slots. Not to be changed while the slot is in a heap. */
  keys: Float64Array;
  /** Where a slot stands in its heap. */
  positions: Int32Array;

  constructor(slots: number) {
    this.keys = new Float64Array(slots);
    this.positions = new Int32Array(slots);
  }

  /** Makes room for a slot. */
  fit(slot: number): void {
    if (slot < this.keys.length) return;
    const { keys, positions } = this;
    const slots = Math.max(64, slot + 1 + (slot >> 2));
    this.keys = new Float64Array(slots);
    this.keys.set(keys);
    this.positions = new Int32Array(slots);
    this.positions.set(positions);
  }
}

/** The slots of nodes, the one with the largest key first. */
export class NodeHeap {
  readonly #space: HeapSpace;
  readonly #slots: number[] = [];

  constructor(space: HeapSpace) {
    this.#space = space;
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
    const { keys, positions } = this.#space;
    const at = positions[slot]!;
    const last = this.#slots.pop()!;
    if (last === slot) return;
    const isHigher = at > 0 && keys[this.#slots[(at - 1) >> 1]!]! < keys[last]!;
    if (isHigher) this.#rise(at, last);
    else this.#sink(at, last);
  }

  #rise(from: number, slot: number): void {
    const { keys } = this.#space;
    const slots = this.#slots;
    const key = keys[slot]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[slots[parent]!]! >= key) break;
      this.#place(at, slots[parent]!);
      at = parent;
    }
    this.#place(at, slot);
  }

  #sink(from: number, slot: number): void {
    const { keys } = this.#space;
    const slots = this.#slots;
    const key = keys[slot]!;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= slots.length) break;
      const right = left + 1;
      const isRight = right < slots.length && keys[slots[right]!]! > keys[slots[left]!]!;
      const child = isRight ? right : left;
      if (keys[slots[child]!]! <= key) break;
      this.#place(at, slots[child]!);
      at = child;
    }
    this.#place(at, slot);
  }

  #place(at: number, slot: number): void {
    this.#slots[at] = slot;
    this.#space.positions[slot] = at;
  }
}
