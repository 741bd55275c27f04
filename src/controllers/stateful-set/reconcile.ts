import type { ControllerRevision, StatefulSet } from '../../api/generated/apps/v1/types.ts';
import type {
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
} from '../../api/generated/core/v1/types.ts';
import type { Wait } from '../../client/controller.ts';
import { keyOf, type NewObject, type ObjectKey } from '../../machinery/object.ts';
import { claim } from '../adoption.ts';
import {
  byRevision,
  expiredRevisions,
  newRevision,
  revisionStep,
  templateOf,
} from '../controller-revisions.ts';
import { nextAvailability } from '../pods.ts';
import type { StatefulSetAction } from './actions.ts';
import {
  claimsOf,
  identified,
  isIdentified,
  isInRange,
  isMemberOf,
  newPod,
  ordinalOf,
  podRevision,
  replicasOf,
  startOf,
} from './identity.ts';
import { hasOtherManager, isStale, retained } from './retention.ts';
import { isAvailable, isGoing, isNews, isRunningAndReady, statusOf } from './status.ts';

/** What the controller saw, from its caches. Plain data but for `claimAt`: no client, no clock. */
export interface Observed {
  readonly set: StatefulSet;
  /** Pods that it owns, and pods without an owner in its namespace. */
  readonly pods: readonly Pod[];
  /** Revisions that it owns, and those without an owner in its namespace. */
  readonly revisions: readonly ControllerRevision[];
  readonly claimAt: (key: ObjectKey) => PersistentVolumeClaim | undefined;
  readonly now: number;
}

type Action = StatefulSetAction | Wait;

/** A set with the revision that its pods had, and the one that they are to have. */
interface Seen extends Observed {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly pods: readonly Pod[];
}

const BURST_MAX = 500; // Bounds one pass, so that one object can't starve the rest.

/** Decides the next writes for one StatefulSet. Pure. */
export function reconcileStatefulSet(observed: Observed): Action[] {
  const { set, now } = observed;
  const { selector, template, minReadySeconds } = set.spec;
  const pods = claim(set, observed.pods, { selector, isMember: (pod) => isMemberOf(set, pod) });
  const revisions = claim(set, observed.revisions, { selector });
  const claims = [
    ...revisions.adopted.map(
      (revision) => ({ type: 'adoptRevision', owner: set, revision }) as const,
    ),
    ...pods.released.map((pod) => ({ type: 'releasePod', owner: set, pod }) as const),
    ...pods.adopted.map((pod) => ({ type: 'adoptPod', owner: set, pod }) as const),
  ];
  const history = byRevision(revisions.owned);
  const step = revisionStep(history, template);
  if (step.type !== 'isCurrent') return [...claims, ...prepare(set, step)];
  const update = step.revision;
  const named = history.find(({ metadata }) => metadata.name === set.status.currentRevision);
  const seen = { ...observed, pods: pods.owned, update, current: named ?? update };
  return [
    ...claims,
    ...manage(seen),
    ...forgotten(seen, history),
    ...nextAvailability(seen.pods, { minReadySeconds, now }),
  ];
}

/** The template's revision comes before anything that is made of it. */
function prepare(
  set: StatefulSet,
  step: Exclude<ReturnType<typeof revisionStep>, { type: 'isCurrent' }>,
): Action[] {
  if (set.metadata.deletionTimestamp !== undefined) return [];
  if (step.type === 'renumber') {
    return [{ type: 'renumberRevision', revision: step.revision, to: step.to }];
  }
  const { collisionCount = 0 } = set.status;
  const revision = newRevision(set, set.spec.template, { number: step.number, collisionCount });
  return [{ type: 'createRevision', owner: set, revision }];
}

/** Revisions that neither pods nor the set need any more, beyond the history's limit. */
function forgotten({ set, pods, current, update }: Seen, history: ControllerRevision[]): Action[] {
  if (set.metadata.deletionTimestamp !== undefined) return [];
  const live = new Set([current, update].map(({ metadata }) => metadata.name));
  for (const pod of pods) live.add(podRevision(pod));
  const isLive = ({ metadata }: ControllerRevision) => live.has(metadata.name);
  return expiredRevisions(history, isLive, set.spec.revisionHistoryLimit ?? 10).map((revision) => ({
    type: 'deleteRevision',
    revision,
  }));
}

