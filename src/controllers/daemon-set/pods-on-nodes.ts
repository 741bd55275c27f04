import type { DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { availableInMs } from '../pods.ts';
import { targetOf } from './placement.ts';

const hasEnded = ({ status }: Pod): boolean =>
  status.phase === 'Failed' || status.phase === 'Succeeded';

/** Pods by the node that they are tied to, without those that have ended and are going. */
export function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (hasEnded(pod) && pod.metadata.deletionTimestamp !== undefined) continue;
    const nodeName = targetOf(pod);
    if (nodeName === undefined) continue;
    const here = byNode.get(nodeName);
    if (here) here.push(pod);
    else byNode.set(nodeName, [pod]);
  }
  return byNode;
}

/** The pods of a node with that first which has been there for longest; bound ones before others. */
export const oldestFirst = (pods: readonly Pod[]): Pod[] =>
  pods.toSorted((a, b) => {
    if (Boolean(a.spec.nodeName) !== Boolean(b.spec.nodeName)) return a.spec.nodeName ? -1 : 1;
    const [x, y] = [a.metadata, b.metadata];
    if (x.creationTimestamp !== y.creationTimestamp) {
      return x.creationTimestamp < y.creationTimestamp ? -1 : 1;
    }
    return x.name < y.name ? -1 : 1;
  });

/** Whether a pod has been ready for as long as its set asks for. */
export const isAvailable = (
  { set, now }: { readonly set: DaemonSet; readonly now: number },
  pod: Pod,
): boolean => availableInMs(pod, { minReadySeconds: set.spec.minReadySeconds, now }) === 0;
