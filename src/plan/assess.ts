import type { ResourceQuota } from '../api/generated/core/v1/types.ts';
import type { ClusterReader } from '../explain/cluster-reader.ts';
import { explain } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import { nameOf, type ResourceReference } from '../explain/reference.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Snapshot } from '../store/store.ts';
import type { CarriedOut } from './carry-out.ts';
import type { NodeImages } from './node-images.ts';
import { idleNotes, imageNotes, isIdle, sourceNotes } from './notes.ts';
import type { PodExpectation } from './pod-times.ts';
import { quotaOutcomes } from './quotas.ts';
import type { ChangeCounts, ObjectChange, Plan, Refusal, WorkloadOutcome } from './report.ts';
import { byTitle, followsOf, listIn, titleKey } from './states.ts';
import { summaryOf } from './summary.ts';
import { timelineOf } from './timeline.ts';
import type { Witness } from './witness.ts';
import { workloadOutcomes } from './workload-outcomes.ts';

/** What comes about when nobody changes anything. */
export interface Anyway {
  readonly workloads: readonly WorkloadOutcome[];
  /** What is made and deleted, but for pods. */
  readonly follows: readonly ObjectChange[];
}

/** What was seen in a rehearsal. */
export interface Seen {
  readonly before: Snapshot<KubeObject>;
  readonly end: Snapshot<KubeObject>;
  readonly witness: Witness;
  readonly anyway: Anyway;
  readonly isSettled: boolean;
  /** When something happened last, in milliseconds from the change. */
  readonly endMs: number;
  /** The time of day in the end. */
  readonly now: number;
  readonly expectation: PodExpectation;
  readonly images: NodeImages;
  /** What is to be told besides. */
  readonly notes: readonly string[];
  /** Reads the rehearsal's own state. */
  readonly reader: ClusterReader;
}

/** Makes a report of what was done, and what was seen to become of it. */
export async function reportOn({ objects, refusals }: CarriedOut, seen: Seen): Promise<Plan> {
  const { before, end, witness, anyway, endMs, isSettled } = seen;
  const applied = objects.filter(({ action }) => action !== 'unchanged');
  const records = [...witness.workloads.values()];
  const all = workloadOutcomes(records, seen, seen.expectation);
  const workloads = all.filter((each) => !happensAnyway(each, anyway.workloads, applied));
  const troubles = [
    ...(await troublesOf(workloads, seen, ['wrong', 'waiting'])),
    ...(await troublesOf(applied, seen, ['wrong'])),
  ].filter(isFirst);
  const isChanged = applied.length > 0 || workloads.length > 0;
  const touched = titlesOf([...applied, ...workloads]);
  const warnings = [
    ...refusals.map(({ message }) => message),
    ...witness.warningsOf((about) => touched.has(titleKey(about))),
  ];
  const found = {
    schema: 'tutti.dev/plan/v1',
    outcome: isFailing({ refusals, troubles, workloads }) ? 'fails' : outcomeOf(isChanged),
    counts: countsOf(objects, refusals),
    durationMs: isChanged ? endMs : 0,
    isSettled,
    objects,
    follows: isChanged ? followsOf(before, end, [...objects, ...anyway.follows]) : [],
    refusals,
    workloads,
    budgets: [...witness.budgets.values()].flatMap((each) => each.outcome(endMs) ?? []),
    quotas: quotaOutcomes(quotasIn(before), quotasIn(end), warnings),
    troubles,
    notes: [
      ...seen.notes,
      ...anywayNotes(all, workloads),
      ...sourceNotes(objects, records),
      ...imageNotes(records, seen.images),
      ...idleNotes(objects),
    ],
    timeline: timelineOf(records.filter(({ workload }) => touched.has(titleKey(workload.about)))),
  } as const;
  return { ...found, summary: summaryOf(found) };
}

const titlesOf = (all: readonly { readonly about: ResourceReference }[]): ReadonlySet<string> =>
  new Set(all.map(({ about }) => titleKey(about)));

const outcomeOf = (isChanged: boolean) => (isChanged ? 'changes' : 'unchanged');

const isFailing = ({
  refusals,
  troubles,
  workloads,
}: Pick<Plan, 'refusals' | 'troubles' | 'workloads'>): boolean =>
  refusals.length > 0 ||
  troubles.some(({ state }) => state === 'wrong') ||
  workloads.some(({ readyAfter, wantedAfter }) => readyAfter < wantedAfter);

const quotasIn = (state: Snapshot<KubeObject>): ResourceQuota[] =>
  listIn<ResourceQuota>(state, 'resourcequotas');

/** Whether the same becomes of a workload without the change. */
function happensAnyway(
  workload: WorkloadOutcome,
  anyway: readonly WorkloadOutcome[],
  applied: readonly ObjectChange[],
): boolean {
  const key = titleKey(workload.about);
  if (applied.some(({ about }) => titleKey(about) === key)) return false;
  const other = anyway.find(({ about }) => titleKey(about) === key);
  return (
    other !== undefined &&
    other.readyAfter === workload.readyAfter &&
    other.pods.started === workload.pods.started &&
    other.pods.stopped === workload.pods.stopped
  );
}

/** What the cluster is busy with by itself. */
function anywayNotes(all: readonly WorkloadOutcome[], told: readonly WorkloadOutcome[]): string[] {
  return all
    .filter((each) => !told.includes(each) && each.about.kind !== 'CronJob') // They tick: no news.
    .map(({ about, readyBefore, readyAfter, wantedAfter }) => {
      const fate = `${readyBefore} → ${readyAfter} of ${wantedAfter} ready`;
      return `${nameOf(about)} isn't at rest, and changes whether or not this is applied: ${fate}`;
    });
}

const isFirst = ({ about }: Explanation, index: number, all: readonly Explanation[]): boolean =>
  all.findIndex((each) => titleKey(each.about) === titleKey(about)) === index;

/**
 * What isn't well of what was touched, explained as `tutti why` does. Some only waits because
 * nobody gives it in a rehearsal what it waits for, such as an address of a load balancer.
 */
async function troublesOf(
  touched: readonly { readonly about: ResourceReference }[],
  { end, reader, now }: Seen,
  told: readonly Explanation['state'][],
): Promise<Explanation[]> {
  const objects = byTitle(end);
  const found: Explanation[] = [];
  for (const key of new Set(touched.map(({ about }) => titleKey(about)))) {
    const object = objects.get(key);
    if (!object || isIdle(object)) continue;
    const explanation = await explain(object, reader, { now });
    if (told.includes(explanation.state)) found.push(explanation);
  }
  return found;
}

function countsOf(objects: readonly ObjectChange[], refusals: readonly Refusal[]): ChangeCounts {
  const count = (wanted: ObjectChange['action']) =>
    objects.filter(({ action }) => action === wanted).length;
  return {
    create: count('create'),
    change: count('change'),
    delete: count('delete'),
    unchanged: count('unchanged'),
    refused: refusals.length,
  };
}
