import { type Random, uuid } from '../../base/random.ts';

/** Tells requests apart: identifiers in the form of UUIDs, random at the front and counted behind. */
export class AuditIds {
  readonly #prefix: string;
  #count = 0;

  constructor(random: Random) {
    this.#prefix = uuid(random).slice(0, 24);
  }

  next(): string {
    this.#count++;
    return this.#prefix + this.#count.toString(16).padStart(12, '0');
  }
}
