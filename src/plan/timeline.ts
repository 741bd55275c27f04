import type { Moment } from './report.ts';
import type { PodRecord, WorkloadRecord } from './workload-record.ts';

/** What happened to pods when. Those of a workload to which the same happened at once share a line. */
export function timelineOf(records: Iterable<WorkloadRecord>): Moment[] {
  const moments = [...records].flatMap(momentsOf);
  return moments.sort((a, b) => a.atMs - b.atMs);
}

function momentsOf(record: WorkloadRecord): Moment[] {
  const all = [...record.pods.values()];
  const steps: readonly (readonly [PodRecord[], (pod: PodRecord) => number | undefined, string])[] =
    [
      [all, ({ createdAtMs }) => createdAtMs, 'made'],
      [all.filter(isNew), ({ readyAtMs }) => readyAtMs, 'ready'],
      [all, ({ endedAtMs }) => endedAtMs, 'completed'],
      [all.filter(({ wasStopping }) => !wasStopping), ({ stoppedAtMs }) => stoppedAtMs, 'stopped'],
    ];
  return steps.flatMap(([pods, timeOf, what]) =>
    [...byTime(pods, timeOf)].map(([atMs, group]) => ({
      atMs,
      about: record.workload.about,
      text: `${podsText(group)} ${what}${placesOf(group, what)}; ${readyAt(record, atMs)} ready`,
    })),
  );
}

const isNew = ({ createdAtMs }: PodRecord): boolean => createdAtMs !== undefined;

function byTime(
  pods: readonly PodRecord[],
  timeOf: (pod: PodRecord) => number | undefined,
): Map<number, PodRecord[]> {
  const found = new Map<number, PodRecord[]>();
  for (const pod of pods) {
    const atMs = timeOf(pod);
    if (atMs === undefined) continue;
    const group = found.get(atMs);
    if (group) group.push(pod);
    else found.set(atMs, [pod]);
  }
  return found;
}

const podsText = (group: readonly PodRecord[]): string =>
  group.length === 1 ? `pod ${group[0]?.name}` : `${group.length} pods`;

function placesOf(group: readonly PodRecord[], what: string): string {
  if (what !== 'made') return '';
  const names = new Set(group.flatMap(({ pod }) => pod.spec.nodeName ?? []));
  if (names.size === 0) return ', without a node';
  return names.size > 3 ? ` on ${names.size} nodes` : ` on ${[...names].sort().join(', ')}`;
}

/** How many were ready once all that happened at that moment had happened. */
const readyAt = ({ levels }: WorkloadRecord, atMs: number): number =>
  levels.findLast((level) => level.atMs <= atMs)?.ready ?? 0;
