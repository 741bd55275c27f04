import type {
  Deployment,
  DeploymentStatus,
  ReplicaSet,
} from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerOf, controllerReference, type NewObject } from '../../machinery/object.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { templateHash } from '../template-hash.ts';
import {
  annotationsFor,
  expiredHistory,
  type Generations,
  generationsOf,
  nextRevision,
  REVISION,
  TEMPLATE_HASH,
} from './revisions.ts';
import {
  isResized,
  maxReplicas,
  nextSizeOfCurrent,
  proportionalStep,
  recreateStep,
  rollingStep,
  type Sizes,
} from './rollout.ts';
import { deadlineInMs, hasDeadline, isComplete, statusOf, withCondition } from './status.ts';

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly deployment: Deployment;
  /** ReplicaSets that it owns, and those without an owner that its selector matches. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods by the UID of the owning ReplicaSet. */
  readonly podsOf: (replicaSet: ReplicaSet) => readonly Pod[];
  readonly now: number;
}

export type DeploymentAction =
  | {
      readonly type: 'adoptReplicaSet';
      readonly replicaSet: ReplicaSet;
      readonly owner: Deployment;
    }
  | {
      readonly type: 'releaseReplicaSet';
      readonly replicaSet: ReplicaSet;
      readonly owner: Deployment;
    }
  | {
      readonly type: 'createReplicaSet';
      readonly owner: Deployment;
      readonly replicaSet: NewObject<ReplicaSet>;
    }
  | {
      readonly type: 'updateReplicaSet';
      readonly owner: Deployment;
      readonly replicaSet: ReplicaSet;
      readonly replicas: number;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly type: 'deleteReplicaSet'; readonly replicaSet: ReplicaSet }
  | { readonly type: 'setRevision'; readonly deployment: Deployment; readonly revision: number }
  | {
      readonly type: 'updateStatus';
      readonly deployment: Deployment;
      readonly status: DeploymentStatus;
    };

type Action = DeploymentAction | Wait;

/** Decides the next writes for one Deployment. Pure. */
export function reconcileDeployment(observed: Observed): Action[] {
  const { deployment, now } = observed;
  const { owned, claims } = claimReplicaSets(observed);
  const generations = generationsOf(deployment, owned);
  const seen = { ...observed, generations };
  const { paused } = deployment.spec;
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return [
      ...claims,
      ...statusChange(deployment, statusOf(deployment, generations, { now, isRolling: false })),
    ];
  }
  if (paused || isResized(deployment, owned)) {
    return [
      ...claims,
      ...resize(seen, proportionalStep(deployment, generations)),
      ...(paused ? history(deployment, generations) : []),
      ...statusChange(deployment, pauseNoted(seen)),
    ];
  }
  return [...claims, ...(generations.current ? roll(seen) : begin(seen))];
}

type Seen = Observed & { readonly generations: Generations };

function claimReplicaSets({ deployment, replicaSets }: Observed) {
  const selector = LabelSelector.from(deployment.spec.selector);
  const claims: Action[] = [];
  const owned: ReplicaSet[] = [];
  for (const replicaSet of replicaSets) {
    const isMatch = selector.matches(replicaSet.metadata.labels);
    const owner = controllerOf(replicaSet);
    if (owner?.uid === deployment.metadata.uid) {
      if (isMatch) owned.push(replicaSet);
      else claims.push({ type: 'releaseReplicaSet', replicaSet, owner: deployment });
    } else if (isMatch && !owner && isHere(deployment) && isHere(replicaSet)) {
      owned.push(replicaSet);
      claims.push({ type: 'adoptReplicaSet', replicaSet, owner: deployment });
    }
  }
  return { owned, claims };
}

const isHere = ({ metadata }: Deployment | ReplicaSet): boolean =>
  metadata.deletionTimestamp === undefined;

/** A template that has no ReplicaSet yet: makes one. */
function begin(seen: Seen): Action[] {
  const { deployment, generations, now } = seen;
  const isRecreate = deployment.spec.strategy?.type === 'Recreate';
  if (isRecreate && !isReadyToRecreate(seen)) return [...stepRecreate(seen), ...progress(seen)];
  const replicaSet = newReplicaSet(deployment, generations);
  const status = statusOf(deployment, generations, { now, isRolling: false });
  const message = `Created new replica set "${replicaSet.metadata.name}"`;
  const created = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message };
  const conditions = hasDeadline(deployment)
    ? withCondition(status.conditions ?? [], created, now)
    : (status.conditions ?? []);
  return [
    { type: 'createReplicaSet', owner: deployment, replicaSet },
    ...statusChange(deployment, { ...status, conditions }),
    ...revisionChange(deployment, nextRevision(generations)),
  ];
}

/** Goes on with the rollout to the current ReplicaSet, by one step. */
function roll(seen: Seen): Action[] {
  const { deployment, generations } = seen;
  const isRecreate = deployment.spec.strategy?.type === 'Recreate';
  const isDone = isComplete(
    deployment,
    statusOf(deployment, generations, { now: seen.now, isRolling: true }),
  );
  return [
    ...(isRecreate ? stepRecreate(seen) : resize(seen, rollingStep(deployment, generations))),
    ...(isDone ? history(deployment, generations) : []),
    ...progress(seen),
    ...revisionChange(deployment, nextRevision(generations)),
  ];
}