/** A place in a set: the pod that has it, or the number of the one that is to be made. */
type Place = { readonly pod: Pod } | { readonly ordinal: number };

function manage(seen: Seen): Action[] {
  const { set, pods, current, update, now } = seen;
  const condemned = pods
    .filter((pod) => ordinalOf(pod) >= 0 && !isInRange(set, ordinalOf(pod)))
    .toSorted((a, b) => ordinalOf(b) - ordinalOf(a));
  const places = placesOf(seen);
  const isSetGoing = set.metadata.deletionTimestamp !== undefined;
  const steps = isSetGoing ? [] : nextSteps(seen, places, condemned);
  const living = places.flatMap((place) => ('pod' in place ? [place.pod] : []));
  const doomed = steps.flatMap((each) => (each.type === 'deletePod' ? [each.pod] : []));
  const revisions = { current: current.metadata.name, update: update.metadata.name };
  const known = isSetGoing ? pods : [...living, ...condemned];
  const status = statusOf(set, known, { revisions, doomed, now });
  const told: Action[] = isNews(set, status) ? [{ type: 'updateStatus', set, status }] : [];
  // A pod that can't be made, or can't go, must not keep what is known from being told.
  return [...told, ...steps];
}

/** The places in their order, without those that are missing beyond what one pass can fill. */
function placesOf({ set, pods }: Seen): Place[] {
  const start = startOf(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const taken = [...byOrdinal.keys()].filter((ordinal) => isInRange(set, ordinal));
  const missing: number[] = [];
  const end = start + replicasOf(set);
  for (let next = start; next < end && missing.length < BURST_MAX; next++) {
    if (!byOrdinal.has(next)) missing.push(next);
  }
  return [...taken, ...missing]
    .toSorted((a, b) => a - b)
    .map((ordinal) => {
      const pod = byOrdinal.get(ordinal);
      return pod ? { pod } : { ordinal };
    });
}

/** The pod that is to have a place. */
function podFor({ set, current, update }: Seen, ordinal: number): NewObject<Pod> {
  const origin = isKept(set, ordinal - startOf(set)) ? current : update;
  const template: PodTemplateSpec = templateOf(origin) ?? set.spec.template;
  return newPod(set, { template, revision: origin.metadata.name, ordinal });
}

/** Whether the place is below the partition: its pod keeps the revision that pods had. */
function isKept({ spec, status }: StatefulSet, place: number): boolean {
  const { type = 'RollingUpdate', rollingUpdate } = spec.updateStrategy ?? {};
  if (rollingUpdate) return place < (rollingUpdate.partition ?? 0);
  return type === 'RollingUpdate' && place < (status.currentReplicas ?? 0);
}

/** What stops a set that goes one by one: nothing after it is done in this pass. */
interface Step {
  readonly actions: readonly StatefulSetAction[];
  readonly isBlocked: boolean;
}

const BLOCKED: Step = { actions: [], isBlocked: true };

function nextSteps(
  seen: Seen,
  places: readonly Place[],
  condemned: readonly Pod[],
): StatefulSetAction[] {
  const { set, now } = seen;
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel';
  const actions: StatefulSetAction[] = [];
  /** Whether the pass goes on after these. */
  const run = <T>(all: readonly T[], stepOf: (each: T) => Step): boolean => {
    for (const each of all) {
      const step = stepOf(each);
      actions.push(...step.actions);
      if (step.isBlocked && isOrdered) return false;
      if (actions.length >= BURST_MAX) return false;
    }
    return true;
  };
  const isUnavailable = (pod: Pod) => isGoing(pod) || !isAvailable(pod, set, now);
  const firstUnavailable = [
    ...places.map((place) => ('pod' in place ? place.pod : undefined)),
    ...condemned.toReversed(),
  ].find((pod) => !pod || isUnavailable(pod));
  if (!run(places, (place) => replicaStep(seen, place, isOrdered))) return actions;
  if (!run(condemned, (pod) => ({ actions: claimFixes(seen, pod), isBlocked: false }))) {
    return actions;
  }
  if (!run(condemned, (pod) => condemnedStep(seen, pod, firstUnavailable))) return actions;
  return [...actions, ...updateStep(seen, places)];
}

/** What one place of the set needs. */
function replicaStep(seen: Seen, place: Place, isOrdered: boolean): Step {
  const { set, now } = seen;
  if (!('pod' in place)) return creation(seen, place.ordinal);
  const { pod } = place;
  if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') {
    // Its successor comes when it has gone.
    return isGoing(pod)
      ? BLOCKED
      : { actions: [{ type: 'deletePod', owner: set, pod }], isBlocked: true };
  }
  const missing = pod.status.phase === 'Pending' ? missingClaims(seen, pod) : [];
  const isWaiting = isGoing(pod) || !isRunningAndReady(pod) || !isAvailable(pod, set, now);
  if (isOrdered && isWaiting) return { actions: missing, isBlocked: true };
  return { actions: [...missing, ...enforced(seen, pod)], isBlocked: false };
}

