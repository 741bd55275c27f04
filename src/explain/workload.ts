import { replicaSets } from '../api/generated/apps/v1/resources.ts';
import type { Deployment } from '../api/generated/apps/v1/types.ts';
import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Evidence, Explanation } from './explanation.ts';
import { explainPod } from './pod/pod.ts';
import { nameOf, referenceTo } from './reference.ts';

const PODS_EXPLAINED = 3;

/** What has pods of its own: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs. */
interface Workload extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly paused?: boolean };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: Deployment['status']['conditions'];
  };
}

/** Why a workload doesn't have the pods that it wants, if so. */
export async function explainWorkload(
  workload: Workload,
  reader: ClusterReader,
  { now }: { readonly now: number },
): Promise<Explanation> {
  const about = referenceTo(workload);
  const own = await podsOf(workload, reader);
  const explained = await Promise.all(own.map((pod) => explainPod(pod, reader, { now })));
  const troubled = distinct(explained.filter(({ state }) => state !== 'well'));
  const wanted = workload.spec?.replicas;
  const healthy = explained.length - explained.filter(({ state }) => state !== 'well').length;
  const evidence = await evidenceFor(workload, reader);
  const isEnough = wanted === undefined ? troubled.length === 0 : healthy >= wanted;
  const state =
    troubled.some((each) => each.state === 'wrong') || evidence.length > 0 ? 'wrong' : 'waiting';
  return {
    about,
    state: isEnough && troubled.length === 0 && evidence.length === 0 ? 'well' : state,
    summary: summaryOf(workload, { healthy, wanted, known: own.length }),
    evidence,
    advice: [],
    causes: troubled.slice(0, PODS_EXPLAINED),
  };
}

function summaryOf(
  { spec, metadata, status }: Workload,
  { healthy, wanted, known }: { healthy: number; wanted: number | undefined; known: number },
): string {
  if (spec?.paused) return `its rollout is paused; ${healthy} pods are ready`;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return 'its controller has not seen its newest state; does it run?';
  }
  const of = wanted ?? known;
  return healthy >= of ? `all of its ${of} pods are ready` : `${healthy} of ${of} pods are ready`;
}

/** Pods that suffer from the same are explained once. */
function distinct(explained: readonly Explanation[]): Explanation[] {
  const bySummary = new Map<string, Explanation>();
  for (const each of explained) if (!bySummary.has(each.summary)) bySummary.set(each.summary, each);
  return [...bySummary.values()].sort(
    (a, b) => Number(b.state === 'wrong') - Number(a.state === 'wrong'),
  );
}

/** What its controllers say: deadlines that have passed, pods that were refused. */
async function evidenceFor(workload: Workload, reader: ClusterReader): Promise<Evidence[]> {
  const sets = await ownedBy(workload, await reader.list(replicaSets, workload.metadata.namespace));
  const holders: readonly Workload[] = [workload, ...(sets as unknown as Workload[])];
  return holders.flatMap(({ kind, metadata, status }) =>
    (status?.conditions ?? [])
      .filter(
        ({ type, status: holds, reason }) =>
          (type === 'ReplicaFailure' && holds === 'True') || reason === 'ProgressDeadlineExceeded',
      )
      .map(({ reason, message }) => ({
        subject: nameOf({ kind, name: metadata.name }),
        text: `${reason}: ${message}`,
      })),
  );
}

const ownedBy = <T extends KubeObject>({ metadata }: KubeObject, all: readonly T[]): T[] =>
  all.filter((each) => controllerOf(each)?.uid === metadata.uid);

/** The pods of a workload, be it directly or through ReplicaSets; those that have ended don't count. */
async function podsOf(workload: Workload, reader: ClusterReader): Promise<Pod[]> {
  const { namespace } = workload.metadata;
  const sets = ownedBy(workload, await reader.list(replicaSets, namespace));
  const owners = [workload as KubeObject, ...sets];
  const all = await reader.list(pods, namespace);
  return owners
    .flatMap((owner) => ownedBy(owner, all))
    .filter(({ status }) => status.phase !== 'Succeeded');
}
