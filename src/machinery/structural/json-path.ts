import { isEqual } from '../equal.ts';
import { isMap } from '../member.ts';

/** A way from a value to parts of it. */
type Step = (values: readonly unknown[]) => unknown[];

/** A JSONPath as kubectl and printer columns have it, ready to be followed. */
export interface JsonPath {
  /** All that the path leads to; nothing where a part is missing. */
  find(value: unknown): unknown[];
}

/** How deep `..` looks, and how many values a path may lead to. */
const DEPTH_MAX = 64;
const RESULTS_MAX = 10_000;

/**
 * Reads a path: fields (`.a`, `['a']`), elements (`[0]`, `[-1]`, `[1:3]`, `[*]`), all members (`.*`),
 * all below (`..a`) and filters (`[?(@.type=="Ready")]`). Throws an Error for anything else.
 */
export function parseJsonPath(text: string): JsonPath {
  const steps = new PathParser(text).steps();
  return {
    find(value) {
      let values: unknown[] = [value];
      for (const step of steps) values = step(values).slice(0, RESULTS_MAX);
      return values;
    },
  };
}

const member =
  (name: string): Step =>
  (values) =>
    values
      .filter((each) => isMap(each) && Object.hasOwn(each, name))
      .map((each) => (each as Record<string, unknown>)[name]);

const membersOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];

const everyMember: Step = (values) => values.flatMap(membersOf);

const everyBelow: Step = (values) => {
  const found: unknown[] = [];
  const look = (value: unknown, depth: number) => {
    if (depth > DEPTH_MAX || found.length > RESULTS_MAX) return;
    found.push(value);
    for (const each of membersOf(value)) look(each, depth + 1);
  };
  for (const value of values) look(value, 0);
  return found;
};

const slice =
  (from: number | undefined, to: number | undefined, by: number): Step =>
  (values) =>
    values.flatMap((each) =>
      Array.isArray(each) ? each.slice(from, to).filter((_, i) => i % by === 0) : [],
    );

const element =
  (index: number): Step =>
  (values) =>
    values
      .filter((each) => Array.isArray(each) && each.at(index) !== undefined)
      .map((each) => (each as unknown[]).at(index));

const union =
  (steps: readonly Step[]): Step =>
  (values) =>
    steps.flatMap((step) => step(values));

type Operand = (value: unknown) => unknown[];

const COMPARISONS: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': isEqual,
  '!=': (a, b) => !isEqual(a, b),
  '<=': (a, b) => order(a, b) <= 0,
  '>=': (a, b) => order(a, b) >= 0,
  '<': (a, b) => order(a, b) < 0,
  '>': (a, b) => order(a, b) > 0,
};

/** Below, at or above 0; not a number for what has no order. */
function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number.NaN;
}

class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    this.#take(/[$@]/y);
    while (this.#at < this.#text.length) steps.push(...this.#step());
    return steps;
  }

  #step(): Step[] {
    if (this.#take(/\.\./y)) {
      if (this.#text[this.#at] === '[') return [everyBelow, this.#bracket()];
      return [everyBelow, this.#name()];
    }
    if (this.#text[this.#at] === '[') return [this.#bracket()];
    if (this.#take(/\./y)) {
      if (this.#at >= this.#text.length || this.#text[this.#at] === '[') return [];
      return [this.#name()];
    }
    return [this.#name()];
  }

  #name(): Step {
    if (this.#take(/\*/y)) return everyMember;
    const text = this.#take(/(?:\\.|[^.[\]\s\\'"|{}()])+/y);
    if (text === undefined) throw this.#unexpected();
    return member(text.replace(/\\(.)/g, '$1'));
  }

  #bracket(): Step {
    this.#expect(/\[\s*/y);
    if (this.#take(/\?\(/y)) {
      const step = this.#filter();
      this.#expect(/\)\s*\]/y);
      return step;
    }
    const steps = [this.#subscript()];
    while (this.#take(/\s*,\s*/y)) steps.push(this.#subscript());
    this.#expect(/\s*\]/y);
    return steps.length === 1 ? steps[0]! : union(steps);
  }

  #subscript(): Step {
    if (this.#take(/\*/y)) return everyMember;
    const quoted = this.#quoted();
    if (quoted !== undefined) return member(quoted);
    const range = this.#take(/-?\d*:-?\d*(?::\d+)?/y);
    if (range !== undefined) {
      const [from, to, by] = range.split(':').map((part) => (part ? Number(part) : undefined));
      return slice(from, to, by || 1);
    }
    const index = this.#take(/-?\d+/y);
    if (index === undefined) throw this.#unexpected();
    return element(Number(index));
  }

  #filter(): Step {
    const left = this.#operand();
    const operator = this.#take(/\s*(?:==|!=|<=|>=|<|>)\s*/y)?.trim();
    const right = operator ? this.#operand() : undefined;
    const isChosen = (value: unknown): boolean => {
      const found = left(value);
      if (!right || !operator) return found.length > 0;
      const others = right(value);
      return found.length === 1 && others.length === 1
        ? COMPARISONS[operator]!(found[0], others[0])
        : false;
    };
    return (values) => values.flatMap((each) => membersOf(each).filter(isChosen));
  }

  #operand(): Operand {
    this.#take(/\s+/y);
    const quoted = this.#quoted();
    if (quoted !== undefined) return () => [quoted];
    const number = this.#take(/-?\d+(?:\.\d+)?/y);
    if (number !== undefined) return () => [Number(number)];
    const word = this.#take(/true|false|null/y);
    if (word !== undefined) return () => [JSON.parse(word)];
    const path = this.#take(/@(?:\[[^\]]*\]|[^\s=!<>)[])*/y);
    if (path === undefined) throw this.#unexpected();
    const inner = parseJsonPath(path);
    return (value) => inner.find(value);
  }

  #quoted(): string | undefined {
    const text = this.#take(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/y);
    return text?.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #expect(pattern: RegExp): void {
    if (this.#take(pattern) === undefined) throw this.#unexpected();
  }

  #unexpected(): Error {
    return new Error(`unexpected ${JSON.stringify(this.#text.slice(this.#at))}`);
  }
}
