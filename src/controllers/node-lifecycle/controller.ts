import type { Lease } from '../../api/generated/coordination/v1/types.ts';
import { nodes, pods } from '../../api/generated/core/v1/resources.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_NODE, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type NodeAction, type Observed, reconcileNode } from './reconcile.ts';

const NAME = 'node-controller';
const GRACE_MS = 50_000; // The default of `--node-monitor-grace-period`.

/** The namespace in which nodes renew their leases. */
export const NODE_LEASES = 'kube-node-lease';

type Caches = Pick<Informers, 'nodes' | 'pods'> & {
  /** The leases of `kube-node-lease`. */
  readonly leases: Informer<Lease>;
};

/** Notices nodes that have fallen silent, keeps new pods off them, and moves old ones away. */
export function nodeLifecycleController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, NodeAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  /** By node: what it last said of being alive, and when we noticed, by our own clock. */
  const heard = new Map<string, { beat: string; at: number }>();

  /** Times in leases are those of the node's clock, so only that they move counts. */
  function heardAt(node: Node): number {
    const { name } = node.metadata;
    const lease = caches.leases.lister.get(`${NODE_LEASES}/${name}`);
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    const beat = `${lease?.spec?.renewTime} ${ready?.lastHeartbeatTime}`;
    const before = heard.get(name);
    if (before?.beat === beat) return before.at;
    heard.set(name, { beat, at: clock.now() });
    return clock.now();
  }

  async function evict({ pod }: ActionOf<'evict'>): Promise<undefined> {
    const { namespace, name, uid } = pod.metadata;
    const message = `Marking for deletion Pod ${namespace}/${name}`;
    events.record(pod, { type: 'Normal', reason: 'TaintManagerEviction', message });
    try {
      await client.delete(pods, pod.metadata, { preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // It has gone by itself.
    }
  }

  return {
    name: NAME,
    sources: [
      source(caches.nodes, ({ metadata }) => [metadata.name]),
      source(caches.leases, ({ metadata }) => [metadata.name]),
      source(caches.pods, ({ spec }) => (spec.nodeName ? [spec.nodeName] : [])),
    ],

    observe(name) {
      const node = caches.nodes.lister.get(name);
      if (!node) {
        heard.delete(name);
        return undefined;
      }
      const onNode = caches.pods.lister.byIndex(BY_NODE, name);
      return { node, pods: onNode, heardAt: heardAt(node), now: clock.now(), graceMs: GRACE_MS };
    },

    reconcile: reconcileNode,

    async execute(action) {
      switch (action.type) {
        case 'updateStatus': {
          const { node, conditions } = action;
          const updated = { ...node, status: { ...node.status, conditions } };
          return wrote(
            caches.nodes,
            await client.update(nodes, updated, { subresource: 'status' }),
          );
        }
        case 'setTaints': {
          const { node, taints } = action;
          const { uid, resourceVersion } = node.metadata;
          const body = { metadata: { uid, resourceVersion }, spec: { taints } };
          return wrote(
            caches.nodes,
            await client.patch(nodes, node.metadata, { type: 'merge', body }),
          );
        }
        case 'markNotReady': {
          const { pod } = action;
          const lastTransitionTime = toTime(clock.now());
          const conditions = pod.status.conditions?.map((condition) =>
            condition.type === 'Ready'
              ? { ...condition, status: 'False', lastTransitionTime }
              : condition,
          );
          const updated = { ...pod, status: { ...pod.status, ...(conditions && { conditions }) } };
          return wrote(caches.pods, await client.update(pods, updated, { subresource: 'status' }));
        }
        case 'evict':
          return evict(action);
      }
    },
  };
}

type ActionOf<T extends NodeAction['type']> = Extract<NodeAction, { type: T }>;
