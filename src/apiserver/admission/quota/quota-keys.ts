import type { Cancel } from '../../../base/clock.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { RevisionError, type Store, type StoreEvent } from '../../../store/store.ts';

const PREFIX = '/registry/resourcequotas/';

/**
 * Knows which quotas each namespace has, as readers see it. To look costs next to nothing: every
 * write does, and most namespaces have none.
 */
export class QuotaKeys {
  readonly #store: Store<KubeObject>;
  readonly #byNamespace = new Map<string, Set<string>>();
  #cancel: Cancel = () => {};

  constructor(store: Store<KubeObject>) {
    this.#store = store;
    this.#follow();
  }

  /** The store's keys of the namespace's quotas, at least one; undefined where there are none. */
  in(namespace: string): ReadonlySet<string> | undefined {
    return this.#byNamespace.get(namespace);
  }

  stop(): void {
    this.#cancel();
  }

  #follow(): void {
    this.#byNamespace.clear();
    const snapshot = this.#store.snapshot();
    for (const { key } of snapshot.list(PREFIX)) this.#add(key);
    this.#cancel = this.#store.watch(PREFIX, snapshot.revision, {
      next: (events) => {
        for (const event of events) this.#take(event);
      },
      end: (error) => {
        if (error instanceof RevisionError) this.#follow();
      },
    });
  }

  #take({ type, entry: { key } }: StoreEvent<KubeObject>): void {
    if (type === 'put') this.#add(key);
    else this.#remove(key);
  }

  #add(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.#byNamespace.get(namespace);
    if (keys) keys.add(key);
    else this.#byNamespace.set(namespace, new Set([key]));
  }

  #remove(key: string): void {
    const namespace = namespaceOf(key);
    const keys = this.#byNamespace.get(namespace);
    keys?.delete(key);
    if (keys?.size === 0) this.#byNamespace.delete(namespace);
  }
}

const namespaceOf = (key: string): string =>
  key.slice(PREFIX.length, key.indexOf('/', PREFIX.length));
