import type { Type } from './types.ts';
import { type CelError, type CelList, type CelMap, Uint, type Value } from './values.ts';

/** A list that an expression made. */
export class MadeList implements CelList {
  readonly isList = true;
  readonly items: readonly Value[];
  readonly declared: Type | undefined;

  constructor(items: readonly Value[], declared?: Type) {
    this.items = items;
    this.declared = declared;
  }

  get length(): number {
    return this.items.length;
  }

  at(index: number): Value {
    return this.items[index]!;
  }
}

/** A list that grows by one item a step: only folds, which hand it to nobody else, may make one. */
export class GrowingList extends MadeList {
  declare readonly items: Value[];

  constructor() {
    super([]);
  }

  push(list: CelList): void {
    for (let i = 0; i < list.length; i++) this.items.push(list.at(i));
  }
}

/** One list after another, without a copy: folds may make thousands of long ones. */
export class JoinedList implements CelList {
  readonly isList = true;
  readonly declared = undefined;
  readonly length: number;
  readonly #first: CelList;
  readonly #second: CelList;

  constructor(first: CelList, second: CelList) {
    this.#first = first;
    this.#second = second;
    this.length = first.length + second.length;
  }

  at(index: number): Value {
    const { length } = this.#first;
    return index < length ? this.#first.at(index) : this.#second.at(index - length);
  }
}

/** A key in a form in which equal keys are the same, whatever their numeric types. */
export function keyOf(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return `s${value}`;
    case 'bigint':
      return `n${value}`;
    case 'boolean':
      return `b${value}`;
    case 'number':
      return Number.isInteger(value) ? `n${BigInt(value)}` : `d${value}`;
  }
  if (value === null) return 'null';
  return value instanceof Uint ? `n${value.value}` : undefined;
}

/** A map that an expression made. */
export class MadeMap implements CelMap {
  readonly isMap = true;
  readonly #entries: ReadonlyMap<string, readonly [Value, Value]>;

  constructor(entries: ReadonlyMap<string, readonly [Value, Value]>) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const known = keyOf(key);
    return known === undefined ? undefined : this.#entries.get(known)?.[1];
  }

  keys(): readonly Value[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }
}

/** A map that grows by an entry a step: only folds, which hand it to nobody else, may make one. */
export class GrowingMap extends MadeMap {
  readonly #growing: Map<string, readonly [Value, Value]>;

  constructor() {
    const entries = new Map<string, readonly [Value, Value]>();
    super(entries);
    this.#growing = entries;
  }

  /** Adds an entry, or returns an error if there is one with an equal key. */
  insert(key: Value, value: Value, onConflict: () => CelError): CelError | undefined {
    const known = keyOf(key) ?? '';
    if (this.#growing.has(known)) return onConflict();
    this.#growing.set(known, [key, value]);
    return undefined;
  }
}

export const listValue = (items: readonly Value[]): CelList => new MadeList(items);

/** The items of a list as an array that isn't the list's own. */
export function itemsOf(list: CelList): Value[] {
  const items = new Array<Value>(list.length);
  for (let i = 0; i < items.length; i++) items[i] = list.at(i);
  return items;
}
