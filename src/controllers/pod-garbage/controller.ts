import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { type Controller, changesOf } from '../../client/controller.ts';
import type { Change } from '../../client/informer.ts';
import { keyOf } from '../../machinery/object.ts';
import { BY_END, BY_NODE, ENDED, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { PodRemover } from './pod-remover.ts';
import {
  isOutOfService,
  type Observed,
  type PodGarbageAction,
  reconcilePodGarbage,
  reconcileTerminated,
  type TerminatedObserved,
} from './reconcile.ts';

const NAME = 'pod-garbage-collector';
const TERMINATED_MAX = 12_500; // The default of `--terminated-pod-gc-threshold`.

type Caches = Pick<Informers, 'pods' | 'nodes'>;

/** Deletes pods whose node is gone, and those that were deleted before they had one. */
export function podGarbageController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, PodGarbageAction> {
  const { clock, logger } = tools;
  const remover = new PodRemover({ clock, logger, client: tools.clientFor(NAME) }, caches.pods);
  const goneSince = new Map<string, number>();

  function nodeGoneMs(name: string): number {
    const since = goneSince.get(name) ?? clock.monotonicMs();
    goneSince.set(name, since);
    return clock.monotonicMs() - since;
  }

  function keysOfNode({ before, after }: Change<Node>): readonly string[] {
    const { name } = (after ?? (before as Node)).metadata;
    if (after) goneSince.delete(name);
    const isNews = !before || !after || isOutOfService(before) || isOutOfService(after);
    return isNews ? caches.pods.lister.byIndex(BY_NODE, name).map(keyOf) : [];
  }

  return {
    name: NAME,
    sources: [
      changesOf(caches.pods, ({ before, after }) => {
        const pod = (after ?? before) as Pod;
        const { nodeName = '' } = pod.spec;
        if (!after && caches.pods.lister.byIndex(BY_NODE, nodeName).length === 0) {
          goneSince.delete(nodeName);
        }
        const isNews =
          after?.metadata.deletionTimestamp !== before?.metadata.deletionTimestamp ||
          after?.spec.nodeName !== before?.spec.nodeName;
        return isNews ? [keyOf(pod)] : [];
      }),
      changesOf(caches.nodes, keysOfNode),
    ],
    observe(key) {
      const pod = caches.pods.lister.get(key);
      if (!pod) return undefined;
      const { nodeName = '' } = pod.spec;
      const node = caches.nodes.lister.get(nodeName);
      if (!nodeName || node) return { pod, node, nodeGoneMs: 0 };
      return { pod, node, nodeGoneMs: nodeGoneMs(nodeName) };
    },
    reconcile: reconcilePodGarbage,
    execute: (action) => remover.remove(action),
  };
}

/** Keeps pods that have ended from growing without bound. Its one key is `all`. */
export function terminatedPodsController(
  tools: ControllerTools,
  caches: Pick<Informers, 'pods'>,
  threshold = TERMINATED_MAX,
): Controller<TerminatedObserved, PodGarbageAction> {
  const { clock, logger } = tools;
  const remover = new PodRemover({ clock, logger, client: tools.clientFor(NAME) }, caches.pods);
  let sweptMs = Number.NEGATIVE_INFINITY;

  return {
    name: 'terminated-pods-collector',
    sources: [
      changesOf(caches.pods, ({ before, after }) => {
        const isNews = after && hasEnded(after) && !(before && hasEnded(before));
        return isNews ? ['all'] : [];
      }),
    ],
    observe: () => ({
      pods: caches.pods.lister.byIndex(BY_END, ENDED),
      threshold,
      sweptAgoMs: clock.monotonicMs() - sweptMs,
    }),
    reconcile(observed) {
      return reconcileTerminated(observed);
    },
    execute(action) {
      sweptMs = clock.monotonicMs();
      return remover.remove(action);
    },
  };
}

const hasEnded = ({ status }: Pod): boolean =>
  status.phase === 'Failed' || status.phase === 'Succeeded';
