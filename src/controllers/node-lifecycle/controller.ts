import type { Lease } from '../../api/generated/coordination/v1/types.ts';
import { nodes, pods } from '../../api/generated/core/v1/resources.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Controller, changesOf, type Written, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Change, Informer } from '../../client/informer.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_NODE, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { Heartbeats } from './heartbeats.ts';
import { type NodeAction, type Observed, reconcileNode } from './reconcile.ts';
import { Zones } from './zones.ts';

const NAME = 'node-controller';

/** The namespace in which nodes renew their leases. */
export const NODE_LEASES = 'kube-node-lease';

type Caches = Pick<Informers, 'nodes' | 'pods'> & {
  /** The leases of `kube-node-lease`. */
  readonly leases: Informer<Lease>;
};

/** Notices nodes that have fallen silent, keeps new pods off them, and has old ones moved away. */
export function nodeLifecycleController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, NodeAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const zones = new Zones();
  const heartbeats = new Heartbeats(clock);
  /** By node: the pods that were marked since it ceased to be ready. */
  const marked = new Map<string, Set<string>>();

  const tell = (node: Node, reason: string, message: string) =>
    events.record(node, { type: 'Normal', reason, message });

  function keysOf({ before, after }: Change<Node>): readonly string[] {
    const { name } = (after ?? (before as Node)).metadata;
    const isTurn = after ? zones.put(after) : zones.remove(name);
    if (!before) tell(after as Node, 'RegisteredNode', `Registered Node ${name} in Controller`);
    if (!after) tell(before as Node, 'RemovingNode', `Removing Node ${name} from Controller`);
    if (before && isReady(before) && after && !isReady(after)) {
      tell(after, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    }
    if (!after || isReady(after)) marked.delete(name);
    // What one zone may do depends on how all are.
    return isTurn ? [...caches.nodes.lister.keys(), name] : [name];
  }

  async function setTaints({ node, taints }: ActionOf<'setTaints' | 'beginEviction'>) {
    const { uid, resourceVersion } = node.metadata;
    const body = { metadata: { uid, resourceVersion }, spec: { taints } };
    const written = await client.patch(nodes, node.metadata, { type: 'merge', body });
    return wrote(caches.nodes, written);
  }

  async function markNotReady({
    node,
    pod,
  }: ActionOf<'markNotReady'>): Promise<Written | undefined> {
    const lastTransitionTime = toTime(clock.now());
    const ready = { type: 'Ready', status: 'False', lastTransitionTime };
    const body = { metadata: { uid: pod.metadata.uid }, status: { conditions: [ready] } };
    const patch = { type: 'strategic', body } as const;
    try {
      const written = await client.patch(pods, pod.metadata, patch, { subresource: 'status' });
      const known = marked.get(node.metadata.name) ?? new Set();
      marked.set(node.metadata.name, known.add(pod.metadata.uid));
      events.record(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
      return wrote(caches.pods, written);
    } catch (error) {
      if (isStatusError(error, 'NotFound', 'Conflict')) return undefined; // It is another pod now.
      throw error;
    }
  }

  return {
    name: NAME,
    sources: [
      changesOf(caches.nodes, keysOf),
      changesOf(caches.leases, ({ before, after }) => [(after ?? (before as Lease)).metadata.name]),
      // A pod may reach a node, as far as it was decided before, after that has ceased to be ready.
      changesOf(caches.pods, ({ before, after }) => {
        const { nodeName } = after?.spec ?? {};
        return nodeName && nodeName !== before?.spec.nodeName ? [nodeName] : [];
      }),
    ],

    observe(name) {
      const node = caches.nodes.lister.get(name);
      if (!node) {
        heartbeats.forget(name);
        return undefined;
      }
      const isSpared = zones.isAllLost;
      const mayWait = !isReady(node) && !isSpared;
      if (!mayWait) zones.giveUpTurn(node);
      return {
        node,
        pods: () => caches.pods.lister.byIndex(BY_NODE, name),
        ...heartbeats.of(node, caches.leases.lister.get(`${NODE_LEASES}/${name}`)),
        now: clock.now(),
        evictableInMs: mayWait ? zones.turnInMs(node, clock.monotonicMs()) : undefined,
        isSpared,
        marked: marked.get(name) ?? NONE,
      };
    },

    reconcile: reconcileNode,

    async execute(action) {
      switch (action.type) {
        case 'updateStatus': {
          const { node, conditions } = action;
          const updated = { ...node, status: { ...node.status, conditions } };
          const options = { subresource: 'status' };
          return wrote(caches.nodes, await client.update(nodes, updated, options));
        }
        case 'setTaints':
          return setTaints(action);
        case 'beginEviction':
          if (!zones.takeTurn(action.node, clock.monotonicMs())) return undefined;
          return setTaints(action);
        case 'markNotReady':
          return markNotReady(action);
      }
    },
  };
}

type ActionOf<T extends NodeAction['type']> = Extract<NodeAction, { type: T }>;

const NONE: ReadonlySet<string> = new Set();

const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
