import type { Pod } from '../api/generated/core/v1/types.ts';
import { isActive } from '../controllers/pods.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Snapshot } from '../store/store.ts';
import type { PodExpectation } from './pod-times.ts';
import type { ExpectedTimes, WorkloadOutcome } from './report.ts';
import { byUid } from './states.ts';
import { templateChanges } from './template-changes.ts';
import type { PodRecord, WorkloadRecord } from './workload-record.ts';

/** States of a workload's object; undefined while there is none. */
interface States {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

interface Sized extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly parallelism?: number };
  readonly status?: { readonly desiredNumberScheduled?: number };
}

/** What became of all workloads whose pods aren't as they were. */
export function workloadOutcomes(
  records: Iterable<WorkloadRecord>,
  { before, end, endMs }: Span,
  expectation: PodExpectation,
): WorkloadOutcome[] {
  const [old, now] = [byUid(before), byUid(end)];
  return [...records].flatMap((record) => {
    const { uid } = record.workload;
    const states = { before: old.get(uid), after: now.get(uid) };
    return workloadOutcome(record, states, { endMs, expectation }) ?? [];
  });
}

/** Two states, and how long it is from the one to the other. */
interface Span {
  readonly before: Snapshot<KubeObject>;
  readonly end: Snapshot<KubeObject>;
  readonly endMs: number;
}

/** What became of a workload's pods; undefined where they are as they were. */
function workloadOutcome(
  record: WorkloadRecord,
  states: States,
  { endMs, expectation }: { readonly endMs: number; readonly expectation: PodExpectation },
): WorkloadOutcome | undefined {
  const all = [...record.pods.values()];
  const started = all.filter(({ createdAtMs }) => createdAtMs !== undefined);
  const stopped = all.filter((each) => each.stoppedAtMs !== undefined && !each.wasStopping);
  if (started.length === 0 && stopped.length === 0 && record.levels.length < 2) return undefined;
  const kept = all.filter((each) => each.createdAtMs === undefined && isStill(each));
  const present = started.filter((each) => isStill(each) && isActive(each.pod));
  const after = [...kept, ...present].filter(({ pod }) => isActive(pod)).length;
  const wantedBefore = wantedBy(states.before) ?? record.levels[0]?.ready ?? 0;
  const wantedAfter = states.after ? (wantedBy(states.after) ?? after) : after;
  const [first] = record.levels;
  const floor = Math.min(first?.ready ?? 0, wantedAfter);
  const ready = started.flatMap(({ readyAtMs }) => readyAtMs ?? []);
  return {
    about: record.workload.about,
    why: reasonsFor(states, { stopped, wantedBefore, wantedAfter }),
    wantedBefore,
    wantedAfter,
    readyBefore: first?.ready ?? 0,
    readyAfter: record.ready,
    levels: record.levels,
    ...lowest(record),
    belowForMs: belowForMs(record, floor, endMs),
    pods: {
      kept: kept.length,
      started: started.length,
      stopped: stopped.length,
      ended: all.filter(({ endedAtMs }) => endedAtMs !== undefined).length,
    },
    nodes: landing(present),
    readyAtMs: ready.length > 0 ? Math.max(...ready) : undefined,
    expected: expectedOf(started, expectation),
  };
}

const isStill = ({ isGone, stoppedAtMs }: PodRecord): boolean =>
  !isGone && stoppedAtMs === undefined;

/** How many pods a workload asks for; undefined of one that doesn't say. */
function wantedBy(workload: KubeObject | undefined): number | undefined {
  if (!workload) return 0;
  const { kind, spec, status } = workload as Sized;
  if (kind === 'Pod') return isActive(workload as Pod) ? 1 : 0;
  return kind === 'DaemonSet' ? status?.desiredNumberScheduled : spec?.replicas;
}

function reasonsFor(
  { before, after }: States,
  facts: {
    readonly stopped: readonly PodRecord[];
    readonly wantedBefore: number;
    readonly wantedAfter: number;
  },
): string[] {
  const { stopped, wantedBefore, wantedAfter } = facts;
  const disruptions = new Set(stopped.flatMap(({ disruption }) => disruption ?? []));
  if (!after) return ['is deleted', ...disruptions];
  if (!before) return ['is new'];
  const isScaled = wantedBy(after) !== undefined && wantedBefore !== wantedAfter;
  return [
    ...templateChanges(before, after),
    ...(isScaled ? [`scaled from ${wantedBefore} to ${wantedAfter}`] : []),
    ...disruptions,
  ];
}

function lowest({ levels }: WorkloadRecord) {
  let [lowestReady, lowestAtMs] = [Number.POSITIVE_INFINITY, 0];
  for (const { ready, atMs } of levels) {
    if (ready < lowestReady) [lowestReady, lowestAtMs] = [ready, atMs];
  }
  return { lowestReady, lowestAtMs };
}

function belowForMs({ levels }: WorkloadRecord, floor: number, endMs: number): number {
  return levels.reduce((sum, { atMs, ready }, i) => {
    const untilMs = levels[i + 1]?.atMs ?? endMs;
    return ready < floor ? sum + untilMs - atMs : sum;
  }, 0);
}

function landing(present: readonly PodRecord[]): Record<string, number> {
  const nodes: Record<string, number> = {};
  const names = present.map(({ pod }) => pod.spec.nodeName ?? '').sort();
  for (const name of names) nodes[name] = (nodes[name] ?? 0) + 1;
  return nodes;
}

function expectedOf(
  started: readonly PodRecord[],
  expectation: PodExpectation,
): ExpectedTimes | undefined {
  const newest = started.at(-1);
  if (!newest) return undefined;
  const { startMs, readyMs, seenAt } = expectation.times(newest.pod);
  return { startMs, readyMs, seenAt };
}
