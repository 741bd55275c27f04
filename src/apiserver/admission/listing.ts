import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';

/**
 * Lists what is stored under a prefix, as readers see it. Each list is made once a revision, for
 * plugins that look at it with every write: many are on their way at one revision.
 */
export function listingOf<T extends KubeObject>(
  store: Store<KubeObject>,
): (prefix: string) => readonly T[] {
  const lists = new Map<string, readonly T[]>();
  let revision = -1;
  return (prefix) => {
    if (revision !== store.revision) lists.clear();
    revision = store.revision;
    let list = lists.get(prefix);
    if (list === undefined) {
      list = store
        .snapshot()
        .list(prefix)
        .map(({ value }) => value as T);
      lists.set(prefix, list);
    }
    return list;
  };
}
