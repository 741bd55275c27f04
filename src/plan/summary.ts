import { nameOf } from '../explain/reference.ts';
import { durationText } from './durations.ts';
import type { Plan, WorkloadOutcome } from './report.ts';

const WORKLOADS_NAMED_MAX = 2;

/** The whole plan in one line. */
export function summaryOf(plan: Omit<Plan, 'summary'>): string {
  const { outcome, counts, objects } = plan;
  if (outcome === 'unchanged') {
    const { unchanged } = counts;
    if (objects.length === 0) return 'Plan: no changes; there is nothing to delete';
    const all = unchanged === 1 ? '1 object is' : `all ${unchanged} objects are`;
    return `Plan: no changes; ${all} as the manifests say`;
  }
  const parts = [
    `${counts.create} to create, ${counts.change} to change, ${counts.delete} to delete`,
    ...(counts.refused > 0 ? [`${counts.refused} refused`] : []),
  ];
  const isMoving = plan.workloads.length > 0;
  if (objects.length === 0 && !isMoving) return `Plan: FAILS; ${counts.refused} refused`;
  const head = outcome === 'fails' ? 'Plan: FAILS' : 'Plan:';
  const ends = [
    durationOf(plan),
    ...plan.workloads.filter(isTold).slice(0, WORKLOADS_NAMED_MAX).map(fateOf),
  ];
  return `${head}${outcome === 'fails' ? '; ' : ' '}${[parts.join(', '), ...ends].join('; ')}`;
}

function durationOf({ durationMs, isSettled, outcome }: Omit<Plan, 'summary'>): string {
  if (!isSettled) return `not done after ${durationText(durationMs)}`;
  if (outcome === 'fails') return `at rest after ${durationText(durationMs)}`;
  return durationMs < 100 ? 'done at once' : `done in ~${durationText(durationMs)}`;
}

/** Those that matter to others: they were there and are to stay. */
const isTold = ({ wantedAfter, readyBefore }: WorkloadOutcome): boolean =>
  wantedAfter > 0 || readyBefore > 0;

function fateOf(workload: WorkloadOutcome): string {
  const { about, readyBefore, readyAfter, wantedAfter, lowestReady, readyAtMs } = workload;
  const name = about.name;
  if (readyBefore > 0 && readyAfter < wantedAfter) {
    const isLower = lowestReady < Math.min(readyBefore, readyAfter);
    const low = isLower ? `, ${lowestReady} at times` : '';
    return `${name} stays at ${readyAfter} of ${wantedAfter} ready${low}`;
  }
  if (readyBefore > 0 && wantedAfter > 0) {
    const least = Math.min(lowestReady, wantedAfter);
    return `${name} never below ${least} of ${Math.min(readyBefore, wantedAfter)} ready`;
  }
  if (readyAfter < wantedAfter) return `${name} ${readyAfter} of ${wantedAfter} ready`;
  if (wantedAfter === 0) return `${nameOf(about)} ends`;
  return `${name} ready after ${durationText(readyAtMs ?? 0)}`;
}
