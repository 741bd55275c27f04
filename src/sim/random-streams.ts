import { type Random, randomInt, seededRandom } from '../base/random.ts';

/**
 * A stream of chance of its own for each name, from one seed: what one part draws changes nothing
 * for the others.
 */
export class RandomStreams {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  stream(name: string): Random {
    let hash = 0x811c9dc5 ^ this.#seed;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return seededRandom(randomInt(seededRandom(hash), 2 ** 31));
  }
}
