import type { DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { type Controller, changesOf, source } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import { isEqual } from '../../machinery/equal.ts';
import { keyOf } from '../../machinery/object.ts';
import { ownersOf } from '../adoption.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import { restAfter } from '../pods.ts';
import type { ControllerTools } from '../tools.ts';
import type { DaemonSetAction } from './actions.ts';
import { FailedPods } from './failed-pods.ts';
import { type Observed, reconcileDaemonSet } from './reconcile.ts';
import { DaemonSetWriter, failureKey } from './writer.ts';

const NAME = 'daemonset-controller';

type Caches = Pick<Informers, 'daemonSets' | 'pods' | 'nodes' | 'controllerRevisions'>;

/** Keeps a pod on every node that suits, as nodes come and go. */
export function daemonSetController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, DaemonSetAction> {
  const { clock, random } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const failedPods = new FailedPods(clock);
  const writer = new DaemonSetWriter(client, random, events, caches, failedPods);
  const sets = caches.daemonSets.lister;
  return {
    name: NAME,
    sources: [
      source(caches.daemonSets, (set) => [keyOf(set)]),
      source(caches.pods, (pod) => ownersOf(pod, caches.daemonSets, selectorOf)),
      source(caches.controllerRevisions, (revision) =>
        ownersOf(revision, caches.daemonSets, selectorOf),
      ),
      changesOf(caches.nodes, (change) => (altersFit(change) ? [...sets.keys()] : [])),
    ],

    observe(key) {
      const set = sets.get(key);
      if (!set) {
        writer.forget(key);
        return undefined;
      }
      const { uid, namespace } = set.metadata;
      const owners = [uid, orphansOf(namespace)];
      return {
        set,
        pods: owners.flatMap((owner) => caches.pods.lister.byIndex(BY_OWNER, owner)),
        revisions: owners.flatMap((owner) =>
          caches.controllerRevisions.lister.byIndex(BY_OWNER, owner),
        ),
        nodes: [...caches.nodes.lister.list()],
        backoffMs: (nodeName) => failedPods.leftMs(failureKey(set, nodeName)),
        now: clock.now(),
      };
    },

    reconcile: reconcileDaemonSet,
    restMs: ({ pods }) => restAfter(pods),
    execute: (action) => writer.execute(action),
  };
}

/** Whether the change of a node is one that pods are placed by: heartbeats aren't. */
const altersFit = ({ before, after }: Change<Node>): boolean =>
  !before ||
  !after ||
  before.metadata.uid !== after.metadata.uid ||
  !isEqual(before.metadata.labels, after.metadata.labels) ||
  !isEqual(before.spec.taints, after.spec.taints);

const selectorOf = ({ spec }: DaemonSet) => spec.selector;
