import type { Wait } from '../../client/controller.ts';
import type { KubeObject, OwnerReference } from '../../machinery/object.ts';
import type { Resource } from '../../machinery/resource.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** An object and where it is addressed. */
export interface Item {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/**
 * An owner that an object names: there, known to be gone, not in any cache, or of a kind or place
 * where it can't be looked up. The last keeps its dependents: nobody can say that it is gone.
 */
export interface Owner {
  readonly reference: OwnerReference;
  readonly state: KubeObject | 'gone' | 'unseen' | 'unknowable';
}

/** What the controller saw of one object, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly item: Item;
  readonly owners: readonly Owner[];
  /** Objects that name this one as an owner. */
  readonly dependents: readonly Item[];
}

export type GarbageAction =
  | { readonly type: 'lookUp'; readonly reference: OwnerReference; readonly dependent: Item }
  | { readonly type: 'delete'; readonly item: Item; readonly policy: Policy }
  | { readonly type: 'disown'; readonly item: Item; readonly ownerUids: readonly string[] }
  /** Takes from the object that it blocks the deletion of its owners. */
  | { readonly type: 'unblock'; readonly item: Item }
  | { readonly type: 'removeFinalizer'; readonly item: Item; readonly finalizer: string };

type Policy = 'Orphan' | 'Background' | 'Foreground';

const LOOK_AGAIN_MS = 500; // A cache that lags behind a look-up has caught up by then.

/** Decides what becomes of one object whose owners or dependents may have gone. Pure. */
export function reconcileGarbage(observed: Observed): (GarbageAction | Wait)[] {
  const { item, dependents } = observed;
  const { metadata } = item.object;
  const isGoing = metadata.deletionTimestamp !== undefined;
  if (isGoing && metadata.finalizers?.includes(ORPHAN)) return orphan(item, dependents);
  if (isWaiting(item.object)) return foreground(item, dependents);
  return isGoing ? [] : collect(observed);
}

/** Whether an object stays until those of its dependents are gone that block it. */
const isWaiting = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(FOREGROUND) ?? false);

/** Lets the dependents go their own way, then the object its own. */
function orphan(item: Item, dependents: readonly Item[]): GarbageAction[] {
  if (dependents.length === 0) return [{ type: 'removeFinalizer', item, finalizer: ORPHAN }];
  const ownerUids = [item.object.metadata.uid];
  return dependents.map((dependent) => ({ type: 'disown', item: dependent, ownerUids }));
}

/** Whether an object's deletion, as it was asked for, is about one that names it as its owner. */
export const concerns = (finalizer: string, uid: string, { metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(
    (owner) => owner.uid === uid && (finalizer === ORPHAN || owner.blockOwnerDeletion),
  ) ?? false;

/** Holds the object until all that block its deletion are gone; they see to their own dependents. */
function foreground(item: Item, dependents: readonly Item[]): GarbageAction[] {
  const { uid } = item.object.metadata;
  if (dependents.some(({ object }) => concerns(FOREGROUND, uid, object))) return [];
  return [{ type: 'removeFinalizer', item, finalizer: FOREGROUND }];
}

function collect({ item, owners, dependents }: Observed): (GarbageAction | Wait)[] {
  if (owners.length === 0) return [];
  const unseen = owners.filter(({ state }) => state === 'unseen');
  if (unseen.length > 0) {
    const looks = unseen.map(
      ({ reference }) => ({ type: 'lookUp', reference, dependent: item }) as const,
    );
    return [...looks, { type: 'wait', forMs: LOOK_AGAIN_MS }];
  }
  const gone = owners.filter(({ state }) => state === 'gone');
  const waiting = owners.filter(({ state }) => typeof state === 'object' && isWaiting(state));
  if (gone.length + waiting.length < owners.length) {
    const ownerUids = [...gone, ...waiting].map(({ reference }) => reference.uid);
    return ownerUids.length > 0 ? [{ type: 'disown', item, ownerUids }] : [];
  }
  if (waiting.length === 0 || dependents.length === 0) {
    return [{ type: 'delete', item, policy: policyOf(item) }];
  }
  // Its dependents go first, as those of its owner do. One of them that waits in its turn may wait
  // for this very object, round in a circle: then nobody may block anybody.
  const isCircle = dependents.some(({ object }) => isWaiting(object));
  const blocks = item.object.metadata.ownerReferences?.some((owner) => owner.blockOwnerDeletion);
  return isCircle && blocks
    ? [{ type: 'unblock', item }]
    : [{ type: 'delete', item, policy: 'Foreground' }];
}

/** Finalizers left on an object say how its own deletion was meant. */
function policyOf({ object }: Item): Policy {
  if (object.metadata.finalizers?.includes(ORPHAN)) return 'Orphan';
  return object.metadata.finalizers?.includes(FOREGROUND) ? 'Foreground' : 'Background';
}
