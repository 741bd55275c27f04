import { evaluatorOf, isScopedIn } from '../../api/core-v1/quota/evaluators.ts';
import { releasedAt } from '../../api/core-v1/quota/pod-usage.ts';
import type { QuotaEvaluator } from '../../api/core-v1/quota/usage.ts';
import type { Pod, ResourceQuota, ResourceQuotaStatus } from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import type { GroupResource } from '../../machinery/status.ts';

/** How long a count is believed, in milliseconds, whatever was heard meanwhile. */
export const RECOUNT_MS = 5 * 60_000;

// By then it is known when the next count is due.
const LOOK_AGAIN_MS = 1000;

/** What is known of the last count of a quota. */
export interface Counted {
  /** When, in milliseconds of the monotonic clock. */
  readonly atMs: number;
  /** In how long from then something ceases to count by itself; undefined when nothing will. */
  readonly expiresInMs: number | undefined;
}

export interface Observed {
  readonly quota: ResourceQuota;
  /** Undefined before the first count. */
  readonly counted: Counted | undefined;
  /** Something was freed, or may have been, since the count. */
  readonly isTouched: boolean;
  readonly nowMs: number;
}

export type QuotaAction =
  | { readonly type: 'recount'; readonly quota: ResourceQuota }
  | { readonly type: 'wait'; readonly forMs: number };

/** Decides whether a quota is to be counted now. Pure. */
export function reconcileQuota({ quota, counted, isTouched, nowMs }: Observed): QuotaAction[] {
  const isDue = isTouched || !isSpoken(quota) || counted === undefined;
  const dueInMs = isDue ? 0 : counted.atMs + beliefMs(counted) - nowMs;
  if (dueInMs > 0) return [{ type: 'wait', forMs: dueInMs }];
  return [
    { type: 'recount', quota },
    { type: 'wait', forMs: LOOK_AGAIN_MS },
  ];
}

const beliefMs = ({ expiresInMs = RECOUNT_MS }: Counted): number =>
  Math.min(expiresInMs, RECOUNT_MS);

/** Whether the status says what the spec wants. */
export const isSpoken = ({ spec, status }: ResourceQuota): boolean =>
  status.used !== undefined && isEqual(status.hard ?? {}, spec.hard ?? {});

/** All objects of a resource in a quota's namespace. */
export interface Population {
  readonly resource: GroupResource;
  readonly objects: readonly KubeObject[];
}

/** What a quota's status is, with all that counts. Pure. `now` in wall-clock milliseconds. */
export function countUsage(
  quota: ResourceQuota,
  populations: readonly Population[],
  now: number,
): ResourceQuotaStatus {
  const hard = { ...quota.spec.hard };
  const totals = new Map<string, Quantity>();
  for (const { resource, objects } of populations) {
    const evaluator = evaluatorOf(resource) as QuotaEvaluator<KubeObject> | undefined;
    if (!evaluator) continue;
    const names = Object.keys(hard).filter((name) => evaluator.counts(name));
    for (const name of names) totals.set(name, totals.get(name) ?? Quantity.zero);
    for (const object of objects) {
      if (!isScopedIn(quota, evaluator, object)) continue;
      const usage = evaluator.usageOf(object, now);
      for (const name of names) {
        const amount = usage.get(name);
        if (amount) totals.set(name, (totals.get(name) as Quantity).plus(amount));
      }
    }
  }
  return { hard, used: usedOf(quota, totals) };
}

/** What nobody knows how to count keeps the number that it has. */
function usedOf({ spec, status }: ResourceQuota, totals: ReadonlyMap<string, Quantity>) {
  const used: Record<string, string> = {};
  for (const name of Object.keys(spec.hard ?? {}).sort()) {
    const amount = totals.get(name)?.toString() ?? status.used?.[name];
    if (amount !== undefined) used[name] = amount;
  }
  return used;
}

/** Whether two statuses say the same, however they write their amounts. */
export const saysTheSame = (a: ResourceQuotaStatus, b: ResourceQuotaStatus): boolean =>
  sameAmounts(a.hard ?? {}, b.hard ?? {}) &&
  (a.used === undefined) === (b.used === undefined) &&
  sameAmounts(a.used ?? {}, b.used ?? {});

type Amounts = Readonly<Record<string, string>>;

const sameAmounts = (a: Amounts, b: Amounts): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, amount]) => {
    const other = b[name];
    return other !== undefined && parseQuantity(other).compare(parseQuantity(amount)) === 0;
  });

/** In how many milliseconds the first of these ceases to count by itself. */
export function expiresInMs(populations: readonly Population[], now: number): number | undefined {
  const pods = populations.filter(({ resource }) => resource.plural === 'pods' && !resource.group);
  const moments = pods
    .flatMap(({ objects }) =>
      objects.map(({ metadata }) => releasedAt(metadata as Pod['metadata'])),
    )
    .filter((moment) => moment !== undefined && moment >= now);
  const first = moments.reduce<number | undefined>(
    (least, moment) => (least === undefined ? moment : Math.min(least, moment as number)),
    undefined,
  );
  return first === undefined ? undefined : first - now + 1;
}

/** Whether a change may have freed something that a quota counts. Pure. */
export function mayFree(
  evaluator: QuotaEvaluator<KubeObject>,
  before: KubeObject,
  after: KubeObject | undefined,
  now: number,
): boolean {
  if (after === undefined || after.metadata.uid !== before.metadata.uid) return true;
  if (after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp) return true;
  const [previous, next] = [evaluator.usageOf(before, now), evaluator.usageOf(after, now)];
  if (previous === next) return false; // Just counted.
  if (previous.size !== next.size) return true;
  return [...previous].some(([name, amount]) => next.get(name)?.compare(amount) !== 0);
}
