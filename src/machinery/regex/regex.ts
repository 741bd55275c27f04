import { Automaton } from './automaton.ts';
import { parsePattern } from './parse.ts';
import { assemble, type Instruction } from './program.ts';
import { Simulation } from './simulation.ts';

/** A found part of a text, in UTF-16 units. */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/** A regular expression of RE2: its time grows with the text's length, whatever the pattern. */
export class Regex {
  readonly #instructions: readonly Instruction[];
  readonly #start: number;
  #automaton: Automaton | undefined;
  #simulation: Simulation | undefined;

  /** Throws RegexError, with the message that Go has. */
  constructor(pattern: string) {
    const { instructions, start } = assemble(parsePattern(pattern));
    this.#instructions = instructions;
    this.#start = start;
  }

  /** Whether the pattern is found anywhere in the text. */
  test(text: string): boolean {
    this.#automaton ??= new Automaton(this.#instructions, this.#start);
    return this.#automaton.test(text);
  }

  /** The first place where the pattern is found at or after an offset, as Perl would find it. */
  find(text: string, from = 0): Found | undefined {
    this.#simulation ??= new Simulation(this.#instructions, this.#start);
    return this.#simulation.find(text, from);
  }

  /** All places where it is found that don't overlap, at most `limit`. */
  findAll(text: string, limit = Number.POSITIVE_INFINITY): Found[] {
    const all: Found[] = [];
    let from = 0;
    let lastEnd = -1;
    while (all.length < limit && from <= text.length) {
      const found = this.find(text, from);
      if (found === undefined) break;
      const isEmpty = found.start === found.end;
      if (!(isEmpty && found.end === lastEnd)) all.push(found);
      lastEnd = found.end;
      from = isEmpty ? found.end + widthAt(text, found.end) : found.end;
    }
    return all;
  }
}

/** How many UTF-16 units the character there takes. */
const widthAt = (text: string, at: number): number =>
  (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;

const CACHE_MAX = 256;
const cache = new Map<string, Regex>();

/** The regular expression of a pattern; the latest are kept. Throws RegexError. */
export function regexOf(pattern: string): Regex {
  let regex = cache.get(pattern);
  if (regex === undefined) {
    regex = new Regex(pattern);
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(pattern, regex);
  }
  return regex;
}
