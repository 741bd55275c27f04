import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import type { PodTemplateSpec } from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const TEMPLATE_HASH = 'pod-template-hash';

/** Set to `true` on a Deployment: a rollout that exceeds its deadline is rolled back by itself. */
export const AUTO_ROLLBACK = 'tutti.dev/auto-rollback';
/** On a Deployment: from which revision to which it was rolled back by itself, as JSON. */
export const ROLLED_BACK = 'tutti.dev/rolled-back';
/** On a ReplicaSet, as `true`: its revision was rolled out completely once. */
export const COMPLETED = 'tutti.dev/rollout-completed';

/** Annotations of a Deployment that its ReplicaSets don't get: they have their own, or need none. */
const NOT_COPIED = [
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
  AUTO_ROLLBACK,
  ROLLED_BACK,
  COMPLETED,
];

/** Whether an annotation of a Deployment is handed on to its ReplicaSets. */
export const isCopied = (key: string): boolean => !NOT_COPIED.includes(key);

/** The ReplicaSets of a Deployment, told apart by their template. */
export interface Generations {
  /** The one with the Deployment's template; the oldest when there are several. */
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

export function generationsOf(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): Generations {
  const byAge = replicaSets.toSorted(compareAge);
  const current = byAge.find(({ spec }) => isSameTemplate(spec.template, deployment.spec.template));
  return { current, old: byAge.filter((replicaSet) => replicaSet !== current) };
}

/** Older first, then by name. */
export function compareAge(a: ReplicaSet, b: ReplicaSet): number {
  const [x, y] = [a.metadata, b.metadata];
  if (x.creationTimestamp !== y.creationTimestamp) {
    return x.creationTimestamp < y.creationTimestamp ? -1 : 1;
  }
  return x.name < y.name ? -1 : 1;
}

/** Whether two templates make the same pods: the hash label is ours and doesn't count. */
export function isSameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec): boolean {
  return a !== undefined && isEqual(comparable(a), comparable(b));
}

function comparable(template: PodTemplateSpec): PodTemplateSpec {
  const { metadata, ...rest } = withoutHash(template);
  const { creationTimestamp: _, ...kept } = metadata ?? {};
  return { ...rest, metadata: { ...kept, labels: metadata?.labels ?? {} } };
}

/** The template as the user wrote it, without the label that tells the ReplicaSets apart. */
export function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export const revisionOf = ({ metadata }: { metadata: ReplicaSet['metadata'] }): number => {
  const text = metadata.annotations?.[REVISION] ?? '0';
  return /^\d+$/.test(text) ? Number(text) : 0;
};

/** The revision that the current template has: after all old ones. */
export function nextRevision({ current, old }: Generations): number {
  const newestOld = Math.max(0, ...old.map(revisionOf));
  return Math.max(newestOld + 1, current ? revisionOf(current) : 0);
}

export interface OwnAnnotations {
  /** Of the current ReplicaSet; undefined for old ones, which keep what they have. */
  readonly revision: number | undefined;
  readonly maxReplicas: number;
  /** Whether to note that the revision has been rolled out completely. */
  readonly isCompleted?: boolean;
}

/** The annotations that a ReplicaSet should carry, on top of those it has. */
export function annotationsFor(
  deployment: Deployment,
  replicaSet: ReplicaSet | undefined,
  { revision, maxReplicas, isCompleted = false }: OwnAnnotations,
): Record<string, string> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => revision !== undefined && isCopied(key),
  );
  return {
    ...replicaSet?.metadata.annotations,
    ...Object.fromEntries(copied),
    ...(revision !== undefined && revisionMarks(replicaSet, revision)),
    ...(isCompleted && { [COMPLETED]: 'true' }),
    [DESIRED_REPLICAS]: String(deployment.spec.replicas ?? 1),
    [MAX_REPLICAS]: String(maxReplicas),
  };
}

const HISTORY_MAX_LENGTH = 2000;

/** The revision, and those that the ReplicaSet had before it was gone back to. */
function revisionMarks(
  replicaSet: ReplicaSet | undefined,
  revision: number,
): Record<string, string> {
  const before = replicaSet?.metadata.annotations?.[REVISION];
  const marks = { [REVISION]: String(revision) };
  if (!replicaSet || !before || revisionOf(replicaSet) >= revision) return marks;
  const known = replicaSet.metadata.annotations?.[REVISION_HISTORY]?.split(',') ?? [];
  const all = [...known.filter(Boolean), before];
  while (all.length > 1 && all.join().length > HISTORY_MAX_LENGTH) all.shift();
  return { ...marks, [REVISION_HISTORY]: all.join() };
}

const NO_LIMIT = 2_147_483_647; // The API's way to say "all".

/** Old ReplicaSets beyond the history limit that nothing runs in any more, oldest revision first. */
export function expiredHistory(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? NO_LIMIT;
  const kept = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = kept.length - limit;
  if (surplus <= 0) return [];
  return kept
    .toSorted((a, b) => revisionOf(a) - revisionOf(b) || compareAge(a, b))
    .slice(0, surplus)
    .filter(isEmpty);
}

const isEmpty = ({ spec, status, metadata }: ReplicaSet): boolean =>
  spec.replicas === 0 &&
  status.replicas === 0 &&
  (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