const isReadyToRecreate = (seen: Seen): boolean =>
  !hasOldPods(seen) && seen.generations.old.every(({ spec }) => spec.replicas === 0);

const stepRecreate = (seen: Seen): Action[] =>
  resize(
    seen,
    recreateStep(seen.deployment, seen.generations, { oldPodsRunning: hasOldPods(seen) }),
  );

/** Pods of old ReplicaSets that still hold what the new ones may need: all but finished ones. */
const hasOldPods = ({ generations, podsOf }: Seen): boolean =>
  generations.old
    .flatMap(podsOf)
    .some(({ status }) => status.phase !== 'Failed' && status.phase !== 'Succeeded');

function progress(seen: Seen): Action[] {
  const { deployment, generations, now } = seen;
  const status = statusOf(deployment, generations, { now, isRolling: true });
  const noted = generations.current ? foundNoted(seen, status) : status;
  const progressing = noted.conditions?.find(({ type }) => type === 'Progressing');
  const leftMs = hasDeadline(deployment) ? deadlineInMs(deployment, progressing, now) : undefined;
  const again: Wait[] =
    leftMs === undefined ? [] : [{ type: 'wait', forMs: Math.max(leftMs, 0) + 1000 }];
  return [...statusChange(deployment, noted), ...again];
}

/** The first sight of a ReplicaSet that was there before the Deployment told of any progress. */
function foundNoted({ deployment, generations, now }: Seen, status: DeploymentStatus) {
  const has = status.conditions?.some(({ type }) => type === 'Progressing');
  if (has || !hasDeadline(deployment)) return status;
  const message = `Found new replica set "${generations.current?.metadata.name}"`;
  const found = { type: 'Progressing', status: 'True', reason: 'FoundNewReplicaSet', message };
  return { ...status, conditions: withCondition(status.conditions ?? [], found, now) };
}

/** Tells in the Progressing condition that the Deployment is paused, or is no longer. */
function pauseNoted({ deployment, generations, now }: Seen): DeploymentStatus {
  const status = statusOf(deployment, generations, { now, isRolling: false });
  if (!hasDeadline(deployment)) return status;
  const before = status.conditions?.find(({ type }) => type === 'Progressing');
  const isPaused = before?.reason === 'DeploymentPaused';
  if (
    before?.reason === 'NewReplicaSetAvailable' ||
    isPaused === (deployment.spec.paused ?? false)
  ) {
    return status;
  }
  const [reason, message] = isPaused
    ? ['DeploymentResumed', 'Deployment is resumed']
    : ['DeploymentPaused', 'Deployment is paused'];
  const noted = { type: 'Progressing', status: 'Unknown', reason, message };
  return { ...status, conditions: withCondition(status.conditions ?? [], noted, now) };
}

/** New sizes, and the annotations that every ReplicaSet must carry. One write a ReplicaSet. */
function resize({ deployment, generations }: Seen, sizes: Sizes): Action[] {
  const { current, old } = generations;
  const max = maxReplicas(deployment);
  return [...(current ? [current] : []), ...old].flatMap((replicaSet): Action[] => {
    const replicas = sizes.get(replicaSet) ?? replicaSet.spec.replicas ?? 1;
    const isCurrent = replicaSet === current;
    const revision = isCurrent ? nextRevision(generations) : undefined;
    const isTouched = isCurrent || sizes.has(replicaSet) || replicas > 0;
    if (!isTouched) return [];
    const annotations = annotationsFor(deployment, replicaSet, { revision, maxReplicas: max });
    const isSame =
      replicas === replicaSet.spec.replicas &&
      isEqual(annotations, replicaSet.metadata.annotations);
    if (isSame && isMinReadySame(deployment, replicaSet)) return [];
    return [{ type: 'updateReplicaSet', owner: deployment, replicaSet, replicas, annotations }];
  });
}

const isMinReadySame = (deployment: Deployment, { spec }: ReplicaSet): boolean =>
  (spec.minReadySeconds ?? 0) === (deployment.spec.minReadySeconds ?? 0);

function newReplicaSet(deployment: Deployment, generations: Generations): NewObject<ReplicaSet> {
  const { template, selector, minReadySeconds } = deployment.spec;
  const { name, namespace } = deployment.metadata;
  const hash = templateHash(template, deployment.status.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const revision = nextRevision(generations);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace && { namespace }),
      labels,
      annotations: annotationsFor(deployment, undefined, {
        revision,
        maxReplicas: maxReplicas(deployment),
      }),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: nextSizeOfCurrent(deployment, generations),
      ...(minReadySeconds && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

const history = (deployment: Deployment, { old }: Generations): Action[] =>
  expiredHistory(deployment, old).map((replicaSet) => ({ type: 'deleteReplicaSet', replicaSet }));

/** Comes after the status, whose precondition is the resourceVersion that this write raises. */
function revisionChange(deployment: Deployment, revision: number): Action[] {
  if (deployment.metadata.annotations?.[REVISION] === String(revision)) return [];
  return [{ type: 'setRevision', deployment, revision }];
}

function statusChange(deployment: Deployment, status: DeploymentStatus): Action[] {
  if (isEqual(status, deployment.status)) return [];
  return [{ type: 'updateStatus', deployment, status }];
}
