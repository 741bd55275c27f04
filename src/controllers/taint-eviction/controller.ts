import { pods } from '../../api/generated/core/v1/resources.ts';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Controller, changesOf, deleted, type Written } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import { isEqual } from '../../machinery/equal.ts';
import { keyOf, type ObjectKey } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_NODE, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type EvictionAction, hardTaints, type Observed, reconcileEviction } from './reconcile.ts';

const NAME = 'taint-eviction-controller';

type Caches = Pick<Informers, 'nodes' | 'pods'>;

/** Moves pods away from nodes with taints that they don't tolerate. */
export function taintEvictionController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, EvictionAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  /** Pods, by key, whose time is running, with their UIDs. */
  const due = new Map<ObjectKey, string>();

  const tell = (pod: Pod, doing: string) =>
    events.record(pod, {
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `${doing} Pod ${keyOf(pod)}`,
    });

  async function evict(pod: Pod): Promise<Written> {
    const { uid } = pod.metadata;
    tell(pod, 'Marking for deletion');
    try {
      await markDisrupted(pod);
      await client.delete(pods, pod.metadata, { preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // It has gone by itself.
    }
    due.delete(keyOf(pod));
    return deleted(caches.pods, keyOf(pod), pod);
  }

  /** So that whoever made the pod can tell this from a failure of its own. */
  async function markDisrupted({ metadata, status }: Pod): Promise<void> {
    const known = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
    if (known?.status === 'True' && known.reason === 'DeletionByTaintManager') return;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: toTime(clock.now()),
    };
    const body = { metadata: { uid: metadata.uid }, status: { conditions: [condition] } };
    await client.patch(pods, metadata, { type: 'strategic', body }, { subresource: 'status' });
  }

  return {
    name: NAME,
    sources: [
      changesOf(caches.nodes, (change) => podsOnTainted(change, caches)),
      changesOf(caches.pods, ({ before, after }) => {
        const pod = (after ?? before) as Pod;
        const key = keyOf(pod);
        const node = caches.nodes.lister.get(pod.spec.nodeName ?? '');
        return due.has(key) || (node && hardTaints(node).length > 0) ? [key] : [];
      }),
    ],

    observe(key) {
      const pod = caches.pods.lister.get(key);
      const node = pod && caches.nodes.lister.get(pod.spec.nodeName ?? '');
      if (!pod || !node || due.get(key) !== pod.metadata.uid) due.delete(key);
      if (!pod || !node) return undefined;
      return { pod, node, wasDue: due.has(key), now: clock.now() };
    },

    reconcile: reconcileEviction,

    async execute({ type, pod }) {
      if (type === 'evict') return evict(pod);
      if (type === 'expect') due.set(keyOf(pod), pod.metadata.uid);
      else {
        due.delete(keyOf(pod));
        tell(pod, 'Cancelling deletion of');
      }
      return undefined;
    },
  };
}

/** The pods on a node whose hard taints have changed. */
function podsOnTainted({ before, after }: Change<Node>, { pods: all }: Caches): ObjectKey[] {
  const [was, is] = [before ? hardTaints(before) : [], after ? hardTaints(after) : []];
  if (isEqual(was, is)) return [];
  return all.lister.byIndex(BY_NODE, (after ?? (before as Node)).metadata.name).map(keyOf);
}
