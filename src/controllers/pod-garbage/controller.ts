import { pods } from '../../api/generated/core/v1/resources.ts';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Controller, deleted, source, type Wait } from '../../client/controller.ts';
import { keyOf } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_NODE, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';

const NAME = 'pod-garbage-collector';
const QUARANTINE_MS = 40_000; // A node that has gone may be back in a moment, under the same name.
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

interface Observed {
  readonly pod: Pod;
  /** The node that the pod is bound to, if it is there. */
  readonly node: Node | undefined;
  /** For how long that node has been gone, as far as we have seen. */
  readonly nodeGoneMs: number;
}

type PodGarbageAction = {
  readonly type: 'forceDelete';
  readonly pod: Pod;
  readonly reason: string;
};

/** Decides about one pod that nobody may be there to stop. Pure. */
export function reconcilePodGarbage(observed: Observed): (PodGarbageAction | Wait)[] {
  const { pod, node, nodeGoneMs } = observed;
  const { nodeName } = pod.spec;
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  if (!nodeName) return isGoing ? [{ type: 'forceDelete', pod, reason: 'unscheduled' }] : [];
  if (!node) {
    if (nodeGoneMs < QUARANTINE_MS) return [{ type: 'wait', forMs: QUARANTINE_MS - nodeGoneMs }];
    return [{ type: 'forceDelete', pod, reason: 'its node is gone' }];
  }
  const isOut = node.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE);
  return isGoing && isOut
    ? [{ type: 'forceDelete', pod, reason: 'its node is out of service' }]
    : [];
}

/** Deletes pods whose node is gone, and those that were deleted before they had one. */
export function podGarbageController(
  tools: ControllerTools,
  caches: Pick<Informers, 'pods' | 'nodes'>,
): Controller<Observed, PodGarbageAction> {
  const { clock, logger } = tools;
  const client = tools.clientFor(NAME);
  const goneSince = new Map<string, number>();

  function nodeGoneMs(name: string): number {
    if (caches.nodes.lister.get(name)) {
      goneSince.delete(name);
      return 0;
    }
    const since = goneSince.get(name) ?? clock.now();
    goneSince.set(name, since);
    return clock.now() - since;
  }

  return {
    name: NAME,
    sources: [
      source(caches.pods, (pod) => [keyOf(pod)]),
      source(caches.nodes, ({ metadata }) =>
        caches.pods.lister.byIndex(BY_NODE, metadata.name).map(keyOf),
      ),
    ],
    observe(key) {
      const pod = caches.pods.lister.get(key);
      if (!pod) return undefined;
      const { nodeName = '' } = pod.spec;
      const node = caches.nodes.lister.get(nodeName);
      return { pod, node, nodeGoneMs: nodeName ? nodeGoneMs(nodeName) : 0 };
    },
    reconcile: reconcilePodGarbage,
    async execute({ pod, reason }) {
      const { uid } = pod.metadata;
      logger.info('deleting a pod by force', { pod: keyOf(pod), reason });
      try {
        if (
          pod.spec.nodeName &&
          pod.status.phase !== 'Failed' &&
          pod.status.phase !== 'Succeeded'
        ) {
          await markFailed(pod);
        }
        const preconditions = { uid };
        await client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions });
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error; // It has gone by itself.
      }
      return deleted(caches.pods, keyOf(pod), pod);
    },
  };

  /** So that whoever waits for the pod's end, such as a Job, learns of it. */
  async function markFailed(pod: Pod): Promise<void> {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: toTime(clock.now()),
    };
    const others = (pod.status.conditions ?? []).filter(({ type }) => type !== condition.type);
    const status = { ...pod.status, phase: 'Failed' as const, conditions: [...others, condition] };
    await client.update(pods, { ...pod, status }, { subresource: 'status' });
  }
}
