import type { Draft, KubeObject } from '../../machinery/object.ts';
import { type Committed, ConflictError, type Store, type Write } from '../../store/store.ts';
import type { AdmissionAttributes } from '../admission/admission.ts';

/** What a create or an update has come to, after all rules. */
export interface Outcome {
  readonly draft: Draft<KubeObject>;
  readonly writes: readonly Write<KubeObject>[];
  readonly ahead: readonly Write<KubeObject>[];
  readonly attributes: AdmissionAttributes;
}

/**
 * Commits writes, and in the same turn before them `ahead`: what belongs to them but has a
 * resourceVersion of its own, as if it had been written first. All of it becomes durable, or
 * nothing. Rejects with ConflictError when any expectation doesn't hold.
 */
export async function commitTogether(
  store: Store<KubeObject>,
  ahead: readonly Write<KubeObject>[],
  writes: readonly Write<KubeObject>[],
): Promise<Committed<KubeObject>> {
  if (ahead.length === 0) return store.commit(writes);
  // Checked first: the one commit doesn't know of the other's conflicts.
  for (const write of [...ahead, ...writes]) checkExpectation(store, write);
  const [, committed] = await Promise.all([store.commit(ahead), store.commit(writes)]);
  return committed;
}

function checkExpectation(store: Store<KubeObject>, { key, expect }: Write<KubeObject>): void {
  if (expect === undefined) return;
  const actual = store.latest(key)?.revision ?? 0;
  if (actual !== expect) throw new ConflictError(key, actual);
}
