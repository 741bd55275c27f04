import { findResource } from '../cli/discovery.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Snapshot } from '../store/store.ts';
import { parseObjectName, type TestedResource } from './object-names.ts';

/** Which of the objects of a type. */
export interface Where {
  /** `default` unless said; of a list, `*` is all of them. */
  readonly namespace?: string;
}

const ROOT = '/registry/';

/** A cluster's objects at one moment. Holding it costs no more than what has changed since. */
export class ClusterSnapshot {
  readonly #state: Snapshot<KubeObject>;
  readonly #served: () => readonly TestedResource[];

  constructor(state: Snapshot<KubeObject>, served: () => readonly TestedResource[]) {
    this.#state = state;
    this.#served = served;
  }

  /** Goes up with each write to the cluster. */
  get revision(): number {
    return this.#state.revision;
  }

  /** The object of a name such as `deployment/web`; undefined when there was none. */
  get<T extends KubeObject = KubeObject>(
    objectName: string,
    { namespace = 'default' }: Where = {},
  ): T | undefined {
    const { resource, name } = parseObjectName(this.#served(), objectName);
    const { storage } = resource;
    const entry = this.#state.get(storage.key(namespace, name));
    return entry && (storage.fromStored(entry.value) as T);
  }

  /** All objects of a type such as `pods`, in the order of their names. */
  list<T extends KubeObject = KubeObject>(
    type: string,
    { namespace = 'default' }: Where = {},
  ): T[] {
    const { storage } = findResource(this.#served(), type);
    const prefix = storage.key(namespace === '*' ? undefined : namespace, '');
    return this.#state.list(prefix).map(({ value }) => storage.fromStored(value) as T);
  }

  /** What is otherwise in a later snapshot of the same cluster, or of a fork of it. */
  changesTo(later: ClusterSnapshot): Change[] {
    const before = new Map(this.#state.list(ROOT).map((entry) => [entry.key, entry]));
    const changes: Change[] = [];
    for (const entry of later.#state.list(ROOT)) {
      const old = before.get(entry.key);
      before.delete(entry.key);
      if (old?.value !== entry.value) changes.push({ before: old?.value, after: entry.value });
    }
    for (const { value } of before.values()) changes.push({ before: value, after: undefined });
    return changes;
  }
}

/** What became of one object: `before` is missing when it is new, `after` when it is gone. */
export interface Change {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}
