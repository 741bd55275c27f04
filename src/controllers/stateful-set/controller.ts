import type { StatefulSet } from '../../api/generated/apps/v1/types.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import { type Controller, changesOf, source } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { controllerOf, keyOf, type ObjectKey } from '../../machinery/object.ts';
import { ownersOf } from '../adoption.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import { restAfter } from '../pods.ts';
import type { ControllerTools } from '../tools.ts';
import type { StatefulSetAction } from './actions.ts';
import { isMemberOf } from './identity.ts';
import { type Observed, reconcileStatefulSet } from './reconcile.ts';
import { StatefulSetWriter } from './writer.ts';

const NAME = 'statefulset-controller';

type Caches = Pick<Informers, 'statefulSets' | 'pods' | 'claims' | 'controllerRevisions'>;

/** Keeps pods that differ by number, each with the name and the claims that are its own. */
export function statefulSetController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, StatefulSetAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const writer = new StatefulSetWriter(client, events, caches);
  return {
    name: NAME,
    sources: [
      source(caches.statefulSets, (set) => [keyOf(set)]),
      source(caches.pods, (pod) => setsOfPod(pod, caches)),
      source(caches.controllerRevisions, (revision) =>
        ownersOf(revision, caches.statefulSets, selectorOf),
      ),
      changesOf(caches.claims, ({ before, after }) =>
        before && after?.metadata.uid !== before.metadata.uid ? setsOfClaim(before, caches) : [],
      ),
    ],

    observe(key) {
      const set = caches.statefulSets.lister.get(key);
      if (!set) return undefined;
      const { uid, namespace } = set.metadata;
      const owners = [uid, orphansOf(namespace)];
      return {
        set,
        pods: owners.flatMap((owner) => caches.pods.lister.byIndex(BY_OWNER, owner)),
        revisions: owners.flatMap((owner) =>
          caches.controllerRevisions.lister.byIndex(BY_OWNER, owner),
        ),
        claimAt: (claim) => caches.claims.lister.get(claim),
        now: clock.now(),
      };
    },

    reconcile: reconcileStatefulSet,
    restMs: ({ pods }) => restAfter(pods),
    execute: (action) => writer.execute(action),
  };
}

const selectorOf = ({ spec }: StatefulSet) => spec.selector;

function setsOfPod(pod: Pod, { statefulSets }: Caches): ObjectKey[] {
  const keys = ownersOf(pod, statefulSets, selectorOf);
  if (controllerOf(pod)) return keys;
  const isMember = (set: StatefulSet | undefined) => set !== undefined && isMemberOf(set, pod);
  return keys.filter((key) => isMember(statefulSets.lister.get(key)));
}

/** The sets whose pods may wait until a claim has gone, or may miss it. */
const setsOfClaim = ({ metadata }: PersistentVolumeClaim, { statefulSets }: Caches): ObjectKey[] =>
  statefulSets.lister
    .inNamespace(metadata.namespace ?? '')
    .filter(({ spec }) => (spec.volumeClaimTemplates ?? []).length > 0)
    .map(keyOf);
