import type { Informer } from '../../client/informer.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Resource } from '../../machinery/resource.ts';
import { FOREGROUND, type Item, ORPHAN } from './reconcile.ts';

type Uid = string;

/** What controllers make for owners of these kinds, and what may be there before it was ever seen. */
const MADE_FOR: Readonly<Record<string, readonly string[]>> = {
  'apps/v1 Deployment': ['replicasets'],
  'apps/v1 ReplicaSet': ['pods'],
  'apps/v1 StatefulSet': ['pods', 'controllerrevisions'],
  'apps/v1 DaemonSet': ['pods', 'controllerrevisions'],
  'batch/v1 Job': ['pods'],
  'batch/v1 CronJob': ['jobs'],
  'v1 ReplicationController': ['pods'],
};

/** Who owns whom among all objects, by UID. Kept up to date by the informers it follows. */
export class OwnerGraph {
  readonly #items = new Map<Uid, Item>();
  readonly #dependents = new Map<Uid, Set<Uid>>();
  readonly #followed = new Set<Informer<never>>();
  /** Resources in which such as are owned by a kind have been found, by that kind. */
  readonly #ownedIn = new Map<string, Set<string>>();
  readonly #touched: (uid: Uid) => void;

  /** `touched` is told of every UID whose fate may have changed. */
  constructor(touched: (uid: Uid) => void) {
    this.#touched = touched;
  }

  /**
   * Takes an informer's objects in, until called off. Then they are forgotten, which isn't the same
   * as deleted: a kind that isn't served any more says nothing of its objects.
   */
  follow<T extends KubeObject>(informer: Informer<T>): () => void {
    const { resource } = informer;
    this.#followed.add(informer as never);
    const cancel = informer.subscribe(({ before, after }) => {
      if (after) this.#noteOwners(after, resource.plural);
      if (after) this.#put(resource, before, after);
      else if (before) this.#remove(before);
    });
    return () => {
      cancel();
      this.#followed.delete(informer as never);
      for (const object of informer.lister.list()) this.#forget(object);
    };
  }

  get(uid: Uid): Item | undefined {
    return this.#items.get(uid);
  }

  dependentsOf(uid: Uid): Item[] {
    const found: Item[] = [];
    for (const each of this.#dependents.get(uid) ?? []) {
      const item = this.#items.get(each);
      if (item) found.push(item);
    }
    return found;
  }

  /**
   * Resources in which objects of its kind own others, and whose caches haven't come as far yet as
   * this object: there may be dependents of it that aren't known.
   */
  behind({ object }: Item): Resource[] {
    const { apiVersion, kind, metadata } = object;
    const owner = `${apiVersion} ${kind}`;
    const isOwned = ({ plural }: Resource) =>
      MADE_FOR[owner]?.includes(plural) || this.#ownedIn.get(owner)?.has(plural);
    return [...this.#followed]
      .filter(({ revision }) => revision < Number(metadata.resourceVersion))
      .map(({ resource }) => resource as Resource)
      .filter(isOwned);
  }

  /** Touches every object that names an owner, for when what is known of owners has changed. */
  touchOwned(): void {
    for (const uids of this.#dependents.values()) for (const uid of uids) this.#touched(uid);
  }

  /** Touches every object that was deleted and waits for its dependents. */
  touchWaiting(): void {
    for (const [uid, { object }] of this.#items) if (awaitsDependents(object)) this.#touched(uid);
  }

  #noteOwners({ metadata }: KubeObject, plural: string): void {
    for (const { apiVersion, kind } of metadata.ownerReferences ?? []) {
      const key = `${apiVersion} ${kind}`;
      const known = this.#ownedIn.get(key);
      if (known) known.add(plural);
      else this.#ownedIn.set(key, new Set([plural]));
    }
  }

  #put(resource: Resource, before: KubeObject | undefined, object: KubeObject): void {
    const { uid } = object.metadata;
    if (before && before.metadata.uid !== uid) this.#remove(before);
    const previous = this.#items.get(uid)?.object;
    this.#items.set(uid, { resource, object });
    if (previous && isSameFate(previous, object)) return;
    this.#unlink(previous);
    const owners = ownersOf(object);
    for (const owner of owners) {
      const siblings = this.#dependents.get(owner);
      if (siblings) siblings.add(uid);
      else this.#dependents.set(owner, new Set([uid]));
    }
    if (owners.length > 0 || awaitsDependents(object)) this.#touched(uid);
    this.#touchWaitingOwners(previous);
    this.#touchWaitingOwners(object);
    // One that now waits for its dependents makes each of them a candidate.
    if (awaitsDependents(object)) this.#touchDependents(uid);
  }

  #remove(object: KubeObject): void {
    const { uid } = object.metadata;
    this.#forget(object);
    this.#touchWaitingOwners(object);
    this.#touchDependents(uid);
  }

  #forget(object: KubeObject): void {
    const { uid } = object.metadata;
    this.#unlink(this.#items.get(uid)?.object ?? object);
    this.#items.delete(uid);
  }

  #unlink(object: KubeObject | undefined): void {
    for (const owner of ownersOf(object)) {
      const siblings = this.#dependents.get(owner);
      siblings?.delete(object!.metadata.uid);
      if (siblings?.size === 0) this.#dependents.delete(owner);
    }
  }

  /** Owners whose fate hangs on their dependents: all others don't care for theirs. */
  #touchWaitingOwners(object: KubeObject | undefined): void {
    for (const owner of ownersOf(object)) {
      const item = this.#items.get(owner);
      if (item && awaitsDependents(item.object)) this.#touched(owner);
    }
  }

  #touchDependents(uid: Uid): void {
    for (const dependent of this.#dependents.get(uid) ?? []) this.#touched(dependent);
  }
}

const ownersOf = (object: KubeObject | undefined): Uid[] =>
  (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);

/** Whether a deleted object stays until something has become of its dependents. */
export const awaitsDependents = ({
  metadata: { deletionTimestamp, finalizers },
}: KubeObject): boolean =>
  deletionTimestamp !== undefined &&
  (finalizers?.some((name) => name === FOREGROUND || name === ORPHAN) ?? false);

/** Whether nothing changed that the garbage collector goes by; most updates are of this sort. */
const isSameFate = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean =>
  (a.deletionTimestamp === undefined) === (b.deletionTimestamp === undefined) &&
  isEqual(a.ownerReferences, b.ownerReferences) &&
  isEqual(a.finalizers, b.finalizers);
