import type { Deployment, ReplicaSet, StatefulSet } from '../api/generated/apps/v1/types.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { healthOf, troubleOf } from '../cli/health.ts';
import type { KubeObject } from '../machinery/object.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABELS = ['pod-template-hash', 'controller-revision-hash'] as const;
const SHOWN_MAX = 5;

/**
 * Those of a workload's pods that were made from its template as it is now. All, of a kind whose
 * revisions aren't known here.
 */
export function newestPods(
  object: KubeObject,
  pods: readonly Pod[],
  replicaSets: readonly ReplicaSet[],
): readonly Pod[] {
  const hash = newestHash(object, replicaSets);
  if (hash === undefined) return pods;
  return pods.filter(({ metadata }) =>
    HASH_LABELS.some((label) => metadata.labels?.[label] === hash),
  );
}

function newestHash(object: KubeObject, replicaSets: readonly ReplicaSet[]): string | undefined {
  if (object.kind === 'StatefulSet') return (object as StatefulSet).status?.updateRevision;
  if (object.kind !== 'Deployment') return undefined;
  const { uid } = (object as Deployment).metadata;
  const owned = replicaSets.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => owner.uid === uid),
  );
  const newest = owned.sort((a, b) => revisionOf(b) - revisionOf(a))[0];
  return newest?.metadata.labels?.[HASH_LABELS[0]];
}

const revisionOf = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.[REVISION] ?? 0);

/**
 * What troubles pods, the most frequent trouble first, a line for all pods that have the same:
 * `12 pods: …`. At most a few lines.
 */
export function troubleLines(pods: readonly Pod[]): string[] {
  const groups = [...byTrouble(pods)].sort(([, a], [, b]) => b.length - a.length);
  const lines = groups.map(([trouble, names]) =>
    names.length === 1 ? `pod/${names[0]}: ${trouble}` : `${names.length} pods: ${trouble}`,
  );
  if (lines.length <= SHOWN_MAX) return lines;
  const rest = groups.slice(SHOWN_MAX - 1).reduce((sum, [, names]) => sum + names.length, 0);
  return [...lines.slice(0, SHOWN_MAX - 1), `... and ${rest} pods with other troubles`];
}

function byTrouble(pods: readonly Pod[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue; // It was meant to go.
    const trouble = steadyTroubleOf(pod) ?? restOf(pod);
    if (trouble) names.set(trouble, [...(names.get(trouble) ?? []), pod.metadata.name]);
  }
  return names;
}

/** What there is to say of a pod that isn't ready without anything being known to keep it. */
function restOf(pod: Pod): string | undefined {
  const { state, text } = healthOf(pod);
  if (state === 'healthy') return undefined;
  return state === 'progressing' && pod.status.phase === 'Running'
    ? 'runs, but is not ready'
    : text;
}

/** The trouble that most pods have; undefined when none is known. */
export function mainTrouble(pods: readonly Pod[]): string | undefined {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const trouble = steadyTroubleOf(pod);
    if (trouble) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * A pod's trouble in words that stay as long as the trouble does, and are those of all pods that
 * have it: without the pause between attempts, and without the pod's own name.
 */
const steadyTroubleOf = (pod: Pod): string | undefined =>
  troubleOf(pod)
    ?.replace(/^ImagePullBackOff: Back-off pulling image "[^"]*": /, '')
    .replace(/\bback-off \S+ restarting failed/, 'restarting failed')
    .replace(/ pod=\S+?(?=;|$| )/, '');
