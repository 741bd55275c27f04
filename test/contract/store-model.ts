import type { Store, StoreEvent, StoreSink, ValueCodec, Write } from '../../src/store/store.ts';

/** What the contract suite stores. */
export interface Value {
  text: string;
  revision: number;
}

/** Seals by noting the revision, as the API server does; keeps JSON. */
export const valueCodec: ValueCodec<Value> = {
  seal(draft, revision) {
    draft.revision = revision;
    return Object.freeze(draft);
  },
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes, revision) => valueCodec.seal(JSON.parse(Buffer.from(bytes).toString()), revision),
};

/** An entry as plain data, so that it can be compared: `key@revision(createRevision)=text`. */
export type Shown = string;

interface ModelEntry {
  readonly text: string;
  readonly revision: number;
  readonly createRevision: number;
}

type ModelState = ReadonlyMap<string, ModelEntry>;

interface ModelCommit {
  readonly revision: number;
  /** `put ENTRY was ENTRY`, by key. */
  readonly events: readonly { readonly key: string; readonly shown: string }[];
  readonly state: ModelState;
}

const show = (key: string, entry: ModelEntry | undefined): Shown =>
  entry ? `${key}@${entry.revision}(${entry.createRevision})=${entry.text}` : 'nothing';

/** Shows an entry of a real store the way the model shows its own. */
export function showEntry(entry: StoreEvent<Value>['entry'] | undefined): Shown {
  if (!entry) return 'nothing';
  const { key, revision, createRevision, value } = entry;
  return show(key, { text: value.text, revision, createRevision });
}

const showEvent = ({ type, entry, previous }: StoreEvent<Value>): string =>
  `${type} ${showEntry(entry)} was ${showEntry(previous)}`;

/** What a store must do, in the simplest form that is right: it copies everything every time. */
export class StoreModel {
  readonly #commits: ModelCommit[] = [{ revision: 0, events: [], state: new Map() }];

  get revision(): number {
    return this.#commits.at(-1)!.revision;
  }

  latest(key: string): ModelEntry | undefined {
    return this.#commits.at(-1)!.state.get(key);
  }

  /** What a commit must answer: a revision and entries, or the key in conflict. */
  commit(writes: readonly Write<Value>[]): string {
    const before = this.#commits.at(-1)!.state;
    for (const { key, expect } of writes) {
      const actual = before.get(key)?.revision ?? 0;
      if (expect !== undefined && expect !== actual) return `conflict ${key} ${actual}`;
    }
    const state = new Map(before);
    const revision = this.revision + 1;
    const entries: Shown[] = [];
    const events: { key: string; shown: string }[] = [];
    for (const write of writes) {
      const { key } = write;
      const previous = before.get(key);
      if (write.type === 'put') {
        const { text } = write.draft;
        const entry = { text, revision, createRevision: previous?.createRevision ?? revision };
        state.set(key, entry);
        entries.push(show(key, entry));
        events.push({ key, shown: `put ${show(key, entry)} was ${show(key, previous)}` });
      } else {
        state.delete(key);
        entries.push(show(key, previous));
        if (!previous) continue;
        const removed = show(key, { ...previous, revision });
        events.push({ key, shown: `delete ${removed} was ${show(key, previous)}` });
      }
    }
    if (events.length === 0) return `${revision - 1}: ${entries.join(', ')}`;
    this.#commits.push({ revision, events, state });
    return `${revision}: ${entries.join(', ')}`;
  }

  list(revision: number, prefix: string, after = '', limit = Number.POSITIVE_INFINITY): Shown[] {
    const { state } = this.#commits[revision]!;
    const keys = [...state.keys()].filter((key) => key.startsWith(prefix) && key > after);
    keys.sort((a, b) => (a < b ? -1 : 1));
    return keys.slice(0, limit).map((key) => show(key, state.get(key)));
  }

  /** What a watch must be told, one line for each revision. */
  events(prefix: string, fromRevision: number, toRevision: number): string[] {
    const lines: string[] = [];
    for (const { revision, events } of this.#commits.slice(fromRevision + 1, toRevision + 1)) {
      const some = events.filter(({ key }) => key.startsWith(prefix));
      if (some.length > 0) lines.push(`${revision}: ${some.map(({ shown }) => shown).join(', ')}`);
    }
    return lines;
  }
}

/** What a store answers to a commit, in the model's form. */
export async function outcomeOf(store: Store<Value>, writes: Write<Value>[]): Promise<string> {
  try {
    const { revision, entries } = await store.commit(writes);
    return `${revision}: ${entries.map(showEntry).join(', ')}`;
  } catch (error) {
    const { name, key, actual } = error as { name: string; key?: string; actual?: number };
    if (name !== 'ConflictError') throw error;
    return `conflict ${key} ${actual}`;
  }
}

/** A watch that writes down what it is told, in the model's form, and complains of what is early. */
export class Recorder implements StoreSink<Value> {
  readonly lines: string[] = [];
  readonly #store: Store<Value>;
  ended: string | undefined;

  constructor(store: Store<Value>) {
    this.#store = store;
  }

  next(events: readonly StoreEvent<Value>[], revision: number): void {
    const early = revision > this.#store.revision ? ' EARLY' : '';
    const late = this.ended === undefined ? '' : ' AFTER THE END';
    this.lines.push(`${revision}: ${events.map(showEvent).join(', ')}${early}${late}`);
  }

  end(error: Error): void {
    this.ended = this.ended === undefined ? error.name : 'ended twice';
  }
}
