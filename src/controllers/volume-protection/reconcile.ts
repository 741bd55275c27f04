import type { KubeObject } from '../../machinery/object.ts';

/** A claim or a volume, and whether it is in use. */
export interface Observed<T extends KubeObject> {
  readonly object: T;
  /** What keeps it from going. */
  readonly finalizer: string;
  readonly isUsed: boolean;
}

export interface ProtectionAction<T extends KubeObject> {
  readonly type: 'protect' | 'release';
  readonly object: T;
  /** All that the object is to have then. */
  readonly finalizers: readonly string[];
}

/**
 * Lets what is being deleted go once nobody uses it. What isn't being deleted is protected; what
 * was created lately is so already, by admission. Pure.
 */
export function reconcileProtection<T extends KubeObject>({
  object,
  finalizer,
  isUsed,
}: Observed<T>): ProtectionAction<T>[] {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const isProtected = finalizers.includes(finalizer);
  if (deletionTimestamp === undefined) {
    if (isProtected) return [];
    return [{ type: 'protect', object, finalizers: [...finalizers, finalizer] }];
  }
  if (!isProtected || isUsed) return [];
  const others = finalizers.filter((each) => each !== finalizer);
  return [{ type: 'release', object, finalizers: others }];
}
