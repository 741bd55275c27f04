import { holds, NO_CODE } from './places.ts';
import type { Instruction } from './program.ts';
import type { Found } from './regex.ts';

/** Threads in order of preference: each an instruction, and where its match began. */
class Threads {
  readonly instructions: Int32Array;
  readonly starts: Int32Array;
  /** At which turn an instruction was last added. */
  readonly #turns: Float64Array;
  #turn = 0;
  count = 0;

  constructor(size: number) {
    this.instructions = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.#turns = new Float64Array(size);
  }

  clear(): void {
    this.count = 0;
    this.#turn++;
  }

  /** Whether the instruction wasn't visited in this turn yet. */
  visit(instruction: number): boolean {
    if (this.#turns[instruction] === this.#turn) return false;
    this.#turns[instruction] = this.#turn;
    return true;
  }

  push(instruction: number, start: number): void {
    this.instructions[this.count] = instruction;
    this.starts[this.count++] = start;
  }
}

/** Runs all ways to match side by side, which finds where the preferred one begins and ends. */
export class Simulation {
  readonly #instructions: readonly Instruction[];
  readonly #start: number;
  #now: Threads;
  #next: Threads;

  constructor(instructions: readonly Instruction[], start: number) {
    this.#instructions = instructions;
    this.#start = start;
    this.#now = new Threads(instructions.length);
    this.#next = new Threads(instructions.length);
  }

  find(text: string, from: number): Found | undefined {
    let found: Found | undefined;
    let before = from > 0 ? codeBefore(text, from) : NO_CODE;
    this.#now.clear();
    for (let at = from; ; ) {
      const code = at < text.length ? text.codePointAt(at)! : NO_CODE;
      if (!found) this.#follow(this.#now, this.#start, at, before, code);
      if (found && this.#now.count === 0) return found;
      found = this.#advance(at, code, text) ?? found;
      if (code === NO_CODE) return found;
      before = code;
      at += code > 0xffff ? 2 : 1;
      [this.#now, this.#next] = [this.#next, this.#now];
    }
  }

  /** Moves all threads over a character; a thread that matches ends those after it. */
  #advance(at: number, code: number, text: string): Found | undefined {
    this.#next.clear();
    const width = code > 0xffff ? 2 : 1;
    const after = at + width < text.length ? text.codePointAt(at + width)! : NO_CODE;
    for (let i = 0; i < this.#now.count; i++) {
      const instruction = this.#instructions[this.#now.instructions[i]!]!;
      const start = this.#now.starts[i]!;
      if (instruction.kind === 'match') return { start, end: at };
      if (instruction.kind !== 'set' || code === NO_CODE || !instruction.set.has(code)) continue;
      this.#follow(this.#next, instruction.next, start, code, after);
    }
    return undefined;
  }

  /** Adds what can be reached without a character. */
  #follow(threads: Threads, first: number, start: number, before: number, after: number): void {
    const open = [first];
    while (open.length > 0) {
      const index = open.pop()!;
      if (!threads.visit(index)) continue;
      const instruction = this.#instructions[index]!;
      if (instruction.kind === 'split') open.push(instruction.other, instruction.next);
      else if (instruction.kind !== 'assertion') threads.push(index, start);
      else if (holds(instruction.assertion, before, after)) open.push(instruction.next);
    }
  }
}

const codeBefore = (text: string, at: number): number => {
  const unit = text.charCodeAt(at - 1);
  const isPair = (unit & 0xfc00) === 0xdc00 && at > 1;
  return isPair ? text.codePointAt(at - 2)! : unit;
};
