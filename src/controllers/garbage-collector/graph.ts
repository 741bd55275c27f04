import type { Cancel } from '../../base/clock.ts';
import type { Informer } from '../../client/informer.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Resource } from '../../machinery/resource.ts';
import type { Item } from './reconcile.ts';

type Uid = string;

/** Who owns whom among all objects, by UID. Kept up to date by the informers it follows. */
export class OwnerGraph {
  readonly #items = new Map<Uid, Item>();
  readonly #dependents = new Map<Uid, Set<Uid>>();
  readonly #touched: (uid: Uid) => void;

  /** `touched` is told of every UID whose fate may have changed. */
  constructor(touched: (uid: Uid) => void) {
    this.#touched = touched;
  }

  /** Takes an informer's objects in. */
  follow<T extends KubeObject>(informer: Informer<T>): Cancel {
    return informer.subscribe(({ before, after }) => {
      if (after) this.#put(informer.resource, before, after);
      else if (before) this.#remove(before);
    });
  }

  get(uid: Uid): Item | undefined {
    return this.#items.get(uid);
  }

  dependentsOf(uid: Uid): Item[] {
    const uids = [...(this.#dependents.get(uid) ?? [])];
    return uids.map((each) => this.#items.get(each)).filter((item) => item !== undefined);
  }

  #put(resource: Resource, before: KubeObject | undefined, object: KubeObject): void {
    const { uid } = object.metadata;
    if (before && before.metadata.uid !== uid) this.#remove(before);
    this.#items.set(uid, { resource, object });
    const isSame = before?.metadata.uid === uid && isSameFate(before, object);
    if (isSame) return;
    this.#unlink(before);
    for (const owner of ownersOf(object)) {
      const siblings = this.#dependents.get(owner);
      if (siblings) siblings.add(uid);
      else this.#dependents.set(owner, new Set([uid]));
    }
    this.#touched(uid);
    this.#touchOwners(before);
    this.#touchOwners(object);
    // One that now waits for its dependents makes each of them a candidate.
    if (object.metadata.deletionTimestamp !== undefined) this.#touchDependents(uid);
  }

  #remove(object: KubeObject): void {
    const { uid } = object.metadata;
    this.#items.delete(uid);
    this.#unlink(object);
    this.#touchOwners(object);
    this.#touchDependents(uid);
  }

  #unlink(object: KubeObject | undefined): void {
    for (const owner of ownersOf(object)) {
      const siblings = this.#dependents.get(owner);
      siblings?.delete(object!.metadata.uid);
      if (siblings?.size === 0) this.#dependents.delete(owner);
    }
  }

  #touchOwners(object: KubeObject | undefined): void {
    for (const owner of ownersOf(object)) this.#touched(owner);
  }

  #touchDependents(uid: Uid): void {
    for (const dependent of this.#dependents.get(uid) ?? []) this.#touched(dependent);
  }
}

const ownersOf = (object: KubeObject | undefined): Uid[] =>
  (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);

/** Whether nothing changed that the garbage collector goes by; most updates are of this sort. */
const isSameFate = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean =>
  (a.deletionTimestamp === undefined) === (b.deletionTimestamp === undefined) &&
  JSON.stringify(a.ownerReferences) === JSON.stringify(b.ownerReferences) &&
  JSON.stringify(a.finalizers) === JSON.stringify(b.finalizers);
