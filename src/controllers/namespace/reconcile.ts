import type { Namespace } from '../../api/generated/core/v1/types.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { deletionConditions, type NamespaceCondition, type Remains } from './conditions.ts';

export const FINALIZER = 'kubernetes';

const LOOK_FIRST_MS = 100;
const LOOK_MAX_MS = 10_000;

/** What the controller saw of one namespace. Plain data: no client, no clock. */
export interface Observed {
  readonly namespace: Namespace;
  /** What the last look found; undefined before the first. */
  readonly emptying: Emptying | undefined;
  readonly now: number;
  /** The same in monotonic milliseconds. */
  readonly nowMs: number;
}

/** How far the emptying of a namespace is. */
export interface Emptying {
  readonly remains: readonly Remains[];
  /** How many looks in a row have found the same. */
  readonly looks: number;
  /** When the last look was, in monotonic milliseconds. */
  readonly lookedMs: number;
}

export type NamespaceAction =
  | { readonly type: 'empty'; readonly namespace: Namespace }
  | {
      readonly type: 'updateStatus';
      readonly namespace: Namespace;
      readonly conditions: NamespaceCondition[];
    }
  | { readonly type: 'finalize'; readonly namespace: Namespace };

/** Empties a namespace that is being deleted, tells what holds it, and lets it go. Pure. */
export function reconcileNamespaceDeletion(observed: Observed): (NamespaceAction | Wait)[] {
  const { namespace, emptying, now, nowMs } = observed;
  if (namespace.metadata.deletionTimestamp === undefined) return [];
  if (!namespace.spec.finalizers?.includes(FINALIZER)) return [];
  if (!emptying)
    return [
      { type: 'empty', namespace },
      { type: 'wait', forMs: 1 },
    ];
  const { remains, looks, lookedMs } = emptying;
  if (remains.length === 0) return [{ type: 'finalize', namespace }];
  const conditions = deletionConditions(namespace, remains, now);
  const status: NamespaceAction[] = isEqual(conditions, namespace.status?.conditions)
    ? []
    : [{ type: 'updateStatus', namespace, conditions }];
  const dueMs = lookedMs + Math.min(LOOK_FIRST_MS * 2 ** looks, LOOK_MAX_MS) - nowMs;
  if (dueMs > 0) return [...status, { type: 'wait', forMs: dueMs }];
  return [...status, { type: 'empty', namespace }, { type: 'wait', forMs: 1 }];
}
