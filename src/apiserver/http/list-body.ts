const END = Buffer.from(']}');
const COMMA = 0x2c;
const BRACE = 0x7b;
const SEPARATOR_MAX = 2;

/**
 * The JSON of a list, whose items' bytes are there already. It is copied out of them piece by piece,
 * so that sending megabytes takes no more memory than one piece does. Can be read once.
 */
export class ListBody {
  /** How many bytes it has in all. */
  readonly length: number;
  readonly #items: readonly Buffer[];
  /** How much of each item is left out at its beginning, the brace included. */
  readonly #skip: number;
  /** What is being copied: the head, an item, or the end. */
  #part: Buffer;
  #from = 0;
  /** The item that comes next; one more than there are when the end has begun. */
  #next = 0;

  /** `head` is all before the first item; of each item the first `skip` bytes become a brace. */
  constructor(head: Buffer, items: readonly Buffer[], skip: number) {
    let length = head.length + END.length + Math.max(0, items.length - 1);
    for (const item of items) length += item.length - skip + 1;
    this.length = length;
    this.#part = head;
    this.#items = items;
    this.#skip = skip;
  }

  /**
   * Copies what comes next into a slab of at least two bytes and says how much that was: 0 at the
   * end, else at least 1, and as much as there is room for but for a byte.
   */
  fill(slab: Buffer): number {
    let at = 0;
    for (;;) {
      const copied = this.#part.copy(slab, at, this.#from);
      at += copied;
      this.#from += copied;
      if (this.#from < this.#part.length || this.#next > this.#items.length) return at;
      if (slab.length - at < SEPARATOR_MAX) return at;
      at = this.#begin(slab, at);
    }
  }

  /** All of it at once. */
  toBuffer(): Buffer {
    const whole = Buffer.allocUnsafe(this.length);
    let at = 0;
    while (at < whole.length) at += this.fill(whole.subarray(at));
    return whole;
  }

  #begin(slab: Buffer, at: number): number {
    const i = this.#next++;
    const item = this.#items[i];
    this.#part = item ?? END;
    this.#from = item ? this.#skip : 0;
    if (item === undefined) return at;
    if (i > 0) slab[at++] = COMMA;
    slab[at++] = BRACE;
    return at;
  }
}
