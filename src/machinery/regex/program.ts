import type { CharacterSet } from './character-set.ts';
import { type Assertion, type Node, RegexError } from './parse.ts';

/** One instruction; `next` and `other` are indices of instructions. */
export type Instruction =
  | { readonly kind: 'set'; readonly set: CharacterSet; next: number }
  | { readonly kind: 'assertion'; readonly assertion: Assertion; next: number }
  /** Goes on at both, preferring the first. */
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'match' };

// What a text may have to be matched against at each of its characters.
const SIZE_MAX = 100_000;

/** Lays a pattern out as instructions, the first of which is where it starts. */
export function assemble(node: Node): { instructions: readonly Instruction[]; start: number } {
  const assembler = new Assembler();
  const match = assembler.add({ kind: 'match' });
  const start = assembler.lay(node, match);
  return { instructions: assembler.instructions, start };
}

class Assembler {
  readonly instructions: Instruction[] = [];

  add(instruction: Instruction): number {
    if (this.instructions.length >= SIZE_MAX) {
      throw new RegexError('error parsing regexp: expression too large');
    }
    return this.instructions.push(instruction) - 1;
  }

  /** Lays out a piece that goes on at `next`, and returns where it starts. */
  lay(node: Node, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.add({ kind: 'set', set: node.set, next });
      case 'assertion':
        return this.add({ kind: 'assertion', assertion: node.assertion, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.lay(part, after), next);
      case 'choice': {
        const starts = node.parts.map((part) => this.lay(part, next));
        return starts.reduceRight((other, start) =>
          this.add({ kind: 'split', next: start, other }),
        );
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat({ body, min, max, isGreedy }: Node & { kind: 'repeat' }, next: number): number {
    let start = next;
    if (Number.isFinite(max)) {
      for (let i = min; i < max; i++) {
        start = this.#split(this.lay(body, start), next, isGreedy);
      }
    } else {
      const loop = this.#split(0, next, isGreedy);
      const again = this.lay(body, loop);
      const split = this.instructions[loop] as { next: number; other: number };
      if (isGreedy) split.next = again;
      else split.other = again;
      start = loop;
    }
    for (let i = 0; i < min; i++) start = this.lay(body, start);
    return start;
  }

  #split(body: number, after: number, isGreedy: boolean): number {
    return isGreedy
      ? this.add({ kind: 'split', next: body, other: after })
      : this.add({ kind: 'split', next: after, other: body });
  }
}
