import { replicaSets } from '../api/generated/apps/v1/resources.ts';
import type { Deployment } from '../api/generated/apps/v1/types.ts';
import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import { LabelSelector } from '../machinery/selector/label-selector.ts';
import { type ClusterReader, HIDDEN, ifAllowed } from './cluster-reader.ts';
import { type Evidence, type Explanation, explained } from './explanation.ts';
import { adviceOnRefusals, explainPods, ownedBy, podsOf, warningsOf } from './own-pods.ts';
import { nameOf } from './reference.ts';

const PODS_EXPLAINED = 3;

/** What keeps pods: Deployments, ReplicaSets, StatefulSets, DaemonSets, ReplicationControllers. */
interface Workload extends KubeObject {
  readonly spec?: Partial<Pick<Deployment['spec'], 'replicas' | 'paused' | 'selector'>>;
  readonly status?: {
    readonly observedGeneration?: number;
    /** Of a DaemonSet: how many nodes are to have a pod. */
    readonly desiredNumberScheduled?: number;
    readonly conditions?: Deployment['status']['conditions'];
  };
}

/** Why a workload doesn't have the pods that it wants, if so. */
export async function explainWorkload(
  workload: Workload,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<Explanation> {
  const { namespace } = workload.metadata;
  const sets = await ifAllowed(reader.list(replicaSets, namespace));
  const holders = [workload, ...(sets === HIDDEN ? [] : ownedBy(workload, sets))];
  // Who may not see replica sets can't tell whose a Deployment's pods are, but which it selects.
  const isBySelector = sets === HIDDEN && workload.kind === 'Deployment';
  const own = isBySelector ? await selectedBy(workload, reader) : await podsOf(holders, reader);
  const seen = await lookAtPods(workload, own, { reader, time });
  const { healthy, wanted, current, troubles } = seen;
  const isShort = current < wanted;
  const evidence = await evidenceFor(workload, holders as readonly Workload[], { isShort, reader });
  const isWrong = troubles.some(({ state }) => state === 'wrong') || evidence.length > 0;
  const isWell = healthy >= wanted && troubles.length === 0 && isSeen(workload);
  return explained(workload, {
    state: isWrong ? 'wrong' : isWell ? 'well' : 'waiting',
    summary: summaryOf(workload, seen, { isStuck: evidence.length > 0 }),
    evidence,
    advice: adviceOnRefusals(evidence, namespace),
    causes: troubles.slice(0, PODS_EXPLAINED),
  });
}

async function selectedBy({ metadata, spec }: Workload, reader: ClusterReader): Promise<Pod[]> {
  const selector = LabelSelector.from(spec?.selector);
  const all = await reader.list(pods, metadata.namespace);
  return all.filter(
    (pod) => controllerOf(pod)?.kind === 'ReplicaSet' && selector.matches(pod.metadata.labels),
  );
}

interface Seen {
  readonly wanted: number;
  /** Of those that count. */
  readonly healthy: number;
  /** Those that count: neither ended nor on their way out. */
  readonly current: number;
  readonly troubles: readonly Explanation[];
}

async function lookAtPods(
  workload: Workload,
  own: readonly Pod[],
  { reader, time }: { readonly reader: ClusterReader; readonly time: { readonly now: number } },
): Promise<Seen> {
  const alive = own.filter(({ status }) => !ENDED.has(status.phase ?? ''));
  const isLeaving = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
  const current = alive.filter((pod) => !isLeaving(pod));
  const { healthy, troubles } = await explainPods(current, reader, time);
  const wanted = wantedBy(workload);
  // One that was evicted and has been replaced is no trouble any more.
  const failed = healthy >= wanted ? [] : own.filter(({ status }) => status.phase === 'Failed');
  const past = await explainPods(failed.slice(0, 1), reader, time);
  const leaving = await explainPods(alive.filter(isLeaving), reader, time);
  const stuck = leaving.troubles.filter(({ state }) => state === 'wrong');
  const all = [...troubles, ...past.troubles, ...stuck];
  return { wanted, healthy, current: current.length, troubles: all };
}

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

const wantedBy = ({ kind, spec, status }: Workload): number =>
  kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);

const isSeen = ({ metadata, status }: Workload): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

function summaryOf(
  workload: Workload,
  { healthy, wanted, current }: Seen,
  { isStuck }: { readonly isStuck: boolean },
): string {
  if (workload.spec?.paused) return `its rollout is paused; ${countOf(healthy)} ready`;
  if (!isSeen(workload)) return 'its controller has not seen its newest state; does it run?';
  if (healthy < wanted) return `${healthy} of ${wanted} pods are ready`;
  const others = current - healthy;
  if (isStuck) {
    const more = others > 0 ? `, ${others} more ${others > 1 ? 'are' : 'is'} not` : '';
    return `its rollout is stuck; ${healthy} of ${wanted} pods are ready${more}`;
  }
  if (others > 0)
    return `as many pods as are wanted are ready (${healthy}); ${countOf(others)} not`;
  if (wanted > 0) return wanted === 1 ? 'its pod is ready' : `all of its ${wanted} pods are ready`;
  return workload.kind === 'DaemonSet'
    ? 'no node is to have a pod of it'
    : 'it is scaled to 0 pods';
}

const countOf = (pods: number): string => (pods === 1 ? '1 pod is' : `${pods} pods are`);

/** What its controllers say: deadlines that have passed, pods that were refused. */
async function evidenceFor(
  workload: Workload,
  holders: readonly Workload[],
  { isShort, reader }: { readonly isShort: boolean; readonly reader: ClusterReader },
): Promise<Evidence[]> {
  const byText = new Map<string, Evidence>();
  for (const { kind, metadata, status } of holders) {
    for (const { type, status: holds, reason, message } of status?.conditions ?? []) {
      const isTelling = type === 'ReplicaFailure' && holds === 'True';
      if (!isTelling && reason !== 'ProgressDeadlineExceeded') continue;
      const text = `${reason}: ${message}`;
      if (!byText.has(text)) {
        byText.set(text, { subject: nameOf({ kind, name: metadata.name }), text });
      }
    }
  }
  // Only Deployments and ReplicaSets have such conditions; the others just tell of it.
  const hasSuch = workload.kind === 'Deployment' || workload.kind === 'ReplicaSet';
  return [...byText.values(), ...(isShort && !hasSuch ? await warningsOf(holders, reader) : [])];
}
