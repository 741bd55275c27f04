import type {
  Deployment,
  DeploymentStatus,
  ReplicaSet,
} from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerOf, controllerReference, type NewObject } from '../../machinery/object.ts';
import { selectorFrom } from '../selectors.ts';
import { templateHash } from '../template-hash.ts';
import type { DeploymentAction } from './actions.ts';
import { conditionOf, withCondition } from './conditions.ts';
import { deadlineInMs, hasDeadline, isComplete } from './progress.ts';
import {
  annotationsFor,
  expiredHistory,
  type Generations,
  generationsOf,
  nextRevision,
  REVISION,
  ROLLED_BACK,
  TEMPLATE_HASH,
} from './revisions.ts';
import { isCompleted, rollbackFinding, rollbackTarget, wantsRollback } from './rollback.ts';
import {
  isResized,
  maxReplicas,
  nextSizeOfCurrent,
  proportionalStep,
  recreateStep,
  rollingStep,
  type Sizes,
} from './rollout.ts';
import { pauseNoted, statusOf } from './status.ts';

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly deployment: Deployment;
  /** ReplicaSets that it owns, and those without an owner in its namespace. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods by the UID of the owning ReplicaSet. */
  readonly podsOf: (replicaSet: ReplicaSet) => readonly Pod[];
  /** What kept the last attempt from making a ReplicaSet, if it failed. */
  readonly createFailure?: string | undefined;
  readonly now: number;
}

type Action = DeploymentAction | Wait;

/** An observation, told apart by generations. `stored` is the Deployment as the server has it. */
type Seen = Observed & { readonly stored: Deployment; readonly generations: Generations };

/** Decides the next writes for one Deployment. Pure. */
export function reconcileDeployment(observed: Observed): Action[] {
  const { deployment: stored, now } = observed;
  const { owned, claims } = claimReplicaSets(observed);
  const generations = generationsOf(stored, owned);
  const conditions = pauseNoted(stored, now);
  const deployment = { ...stored, status: { ...stored.status, conditions } };
  const seen = { ...observed, deployment, stored, generations };
  const resting = () => statusOf(deployment, generations, { now, isRolling: false });
  if (!isHere(stored))
    return [...claims, ...statusChange({ ...seen, deployment: stored }, resting())];
  const { paused } = deployment.spec;
  if (paused || isResized(deployment, owned)) {
    return [
      ...claims,
      ...resize(seen, proportionalStep(deployment, generations)),
      ...(paused ? history(seen) : []),
      ...statusChange(seen, resting()),
    ];
  }
  const { current } = generations;
  const target = rollbackTarget(stored, generations);
  if (current && target) {
    return [...claims, { type: 'rollBack', deployment: stored, current, target }];
  }
  return [...claims, ...(current ? roll(seen) : begin(seen))];
}