function creation(seen: Seen, ordinal: number): Step {
  const { set, claimAt } = seen;
  const pod = podFor(seen, ordinal);
  const { name: podName = '' } = pod.metadata;
  const wanted = claimsOf(set, ordinal);
  const there = wanted.flatMap((each) => claimAt(keyOf(each)) ?? []);
  if (there.some((each) => isStale(each, set, podName))) return BLOCKED;
  const goingClaim = there.find(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const claims = wanted
    .filter((each) => !claimAt(keyOf(each)))
    .map((each) => ({ type: 'createClaim', owner: set, podName, claim: each }) as const);
  const create = {
    type: 'createPod',
    owner: set,
    pod,
    goingClaim: goingClaim?.metadata.name,
  } as const;
  return { actions: [...claims, create], isBlocked: true };
}

/** Claims that a pod waits for: somebody has deleted them. */
function missingClaims(seen: Seen, pod: Pod): StatefulSetAction[] {
  const { set, claimAt } = seen;
  const podName = pod.metadata.name;
  const created = claimsOf(set, ordinalOf(pod))
    .filter((each) => !claimAt(keyOf(each)))
    .map((each) => ({ type: 'createClaim', owner: set, podName, claim: each }) as const);
  return [...created, ...claimFixes(seen, pod)];
}

/** Labels that say who the pod is, and owners of its claims as the policy asks for. */
function enforced(seen: Seen, pod: Pod): StatefulSetAction[] {
  const { set } = seen;
  const named: StatefulSetAction[] = isIdentified(pod)
    ? []
    : [{ type: 'identifyPod', owner: set, pod: identified(pod) }];
  return pod.status.phase === 'Pending' ? named : [...claimFixes(seen, pod), ...named];
}

function claimFixes({ set, claimAt }: Seen, pod: Pod): StatefulSetAction[] {
  return claimsOf(set, ordinalOf(pod)).flatMap((each): StatefulSetAction[] => {
    const found = claimAt(keyOf(each));
    const next = found && retained(found, set, pod);
    if (!next) return [];
    const isOthers = hasOtherManager(found, set, pod);
    const podName = pod.metadata.name;
    return [{ type: 'retainClaim', owner: set, podName, claim: next, isOthers }];
  });
}

/** A pod that is one too many goes when all others are well, or when it is the one that isn't. */
function condemnedStep({ set, now }: Seen, pod: Pod, firstUnavailable: Pod | undefined): Step {
  if (isGoing(pod)) return BLOCKED;
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel';
  const isWell = isRunningAndReady(pod) && isAvailable(pod, set, now);
  if (isOrdered && !isWell && pod !== firstUnavailable) return BLOCKED;
  return { actions: [{ type: 'deletePod', owner: set, pod }], isBlocked: true };
}

/** A rolling update: the last pod that isn't of the new revision goes, once those after it are well. */
function updateStep({ set, update, now }: Seen, places: readonly Place[]): StatefulSetAction[] {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete' || places.length < replicasOf(set)) return [];
  for (let i = places.length - 1; i >= (rollingUpdate?.partition ?? 0); i--) {
    const place = places[i]!;
    if (!('pod' in place)) return [];
    const { pod } = place;
    if (podRevision(pod) !== update.metadata.name && !isGoing(pod)) {
      return [{ type: 'deletePod', owner: set, pod }];
    }
    if (isGoing(pod) || !isAvailable(pod, set, now)) return [];
  }
  return [];
}
