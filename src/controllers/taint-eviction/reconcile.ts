import type { Node, Pod, Taint, Toleration } from '../../api/generated/core/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';

/** What the controller saw of one pod. Plain data: no client, no clock. */
export interface Observed {
  readonly pod: Pod;
  /** The node that it is bound to. */
  readonly node: Node;
  /** Whether it was to be evicted, at the last look. */
  readonly wasDue: boolean;
  readonly now: number;
}

export type EvictionAction =
  | { readonly type: 'evict'; readonly pod: Pod }
  /** Notes that the pod's time is running. */
  | { readonly type: 'expect'; readonly pod: Pod }
  /** Tells that the pod may stay after all. */
  | { readonly type: 'cancel'; readonly pod: Pod };

/** Evicts a pod that doesn't tolerate a NoExecute taint, now or when its toleration runs out. */
export function reconcileEviction(observed: Observed): (EvictionAction | Wait)[] {
  const { pod, node, wasDue, now } = observed;
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  const { phase } = pod.status;
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  const leftMs = hasEnded ? Number.POSITIVE_INFINITY : stayMs(pod, hardTaints(node), now);
  if (leftMs === Number.POSITIVE_INFINITY) return wasDue ? [{ type: 'cancel', pod }] : [];
  if (leftMs <= 0) return [{ type: 'evict', pod }];
  const expected: EvictionAction[] = wasDue ? [] : [{ type: 'expect', pod }];
  return [...expected, { type: 'wait', forMs: leftMs }];
}

/** The taints of a node that drive pods away. */
export const hardTaints = ({ spec }: Node): readonly Taint[] =>
  spec.taints?.filter(({ effect }) => effect === 'NoExecute') ?? [];

const stayMs = ({ spec }: Pod, taints: readonly Taint[], now: number): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...taints.map((taint) => toleratedForMs(spec.tolerations ?? [], taint, now)),
  );

/** How long yet a taint is tolerated, by the first toleration that fits it. */
function toleratedForMs(tolerations: readonly Toleration[], taint: Taint, now: number): number {
  const fitting = tolerations.find((each) => tolerates(each, taint));
  if (!fitting) return 0;
  const { tolerationSeconds: seconds } = fitting;
  if (seconds === undefined) return Number.POSITIVE_INFINITY;
  const since = parseTime(taint.timeAdded) ?? now;
  return since + Math.max(0, seconds) * 1000 - now;
}

const tolerates = ({ key, operator, value, effect }: Toleration, taint: Taint): boolean =>
  (!effect || effect === taint.effect) &&
  (key ? key === taint.key : operator === 'Exists') &&
  (operator === 'Exists' || (value ?? '') === (taint.value ?? ''));
