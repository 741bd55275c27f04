import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { draftOf } from '../../machinery/object.ts';

/**
 * What is remembered of one write between the two rounds of those who change it: the second comes
 * if anything was changed by who is registered, and asks again whom it concerns (KEP-492).
 */
export class Rounds {
  isSecond = false;
  isAnotherWanted = false;
  readonly policies = new Reinvocation();
  readonly webhooks = new Reinvocation();
}

/** Who of the policies, or of the webhooks, is to be asked once more. */
class Reinvocation {
  /** Who was asked, and wants to be asked again if somebody later changes the object. */
  readonly #asked = new Set<string>();
  readonly #again = new Set<string>();
  #lastOutput: unknown;

  /** Somebody changed the object: those asked before have to look at it again. */
  noteChange(): void {
    for (const uid of this.#asked) this.#again.add(uid);
    this.#asked.clear();
  }

  noteAsked(uid: string): void {
    this.#asked.add(uid);
  }

  isAskedAgain(uid: string): boolean {
    return this.#again.has(uid);
  }

  /** Notes whether others have changed the object since these were through with it. */
  compare(object: unknown): void {
    if (!isSemanticallyEqual(this.#lastOutput, object)) this.noteChange();
  }

  noteOutput(object: unknown): void {
    this.#lastOutput = draftOf(object);
  }
}
