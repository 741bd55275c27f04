import type { Cancel } from '../../base/clock.ts';
import type { WatchEventType } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { RevisionError, StoreError, StoreEvent } from '../../store/store.ts';
import { withRevision } from '../registry/delete.ts';
import type { Selection } from '../registry/selection.ts';

/** Who watches, and what. */
export interface Watcher {
  /** The key prefix of the resource. */
  readonly prefix: string;
  /** One namespace, or all. */
  readonly namespace: string | undefined;
  readonly selection: Selection;
  /** Takes an event; the object is in its stored version. */
  next(type: WatchEventType, stored: KubeObject, revision: number): void;
  end(error: RevisionError | StoreError | undefined): void;
}

interface Batch {
  readonly events: readonly StoreEvent<KubeObject>[];
  readonly revision: number;
}

/** How many changes of a resource are kept for those who come back. */
const KEPT_MAX = 1024;

/**
 * The changes of one resource and those who watch it. Watchers are kept in buckets by what they
 * can match at all, so that a change costs as many looks as there are watchers it may concern.
 */
export class Feed {
  readonly #buckets = new Map<string, Set<Watcher>>();
  readonly #fields = new Map<string, FieldIndex>();
  #kept: Batch[] = [];
  /** All changes after this revision are among those kept. */
  #coveredFrom: number;

  constructor(coveredFrom: number) {
    this.#coveredFrom = coveredFrom;
  }

  get size(): number {
    let size = 0;
    for (const bucket of this.#buckets.values()) size += bucket.size;
    return size;
  }

  /** Whether everything after the revision can still be told. */
  covers(revision: number): boolean {
    return revision >= this.#coveredFrom;
  }

  /** Tells the watcher what was after the revision, then all that comes. */
  attach(watcher: Watcher, fromRevision: number): Cancel {
    for (let i = this.#firstAfter(fromRevision); i < this.#kept.length; i++) {
      const { events, revision } = this.#kept[i]!;
      this.deliver(watcher, events, revision);
    }
    return this.#add(watcher);
  }

  /** Takes the changes of one revision and tells those whom they concern. */
  push(events: readonly StoreEvent<KubeObject>[], revision: number): void {
    this.#kept.push({ events, revision });
    if (this.#kept.length > 2 * KEPT_MAX) this.#forget();
    for (const event of events) {
      for (const bucket of this.#bucketsFor(event)) {
        for (const watcher of bucket) deliverEvent(watcher, event, revision);
      }
    }
  }

  /** Tells one watcher of changes. */
  deliver(watcher: Watcher, events: readonly StoreEvent<KubeObject>[], revision: number): void {
    for (const event of events) deliverEvent(watcher, event, revision);
  }

  end(error: RevisionError | StoreError | undefined): void {
    for (const bucket of [...this.#buckets.values()]) {
      for (const watcher of [...bucket]) watcher.end(error);
    }
    this.#buckets.clear();
    this.#fields.clear();
  }

  #forget(): void {
    const dropped = this.#kept.length - KEPT_MAX;
    this.#coveredFrom = this.#kept[dropped - 1]!.revision;
    this.#kept = this.#kept.slice(dropped);
  }

  /** The index of the first batch after a revision. */
  #firstAfter(revision: number): number {
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#kept[middle]!.revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #add(watcher: Watcher): Cancel {
    const { indexed } = watcher.selection;
    const key = bucketOf(watcher);
    const bucket = this.#buckets.get(key) ?? new Set();
    this.#buckets.set(key, bucket.add(watcher));
    if (indexed) this.#countField(indexed, 1);
    return () => {
      if (!bucket.delete(watcher)) return;
      if (bucket.size === 0) this.#buckets.delete(key);
      if (indexed) this.#countField(indexed, -1);
    };
  }

  #countField({ field, read }: FieldIndex, by: number): void {
    const users = (this.#fields.get(field)?.users ?? 0) + by;
    if (users === 0) this.#fields.delete(field);
    else this.#fields.set(field, { field, read, users });
  }

  #bucketsFor({ entry, previous }: StoreEvent<KubeObject>): Set<Watcher>[] {
    const found: Set<Watcher>[] = [];
    const take = (key: string) => {
      const bucket = this.#buckets.get(key);
      if (bucket !== undefined) found.push(bucket);
    };
    take('');
    const { namespace } = entry.value.metadata;
    if (namespace !== undefined) take(`n/${namespace}`);
    for (const { field, read } of this.#fields.values()) {
      const now = read(entry.value);
      take(`f/${field}=${now}`);
      const before = previous && read(previous.value);
      if (before !== undefined && before !== now) take(`f/${field}=${before}`);
    }
    return found;
  }
}

interface FieldIndex {
  readonly field: string;
  readonly read: (stored: KubeObject) => string;
  readonly users?: number;
}

function bucketOf({ selection: { indexed }, namespace }: Watcher): string {
  if (indexed) return `f/${indexed.field}=${indexed.value}`;
  return namespace ? `n/${namespace}` : '';
}

function deliverEvent(watcher: Watcher, event: StoreEvent<KubeObject>, revision: number): void {
  const { entry, previous } = event;
  if (watcher.namespace && entry.value.metadata.namespace !== watcher.namespace) return;
  const { matches } = watcher.selection;
  const was = previous !== undefined && (matches === undefined || matches(previous.value));
  const is = event.type === 'put' && (matches === undefined || matches(entry.value));
  if (is) watcher.next(was ? 'MODIFIED' : 'ADDED', entry.value, revision);
  else if (was) watcher.next('DELETED', goneObject(event, revision), revision);
}

const gone = new WeakMap<StoreEvent<KubeObject>, KubeObject>();

/** What left: the object as it was last, at the revision of its leaving. One for all watchers. */
function goneObject(event: StoreEvent<KubeObject>, revision: number): KubeObject {
  let object = gone.get(event);
  if (object === undefined) {
    object = withRevision(event.previous!.value, revision);
    gone.set(event, object);
  }
  return object;
}
