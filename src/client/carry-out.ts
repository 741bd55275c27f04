import type { Action, Controller, Written } from './controller.ts';
import { failuresInARow, isUnsettled, mayHaveWritten } from './outcome.ts';

/** An action that may or may not have been done. */
export interface Unanswered<A> {
  readonly action: A;
  /** How many times in a row it has failed by the server's fault when it was repeated. */
  readonly failures: number;
}

/** What became of a row of actions. */
export interface CarriedOut<A> {
  /** What was written, for the gate. */
  readonly writes: readonly Written[];
  /** Actions that may have been done, but nobody answered. */
  readonly unanswered: readonly Unanswered<A>[];
  /** Why the row ended early, when it did. */
  readonly failure: unknown;
}

/**
 * Carries out actions of one type, side by side in batches that double, so that a write that can't
 * succeed (a quota, an admission refusal) is tried once and not five hundred times. The batch in
 * which one fails is the last, and so is the one during which the signal aborts.
 */
export async function carryOut<A extends Action>(
  controller: Pick<Controller<never, A>, 'execute'>,
  actions: readonly A[],
  signal: AbortSignal,
): Promise<CarriedOut<A>> {
  const writes: Written[] = [];
  for (let start = 0, size = 1; start < actions.length; start += size, size *= 2) {
    if (signal.aborted) return { writes, unanswered: [], failure: signal.reason };
    const batch = actions.slice(start, start + size);
    const results = await Promise.allSettled(batch.map((action) => controller.execute(action)));
    for (const result of results) {
      if (result.status === 'fulfilled' && result.value) writes.push(result.value);
    }
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) continue;
    const unanswered = batch
      .filter((_, i) => isUnanswered(results[i]!))
      .map((action) => ({ action, failures: 0 }));
    return { writes, unanswered, failure: failed.reason };
  }
  return { writes, unanswered: [], failure: undefined };
}

/** Carries all of them out again, side by side. None that is refused keeps others from it. */
export async function repeatAll<A extends Action>(
  controller: Pick<Controller<never, A>, 'execute'>,
  before: readonly Unanswered<A>[],
): Promise<CarriedOut<A>> {
  const results = await Promise.allSettled(before.map(({ action }) => controller.execute(action)));
  const writes = results.flatMap((result) =>
    result.status === 'fulfilled' && result.value ? [result.value] : [],
  );
  const unanswered = before.flatMap(({ action, failures: known }, i) => {
    const result = results[i]!;
    if (result.status === 'fulfilled') return [];
    const failures = failuresInARow(result.reason, known);
    return isUnsettled(result.reason, failures) ? [{ action, failures }] : [];
  });
  const failure = results.find((result) => result.status === 'rejected')?.reason;
  return { writes, unanswered, failure };
}

const isUnanswered = (result: PromiseSettledResult<unknown>): boolean =>
  result.status === 'rejected' && mayHaveWritten(result.reason);

/** Runs of neighbours with the same type. */
export function byType<A extends Action>(actions: readonly A[]): A[][] {
  const groups: A[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last?.[0]?.type === action.type) last.push(action);
    else groups.push([action]);
  }
  return groups;
}
