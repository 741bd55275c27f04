import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { conditionOf, type Finding } from './conditions.ts';
import { hasDeadline } from './progress.ts';
import {
  AUTO_ROLLBACK,
  COMPLETED,
  type Generations,
  isCopied,
  ROLLED_BACK,
  revisionOf,
  TEMPLATE_HASH,
  withoutHash,
} from './revisions.ts';

/** What the annotation on a Deployment tells of its last automatic rollback. */
interface RolledBack {
  readonly from: number;
  readonly to: number;
  /** The hash label of the ReplicaSet to which it went. */
  readonly hash: string;
}

export const wantsRollback = ({ metadata }: Deployment): boolean =>
  metadata.annotations?.[AUTO_ROLLBACK] === 'true';

/**
 * Where a rollout that has timed out goes back to: the newest revision that was rolled out
 * completely, or else the newest that serves now. Undefined when there is none, when nobody asked
 * for it, or when the current revision is one that has worked: going back and forth helps nobody.
 */
export function rollbackTarget(
  deployment: Deployment,
  { current, old }: Generations,
): ReplicaSet | undefined {
  if (!current || isCompleted(current) || !hasTimedOut(deployment)) return undefined;
  if (!wantsRollback(deployment) || deployment.spec.paused) return undefined;
  const byRevision = old
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => revisionOf(b) - revisionOf(a));
  return (
    byRevision.find(isCompleted) ??
    byRevision.find(({ status }) => (status.availableReplicas ?? 0) > 0)
  );
}

export const isCompleted = ({ metadata }: ReplicaSet): boolean =>
  metadata.annotations?.[COMPLETED] === 'true';

function hasTimedOut(deployment: Deployment): boolean {
  const { status, metadata } = deployment;
  // What is said of an older spec may not hold for this one.
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  const progressing = conditionOf(status.conditions, 'Progressing');
  return hasDeadline(deployment) && progressing?.reason === 'ProgressDeadlineExceeded';
}

/** The Deployment with the template, and the annotations, that the target was made from. */
export function rolledBack(
  deployment: Deployment,
  current: ReplicaSet,
  target: ReplicaSet,
): Deployment {
  const { template } = target.spec;
  if (!template) return deployment;
  const note: RolledBack = {
    from: revisionOf(current),
    to: revisionOf(target),
    hash: target.metadata.labels?.[TEMPLATE_HASH] ?? '',
  };
  const own = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !isCopied(key),
  );
  const restored = Object.entries(target.metadata.annotations ?? {}).filter(([key]) =>
    isCopied(key),
  );
  const annotations = {
    ...Object.fromEntries([...own, ...restored]),
    [ROLLED_BACK]: JSON.stringify(note),
  };
  return {
    ...deployment,
    metadata: { ...deployment.metadata, annotations },
    spec: { ...deployment.spec, template: withoutHash(template) },
  };
}

/** What the condition says, for as long as the Deployment stays where it was rolled back to. */
export function rollbackFinding(
  deployment: Deployment,
  { current }: Generations,
): Finding | undefined {
  const note = noteOf(deployment);
  if (!note || note.hash !== current?.metadata.labels?.[TEMPLATE_HASH]) return undefined;
  return {
    type: 'RolledBack',
    status: 'True',
    reason: 'ProgressDeadlineExceeded',
    message: `Revision ${note.from} made no progress within its deadline; rolled back to revision ${note.to}.`,
  };
}

function noteOf({ metadata }: Deployment): RolledBack | undefined {
  try {
    return JSON.parse(metadata.annotations?.[ROLLED_BACK] ?? 'null') ?? undefined;
  } catch {
    return undefined; // Somebody wrote something else there: nothing is known.
  }
}
