import type { Cancel } from '../../base/clock.ts';
import type { WatchEvent, WatchEventType, WatchSink } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { expired, StatusError } from '../../machinery/status.ts';
import { RevisionError, type StoreError } from '../../store/store.ts';
import type { Call } from '../call.ts';
import { checkWatchOptions } from '../registry/options.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { parseResourceVersion, untilRevision } from '../registry/revision.ts';
import { type Selection, selectionOf, selectorsOf } from '../registry/selection.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Watcher } from './feed.ts';
import type { WatchCache } from './watch-cache.ts';

/** Told to clients that asked for initial events: the state they asked for is complete. */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** How often a watch that is quiet tells how far it is. */
const BOOKMARK_PERIOD_MS = 60_000;

export interface WatchParts extends RegistryParts {
  readonly watchCache: WatchCache;
}

/**
 * Follows what the request selects. Throws StatusError for a request that can't be; that the
 * revision is forgotten arrives as `end(Expired)`, as Kubernetes does. Events come later, never
 * inside this call.
 */
export function watch(parts: WatchParts, call: Call, sink: WatchSink): Cancel {
  const { resource, request } = call;
  const { options } = request;
  const selectors = selectorsOf(options);
  checkWatchOptions(options);
  const selection = selectionOf(resource, selectors);
  const revision = parseResourceVersion(options.resourceVersion);
  const stream = new WatchStream(parts, resource, request.namespace, selection, sink);
  const sendInitial = options.sendInitialEvents ?? !revision;
  const tellsEnd = options.sendInitialEvents === true && options.allowWatchBookmarks === true;
  if (options.sendInitialEvents && revision && revision > parts.store.revision) {
    untilRevision(parts, revision).then(
      () => stream.startWithState(tellsEnd),
      (error: StatusError) => stream.fail(error),
    );
  } else {
    queueMicrotask(() => {
      if (sendInitial) stream.startWithState(tellsEnd);
      else stream.startAfter(revision || parts.store.revision);
    });
  }
  if (options.allowWatchBookmarks) stream.sendBookmarks();
  return () => stream.cancel();
}

class WatchStream implements Watcher {
  readonly prefix: string;
  readonly namespace: string | undefined;
  readonly selection: Selection;
  readonly #parts: WatchParts;
  readonly #resource: ServedResource;
  readonly #sink: WatchSink;
  #detach: Cancel = () => {};
  #stopBookmarks: Cancel = () => {};
  #isOver = false;
  #queue: Promise<void> = Promise.resolve();
  #startRevision = 0;
  /** Everything up to this revision was sent. */
  #revision = 0;

  constructor(
    parts: WatchParts,
    resource: ServedResource,
    namespace: string | undefined,
    selection: Selection,
    sink: WatchSink,
  ) {
    this.prefix = resource.keyPrefix;
    this.namespace = namespace;
    this.selection = selection;
    this.#parts = parts;
    this.#resource = resource;
    this.#sink = sink;
  }

  /** Sends what there is as ADDED, then what comes. */
  startWithState(endsWithBookmark: boolean): void {
    if (this.#isOver) return;
    const snapshot = this.#parts.store.snapshot();
    const prefix = this.#resource.key(this.namespace, '');
    const { matches } = this.selection;
    const entries = snapshot.list(prefix);
    if (this.#resource.isAsked) this.#convert(entries.map(({ value }) => value));
    for (const { value } of entries) {
      if (matches !== undefined && !matches(value)) continue;
      this.#send('ADDED', value);
      if (this.#isOver) return;
    }
    if (endsWithBookmark) {
      this.#tell(bookmark(this.#resource, snapshot.revision, true));
      if (this.#isOver) return;
    }
    this.startAfter(snapshot.revision);
  }

  /** Sends what comes after the revision. */
  startAfter(revision: number): void {
    if (this.#isOver) return;
    this.#startRevision = revision;
    this.#revision = revision;
    try {
      this.#detach = this.#parts.watchCache.attach(this, revision);
    } catch (error) {
      if (!(error instanceof RevisionError)) throw error;
      this.end(error);
    }
    if (this.#isOver) this.#detach();
  }

  sendBookmarks(): void {
    const { clock, random, watchCache } = this.#parts;
    // Spread, so that watches which began together don't all speak at once.
    const period = BOOKMARK_PERIOD_MS * (0.75 + random.float() / 2);
    const tell = () => {
      this.#stopBookmarks = clock.after(period, tell);
      if (watchCache.revision > this.#revision) this.#revision = watchCache.revision;
      this.#tell(bookmark(this.#resource, this.#revision, false));
    };
    this.#stopBookmarks = clock.after(period, tell);
  }

  next(type: WatchEventType, stored: KubeObject, revision: number): void {
    // The feed may lag behind the snapshot that a watch began with.
    if (this.#isOver || revision <= this.#startRevision) return;
    this.#revision = revision;
    this.#send(type, stored);
  }

  #send(type: WatchEventType, stored: KubeObject): void {
    if (!this.#resource.isAsked) {
      this.#sink.next({ type, object: this.#shown(stored) });
      return;
    }
    this.#convert([stored]);
    this.#later(() => this.#sink.next({ type, object: this.#shown(stored) }));
  }

  #shown(stored: KubeObject): KubeObject {
    return this.#resource.shown(this.#resource.fromStored(stored));
  }

  #tell(event: WatchEvent): void {
    if (this.#resource.isAsked) this.#later(() => this.#sink.next(event));
    else this.#sink.next(event);
  }

  #convert(stored: readonly KubeObject[]): void {
    this.#later(() => this.#resource.ready(stored));
  }

  /** Does what has to wait for conversions that were asked for before, in order. */
  #later(task: () => void | Promise<void>): void {
    this.#queue = this.#queue
      .then(() => (this.#isOver ? undefined : task()))
      .catch((error: Error) => {
        if (this.#isOver) return;
        this.cancel();
        this.#sink.end(error instanceof StatusError ? error : new StatusError('', error.message));
      });
  }

  end(error: RevisionError | StoreError | undefined): void {
    this.fail(error && this.#statusOf(error));
  }

  /** Ends it, with what went wrong if anything did. */
  fail(error: StatusError | undefined): void {
    if (this.#isOver) return;
    this.cancel();
    this.#sink.end(error);
  }

  cancel(): void {
    this.#isOver = true;
    this.#detach();
    this.#stopBookmarks();
  }

  #statusOf(error: RevisionError | StoreError): StatusError {
    if (!(error instanceof RevisionError)) return new StatusError('InternalError', error.message);
    const { floor } = this.#parts.watchCache;
    return expired(`too old resource version: ${this.#revision} (${floor})`);
  }
}

/** Tells how far a watch is. */
function bookmark(
  { kind, apiVersion }: ServedResource,
  revision: number,
  endsInitialEvents: boolean,
): WatchEvent {
  const metadata = {
    resourceVersion: String(revision),
    ...(endsInitialEvents && { annotations: { [INITIAL_EVENTS_END]: 'true' } }),
  };
  return { type: 'BOOKMARK', object: { kind, apiVersion, metadata } as unknown as KubeObject };
}
