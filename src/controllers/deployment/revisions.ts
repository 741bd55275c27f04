import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import type { PodTemplateSpec } from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const TEMPLATE_HASH = 'pod-template-hash';

/** Annotations of a Deployment that its ReplicaSets don't get: they have their own, or need none. */
const NOT_COPIED = [
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  'deployment.kubernetes.io/revision-history',
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
];

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
  return a !== undefined && isEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  const { creationTimestamp: __, ...metadata } = template.metadata ?? {};
  return { ...template, metadata: { ...metadata, labels } };
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

/** The annotations that a ReplicaSet should carry, on top of those it has. */
export function annotationsFor(
  deployment: Deployment,
  replicaSet: ReplicaSet | undefined,
  {
    revision,
    maxReplicas,
  }: { readonly revision: number | undefined; readonly maxReplicas: number },
): Record<string, string> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => revision !== undefined && !NOT_COPIED.includes(key),
  );
  return {
    ...replicaSet?.metadata.annotations,
    ...Object.fromEntries(copied),
    ...(revision !== undefined && { [REVISION]: String(revision) }),
    [DESIRED_REPLICAS]: String(deployment.spec.replicas ?? 1),
    [MAX_REPLICAS]: String(maxReplicas),
  };
}

/** Old ReplicaSets beyond the history limit that nothing runs in any more, oldest revision first. */
export function expiredHistory(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
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
