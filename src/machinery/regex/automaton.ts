import { holds, NO_CODE } from './places.ts';
import type { Instruction } from './program.ts';

/** A set of places in the program at which the text so far can be. */
interface State {
  readonly places: readonly number[];
  /** Whether nothing that follows can change that the pattern was found. */
  readonly isFound: boolean;
  /** The state after each ASCII character, as far as it is known. */
  readonly ascii: (State | undefined)[];
  readonly others: Map<number, State>;
  /** Whether the pattern is found if the text ends here. */
  endsFound: boolean | undefined;
}

const STATES_MAX = 2_000;
const OTHERS_MAX = 256;

/**
 * Answers whether a pattern is found by a deterministic automaton that is built as texts need it.
 * A state remembers what came before by the characters that conditions look at, which is little.
 */
export class Automaton {
  readonly #instructions: readonly Instruction[];
  readonly #start: number;
  readonly #looksBack: boolean;
  #states = new Map<string, State>();
  #first: State | undefined;

  constructor(instructions: readonly Instruction[], start: number) {
    this.#instructions = instructions;
    this.#start = start;
    this.#looksBack = instructions.some(
      (each) => each.kind === 'assertion' && !each.assertion.startsWith('text'),
    );
  }

  test(text: string): boolean {
    this.#first ??= this.#stateOf([this.#start], NO_CODE);
    let state = this.#first;
    for (let at = 0; at < text.length; at++) {
      if (state.isFound) return true;
      const unit = text.charCodeAt(at);
      if (unit < 128) {
        state = state.ascii[unit] ?? this.#advance(state, unit);
        continue;
      }
      const code = text.codePointAt(at)!;
      if (code > 0xffff) at++;
      state = state.others.get(code) ?? this.#advance(state, code);
    }
    state.endsFound ??= this.#reach(state.places, this.#beforeOf(state), NO_CODE).isFound;
    return state.isFound || state.endsFound;
  }

  /** The character before a state is its last place, kept as a negative number. */
  #beforeOf({ places }: State): number {
    return -(places.at(-1)! + 1) - 1;
  }

  #advance(state: State, code: number): State {
    const { places, isFound } = this.#reach(state.places, this.#beforeOf(state), code);
    const next = new Set<number>();
    for (const place of places) {
      const instruction = this.#instructions[place]!;
      if (instruction.kind === 'set' && instruction.set.has(code)) next.add(instruction.next);
    }
    next.add(this.#start);
    const after = isFound ? FOUND : this.#stateOf([...next], code);
    if (code < 128) state.ascii[code] = after;
    else if (state.others.size < OTHERS_MAX) state.others.set(code, after);
    return after;
  }

  #stateOf(entries: readonly number[], before: number): State {
    const kept = this.#looksBack ? before : before === NO_CODE ? NO_CODE : 0x61;
    const places = [...entries.toSorted((a, b) => a - b), -(kept + 1) - 1];
    const key = places.join();
    let state = this.#states.get(key);
    if (state === undefined) {
      state = newState(places, false);
      if (this.#states.size >= STATES_MAX) {
        this.#states = new Map();
        this.#first = undefined;
      }
      this.#states.set(key, state);
    }
    return state;
  }

  /** What can be reached between two characters, and whether that is the end of the pattern. */
  #reach(
    entries: readonly number[],
    before: number,
    after: number,
  ): { places: number[]; isFound: boolean } {
    const open = entries.filter((place) => place >= 0);
    const seen = new Set<number>();
    const places: number[] = [];
    while (open.length > 0) {
      const place = open.pop()!;
      if (seen.has(place)) continue;
      seen.add(place);
      const instruction = this.#instructions[place]!;
      if (instruction.kind === 'match') return { places, isFound: true };
      if (instruction.kind === 'set') places.push(place);
      else if (instruction.kind === 'split') open.push(instruction.next, instruction.other);
      else if (holds(instruction.assertion, before, after)) open.push(instruction.next);
    }
    return { places, isFound: false };
  }
}

const newState = (places: readonly number[], isFound: boolean): State => ({
  places,
  isFound,
  ascii: new Array(128).fill(undefined),
  others: new Map(),
  endsFound: undefined,
});

const FOUND: State = newState([-1], true);
