import type { Cancel } from '../../base/clock.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { RevisionError, type Store, type StoreError, type StoreEvent } from '../../store/store.ts';
import { Feed, type Watcher } from './feed.ts';

/** Keys of all objects begin with this. */
const ROOT = '/registry/';

/**
 * Follows the store once and hands each change to those who watch its resource. Keeps the newest
 * changes, so that who comes back soon goes on without asking the store.
 */
export class WatchCache {
  readonly #store: Store<KubeObject>;
  readonly #feeds = new Map<string, Feed>();
  /** Watchers that follow the store themselves, until the feed has the rest. */
  readonly #behind = new Map<Watcher, Cancel>();
  #revision: number;
  #floor = 0;
  #stop: Cancel;
  #ended = false;

  constructor(store: Store<KubeObject>) {
    this.#store = store;
    this.#revision = store.revision;
    this.#stop = store.watch(ROOT, store.revision, {
      next: (events, revision) => this.#dispatch(events, revision),
      end: (error) => this.#end(error),
    });
  }

  /** All changes up to this revision were handed out. */
  get revision(): number {
    return this.#revision;
  }

  /** The revision before which changes are forgotten. */
  get floor(): number {
    return Math.max(this.#floor, this.#store.compactedRevision);
  }

  /**
   * Forgets what was until now. Said of a new cluster before anybody has seen it: whoever claims to
   * go on from before has made that up, or means another cluster.
   */
  forget(): void {
    this.#floor = this.#store.revision;
  }

  /** How many watches there are, by the key prefix of what they watch. */
  get watcherCounts(): ReadonlyMap<string, number> {
    return new Map([...this.#feeds].map(([prefix, feed]) => [prefix, feed.size]));
  }

  /**
   * Hands the watcher every change after `fromRevision` to what it watches, those that have been
   * at once. Throws RevisionError when they are forgotten. Who comes too late is told that it is
   * over.
   */
  attach(watcher: Watcher, fromRevision: number): Cancel {
    if (this.#ended) {
      watcher.end(undefined);
      return () => {};
    }
    if (fromRevision < this.#floor) {
      throw new RevisionError('compacted', fromRevision, this.#floor);
    }
    const feed = this.#feedOf(watcher.prefix);
    if (feed.covers(fromRevision)) return feed.attach(watcher, fromRevision);
    return this.#catchUp(feed, watcher, fromRevision);
  }

  /** Ends the watches of a resource: it isn't any more what they began with. */
  endWatches(prefix: string): void {
    this.#feeds.get(prefix)?.end(undefined);
    this.#endBehind(undefined, (watcher) => watcher.prefix === prefix);
  }

  /** Ends all watches; nothing is handed out any more. */
  close(): void {
    this.#ended = true;
    this.#stop();
    for (const feed of this.#feeds.values()) feed.end(undefined);
    this.#endBehind(undefined);
  }

  #feedOf(prefix: string): Feed {
    let feed = this.#feeds.get(prefix);
    if (feed === undefined) {
      feed = new Feed(this.#revision);
      this.#feeds.set(prefix, feed);
    }
    return feed;
  }

  /** Follows the store alone until the feed has the rest. */
  #catchUp(feed: Feed, watcher: Watcher, fromRevision: number): Cancel {
    let cancel = this.#store.watch(watcher.prefix, fromRevision, {
      next: (events, revision) => {
        feed.deliver(watcher, events, revision);
        if (!feed.covers(revision)) return;
        cancel();
        this.#behind.delete(watcher);
        cancel = feed.attach(watcher, revision);
      },
      end: (error) => {
        this.#behind.delete(watcher);
        watcher.end(error);
      },
    });
    this.#behind.set(watcher, () => cancel());
    return () => {
      this.#behind.delete(watcher);
      cancel();
    };
  }

  #endBehind(
    error: RevisionError | StoreError | undefined,
    isMeant: (watcher: Watcher) => boolean = () => true,
  ): void {
    for (const [watcher, cancel] of [...this.#behind]) {
      if (!isMeant(watcher)) continue;
      this.#behind.delete(watcher);
      cancel();
      watcher.end(error);
    }
  }

  #dispatch(events: readonly StoreEvent<KubeObject>[], revision: number): void {
    this.#revision = revision;
    if (events.length === 1) this.#feedOfKey(events[0]!.entry.key)?.push(events, revision);
    else this.#dispatchMany(events, revision);
  }

  #dispatchMany(events: readonly StoreEvent<KubeObject>[], revision: number): void {
    const byFeed = Map.groupBy(events, ({ entry }) => this.#feedOfKey(entry.key));
    for (const [feed, own] of byFeed) feed?.push(own, revision);
  }

  /** `/registry/pods/a/b` belongs to `/registry/pods/`, `/registry/apps/deployments/a/b` to … */
  #feedOfKey(key: string): Feed | undefined {
    const first = key.indexOf('/', ROOT.length);
    const core = this.#feeds.get(key.slice(0, first + 1));
    if (core !== undefined) return core;
    return this.#feeds.get(key.slice(0, key.indexOf('/', first + 1) + 1));
  }

  #end(error: RevisionError | StoreError): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const feed of this.#feeds.values()) feed.end(error);
    this.#endBehind(error);
  }
}
