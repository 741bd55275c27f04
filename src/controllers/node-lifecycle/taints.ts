import type { Node, Taint } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { NodeConditions } from './reconcile.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Conditions that keep new pods away while they hold. */
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

const LOST = [NOT_READY, UNREACHABLE];
const SCHEDULING = [...LOST, UNSCHEDULABLE, ...Object.values(PRESSURES)];

interface NextTaints {
  /** What the node should carry now. */
  readonly taints: Taint[];
  /** Taints that drive pods away, to be added when it is the node's turn. */
  readonly pending: Taint[];
}

/** The taints of others as they are, and ours as the node's conditions ask for them. */
export function nextTaints(
  { spec }: Node,
  conditions: NodeConditions,
  { now, isSpared }: { readonly now: number; readonly isSpared: boolean },
): NextTaints {
  const before = spec.taints ?? [];
  const wanted = wantedTaints(spec.unschedulable === true, conditions);
  const wantsEviction = wanted.some(({ effect }) => effect === 'NoExecute') && !isSpared;
  const isOurs = ({ key, effect }: Taint) =>
    effect === 'NoSchedule'
      ? SCHEDULING.includes(key)
      : effect === 'NoExecute' && LOST.includes(key);
  const isWanted = (taint: Taint) =>
    wanted.some((each) => isSame(each, taint)) && (taint.effect !== 'NoExecute' || !isSpared);
  const kept = before.filter((taint) => !isOurs(taint) || isWanted(taint));
  const added = wanted.filter((each) => !before.some((taint) => isSame(each, taint)));
  const soft = added.filter(({ effect }) => effect !== 'NoExecute');
  const hard = wantsEviction ? added.filter(({ effect }) => effect === 'NoExecute') : [];
  const stamped = hard.map((taint) => ({ ...taint, timeAdded: toTime(now) }));
  // A node that was lost already, in the other way, has had its turn.
  const hadTurn = before.some((taint) => taint.effect === 'NoExecute' && LOST.includes(taint.key));
  return hadTurn
    ? { taints: [...kept, ...soft, ...stamped], pending: [] }
    : { taints: [...kept, ...soft], pending: stamped };
}

const isSame = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

function wantedTaints(isUnschedulable: boolean, conditions: NodeConditions): Taint[] {
  const wanted: Taint[] = [];
  const ready = conditions.find(({ type }) => type === 'Ready')?.status;
  if (ready !== 'True') {
    const key = ready === 'False' ? NOT_READY : UNREACHABLE;
    // A node that has not told anything yet is only kept from new pods.
    if (ready === undefined) wanted.push({ key: NOT_READY, effect: 'NoSchedule' });
    else wanted.push({ key, effect: 'NoSchedule' }, { key, effect: 'NoExecute' });
  }
  if (isUnschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  for (const { type, status } of conditions) {
    const key = PRESSURES[type];
    if (key && status === 'True') wanted.push({ key, effect: 'NoSchedule' });
  }
  return wanted;
}