function claimReplicaSets({ deployment, replicaSets }: Observed) {
  const selector = selectorFrom(deployment.spec.selector);
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

const isRecreate = ({ spec }: Deployment): boolean => spec.strategy?.type === 'Recreate';

/** A template that has no ReplicaSet yet: makes one. */
function begin(seen: Seen): Action[] {
  const { deployment, generations, now, createFailure } = seen;
  if (isRecreate(deployment) && !isReadyToRecreate(seen)) {
    return [...stepRecreate(seen), ...progress(seen)];
  }
  const replicaSet = newReplicaSet(deployment, generations);
  const { name } = replicaSet.metadata;
  const status = statusOf(deployment, generations, { now, isRolling: false });
  const [isGood, reason, message] =
    createFailure === undefined
      ? ['True', 'NewReplicaSetCreated', `Created new replica set "${name}"`]
      : [
          'False',
          'ReplicaSetCreateError',
          `Failed to create new replica set "${name}": ${createFailure}`,
        ];
  const finding = { type: 'Progressing', status: isGood, reason, message };
  const conditions = hasDeadline(deployment)
    ? withCondition(status.conditions ?? [], finding, now)
    : (status.conditions ?? []);
  const revision = createFailure === undefined ? nextRevision(generations) : undefined;
  const told = statusChange(seen, { ...status, conditions }, revision);
  const create: Action = { type: 'createReplicaSet', owner: seen.stored, replicaSet };
  // What has failed will probably fail again and end the pass, so it is told before.
  return createFailure === undefined ? [create, ...told] : [...told, create];
}

/** Goes on with the rollout to the current ReplicaSet, by one step. */
function roll(seen: Seen): Action[] {
  const { deployment, generations, now } = seen;
  const status = statusOf(deployment, generations, { now, isRolling: true });
  const isDone = isComplete(deployment, status);
  const step = isRecreate(deployment)
    ? stepRecreate(seen)
    : resize(seen, rollingStep(deployment, generations), isDone);
  return [...step, ...(isDone ? history(seen) : []), ...progress(seen)];
}

const isReadyToRecreate = (seen: Seen): boolean =>
  !hasOldPods(seen) && seen.generations.old.every(({ spec }) => spec.replicas === 0);

function stepRecreate(seen: Seen): Action[] {
  const { deployment, generations, now } = seen;
  const status = statusOf(deployment, generations, { now, isRolling: true });
  const sizes = recreateStep(deployment, generations, { oldPodsRunning: hasOldPods(seen) });
  return resize(seen, sizes, isComplete(deployment, status));
}

/** Pods of old ReplicaSets that still hold what the new ones may need: all but finished ones. */
const hasOldPods = ({ generations, podsOf }: Seen): boolean =>
  generations.old.some(({ status }) => status.replicas > 0) ||
  generations.old
    .flatMap(podsOf)
    .some(({ status }) => status.phase !== 'Failed' && status.phase !== 'Succeeded');

function progress(seen: Seen): Action[] {
  const { deployment, stored, generations, now } = seen;
  const status = statusOf(deployment, generations, { now, isRolling: true });
  const progressing = conditionOf(status.conditions, 'Progressing');
  const leftMs = hasDeadline(deployment) ? deadlineInMs(deployment, progressing, now) : undefined;
  const again: Wait[] =
    leftMs === undefined ? [] : [{ type: 'wait', forMs: Math.max(leftMs, 0) + 1000 }];
  return [...statusChange(seen, status), ...lostHope(stored, generations, status), ...again];
}

/** Tells of a rollout that has just timed out, is to be rolled back, and can't be. */
function lostHope(
  stored: Deployment,
  generations: Generations,
  status: DeploymentStatus,
): Action[] {
  const reasonIn = ({ conditions }: DeploymentStatus) =>
    conditionOf(conditions, 'Progressing')?.reason;
  const isNews =
    reasonIn(status) === 'ProgressDeadlineExceeded' && reasonIn(stored.status) !== reasonIn(status);
  if (!isNews || !wantsRollback(stored)) return [];
  if (rollbackTarget({ ...stored, status }, generations)) return [];
  return [{ type: 'tellNoRollback', deployment: stored }];
}

/** New sizes, and the annotations that every ReplicaSet must carry. One write a ReplicaSet. */
function resize(seen: Seen, sizes: Sizes, isDone = false): Action[] {
  const { deployment, stored, generations } = seen;
  const { current, old } = generations;
  const max = maxReplicas(deployment);
  return [...(current ? [current] : []), ...old].flatMap((replicaSet): Action[] => {
    const replicas = sizes.get(replicaSet) ?? replicaSet.spec.replicas ?? 1;
    const isCurrent = replicaSet === current;
    const isTouched = isCurrent || sizes.has(replicaSet) || replicas > 0;
    if (!isTouched) return [];
    const annotations = annotationsFor(deployment, replicaSet, {
      revision: isCurrent ? nextRevision(generations) : undefined,
      maxReplicas: max,
      isCompleted: isCurrent && isDone && wantsRollback(deployment) && !isCompleted(replicaSet),
    });
    const { minReadySeconds: before, ...spec } = replicaSet.spec;
    const minReadySeconds = isCurrent ? deployment.spec.minReadySeconds : before;
    const next = {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...spec, replicas, ...(minReadySeconds && { minReadySeconds }) },
    };
    if (isEqual(next, replicaSet)) return [];
    return [{ type: 'updateReplicaSet', owner: stored, replicaSet, next }];
  });
}

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

const history = ({ deployment, generations }: Seen): Action[] =>
  expiredHistory(deployment, generations.old).map((replicaSet) => ({
    type: 'deleteReplicaSet',
    replicaSet,
  }));

/**
 * One write for the status and for what the Deployment's own annotations tell of the rollout.
 * `revision` is that of a ReplicaSet which this pass makes.
 */
function statusChange(
  { stored, generations }: Seen,
  status: DeploymentStatus,
  revision = generations.current && nextRevision(generations),
): Action[] {
  const { [ROLLED_BACK]: note, ...others } = stored.metadata.annotations ?? {};
  const isNoted = note !== undefined && rollbackFinding(stored, generations) !== undefined;
  const annotations = {
    ...others,
    ...(isNoted && { [ROLLED_BACK]: note }),
    ...(revision !== undefined && { [REVISION]: String(revision) }),
  };
  const isSame =
    isEqual(status, stored.status) && isEqual(annotations, stored.metadata.annotations ?? {});
  return isSame ? [] : [{ type: 'updateStatus', deployment: stored, status, annotations }];
}
