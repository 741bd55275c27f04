import type { DaemonSet, DaemonSetStatus } from '../../api/generated/apps/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import { isReady } from '../pods.ts';
import { isUpdated } from './placement.ts';
import { isAvailable, oldestFirst } from './pods-on-nodes.ts';
import type { Seen } from './reconcile.ts';

/** What is to be told of a DaemonSet: nodes are counted, each by the oldest of its pods. */
export function statusOf(seen: Seen): DaemonSetStatus {
  const { set, nodes, fits, podsOn, hash } = seen;
  const counts = { desired: 0, current: 0, misplaced: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const here = podsOn.get(node.metadata.name) ?? [];
    const isWanted = fits(node).shouldRun;
    if (isWanted) counts.desired++;
    const [pod] = oldestFirst(here);
    if (!pod) continue;
    if (!isWanted) {
      counts.misplaced++;
      continue;
    }
    counts.current++;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(seen, pod)) counts.available++;
    if (isUpdated(pod, set, hash)) counts.updated++;
  }
  return {
    ...set.status,
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: counts.desired,
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misplaced,
    numberReady: counts.ready,
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
  };
}

/** Whether there is something new to tell. */
export const isNews = ({ status: before }: DaemonSet, status: DaemonSetStatus): boolean =>
  !isEqual(withoutZeroes(status), withoutZeroes(before));

const withoutZeroes = (status: DaemonSetStatus): object =>
  Object.fromEntries(
    Object.entries(status).filter(([key, value]) => value || key === 'desiredNumberScheduled'),
  );
