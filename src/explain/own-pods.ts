import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import { type ClusterReader, warningsIn } from './cluster-reader.ts';
import { type Advice, type Evidence, type Explanation, untried } from './explanation.ts';
import { containersOf } from './pod/containers.ts';
import { explainPod } from './pod/pod.ts';
import { nameOf } from './reference.ts';

const WARNINGS_SHOWN = 2;

/** By the uid of their controller; of lists that are asked about for one owner after the other. */
const owned = new WeakMap<readonly KubeObject[], Map<string | undefined, KubeObject[]>>();

/** What of `all` belongs to an object as its controller. */
export function ownedBy<T extends KubeObject>({ metadata }: KubeObject, all: readonly T[]) {
  const byOwner = owned.get(all) ?? Map.groupBy(all, (each) => controllerOf(each)?.uid);
  owned.set(all, byOwner);
  return (byOwner.get(metadata.uid) ?? []) as readonly KubeObject[] as readonly T[];
}

/** The pods that belong to one of these, in no order. */
export async function podsOf(owners: readonly KubeObject[], reader: ClusterReader): Promise<Pod[]> {
  const all = await reader.list(pods, owners[0]?.metadata.namespace);
  return owners.flatMap((owner) => ownedBy(owner, all));
}

/** How the pods of a workload are. */
export interface PodsExplained {
  /** Of those that were asked about; some may be ready and have a trouble all the same. */
  readonly healthy: number;
  /** What the others suffer from, each once, the worst first. */
  readonly troubles: readonly Explanation[];
}

/** How these pods are. */
export async function explainPods(
  asked: readonly Pod[],
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<PodsExplained> {
  const told = distinctPods(asked);
  const explained = await Promise.all(told.map((pod) => explainPod(pod, reader, time)));
  const healthy = explained.filter(
    ({ state }, index) => state === 'well' || (state === 'waiting' && isReady(told[index]!)),
  ).length;
  return { healthy, troubles: distinct(explained.filter(({ state }) => state !== 'well')) };
}

const isReady = ({ status, metadata }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false);

/**
 * All but those that would be explained alike: pods of one owner that have no node, or whose
 * containers wait for the same on one. To look for what would give a pod a node takes up to a second,
 * its log comes from that node, and there may be hundreds.
 */
export function distinctPods(all: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  return all.filter((pod) => {
    const trouble = troubleOf(pod);
    if (trouble === undefined) return true;
    const isFirst = !seen.has(trouble);
    seen.add(trouble);
    return isFirst;
  });
}

/** What is the same for pods that would be explained alike; undefined for those by themselves. */
function troubleOf(pod: Pod): string | undefined {
  const owner = controllerOf(pod)?.uid;
  const { nodeName } = pod.spec;
  if (owner === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
  if (!nodeName) return owner;
  const signs = containersOf(pod).flatMap(({ container, status }) => {
    const { waiting, terminated } = status?.state ?? {};
    const last = terminated ?? status?.lastState?.terminated;
    return waiting ? `${container.name} ${waiting.reason} ${last?.reason} ${last?.exitCode}` : [];
  });
  return signs.length > 0 ? [owner, nodeName, ...signs].join('\n') : undefined;
}

function distinct(explained: readonly Explanation[]): Explanation[] {
  const bySummary = new Map<string, Explanation>();
  for (const each of explained) if (!bySummary.has(each.summary)) bySummary.set(each.summary, each);
  return [...bySummary.values()].sort(
    (a, b) => Number(b.state === 'wrong') - Number(a.state === 'wrong'),
  );
}

/** What is told of objects that can't make the pods that they should. */
export async function warningsOf(
  owners: readonly KubeObject[],
  reader: ClusterReader,
): Promise<Evidence[]> {
  const found = owners.map(async (owner) =>
    warningsIn(await reader.eventsOf(owner))
      .slice(0, WARNINGS_SHOWN)
      .map(({ reason, message }) => ({
        subject: nameOf({ kind: owner.kind, name: owner.metadata.name }),
        text: `${reason}: ${message}`,
      })),
  );
  return (await Promise.all(found)).flat();
}

/** What would mend that pods are refused, where the refusal says enough. */
export function adviceOnRefusals(
  evidence: readonly Evidence[],
  namespace: string | undefined,
): Advice[] {
  const texts = evidence.map(({ text }) => text).join('\n');
  const quota = /exceeded quota: ([^,\s]+)/.exec(texts)?.[1];
  const account = /serviceaccount "([^"]+)" not found/.exec(texts)?.[1];
  return [
    ...(quota
      ? [
          untried(
            `raise the quota ${quota}, or free some of it`,
            `kubectl describe quota/${quota} -n ${namespace}`,
          ),
        ]
      : []),
    ...(account ? [untried(`create the ServiceAccount ${account} in ${namespace}`)] : []),
  ];
}
