import { nameOf } from '../explain/reference.ts';
import { durationText } from './durations.ts';
import { type Span, type Style, span, sparkline } from './paint.ts';
import type { ExpectedTimes, WorkloadOutcome } from './report.ts';

type Line = readonly (Span | string)[];

const BARS = 24;
const NODES_NAMED_MAX = 6;
const REASONS_MAX = 4;

/** Of these nobody counts how many are ready. */
const RUN_TO_END: ReadonlySet<string> = new Set(['Job', 'CronJob']);

/** What becomes of one workload's pods, in a few lines. */
export function workloadLines(workload: WorkloadOutcome, style: Style): Line[] {
  const { about, why, pods } = workload;
  const { namespace } = style;
  const isElsewhere = about.namespace !== undefined && about.namespace !== namespace;
  const name = `${nameOf(about)}${isElsewhere ? ` in ${about.namespace}` : ''}`;
  const more = why.length > REASONS_MAX ? `, and ${why.length - REASONS_MAX} more` : '';
  const reasons = `${why.slice(0, REASONS_MAX).join(', ')}${more}`;
  const moves = [
    ...(pods.started > 0 ? [`${pods.started} start`] : []),
    ...(pods.ended > 0 ? [`${pods.ended} complete`] : []),
    ...(pods.stopped > 0 ? [`${pods.stopped} stop`] : []),
    ...(pods.kept > 0 ? [`${pods.kept} stay`] : []),
  ];
  const places = placesOf(workload);
  return [
    [`  ${name}`, ...(reasons ? [': ', span(reasons, 'cyan')] : [])],
    ...(RUN_TO_END.has(about.kind)
      ? []
      : [[`      ready  ${barsOf(workload, style)}`, ...readyText(workload)]]),
    [`      pods   ${moves.join(', ')}${places ? `; ${places}` : ''}`],
    ...expectedLines(workload.expected),
  ];
}

function barsOf({ levels, wantedAfter }: WorkloadOutcome, style: Style): string {
  const lastMs = levels.at(-1)?.atMs ?? 0;
  if (!style.hasBars) return '';
  const most = Math.max(wantedAfter, ...levels.map(({ ready }) => ready));
  const bars = sparkline(levels, { endMs: lastMs * (1 + 2 / BARS), most, width: BARS });
  return bars ? `${bars}  ` : '';
}

function readyText(workload: WorkloadOutcome): Line {
  const { readyBefore, readyAfter, wantedAfter, lowestReady, lowestAtMs, belowForMs } = workload;
  const end = `${readyBefore} → ${readyAfter} of ${wantedAfter}`;
  const ended = readyAfter < wantedAfter ? span(end, 'red') : span(end);
  const isBelow = belowForMs > 0 && lowestReady < readyBefore;
  if (!isBelow) return [ended];
  const lowest = `, lowest ${lowestReady} at ${durationText(lowestAtMs)}`;
  const low = `${lowest}, fewer than before for ${durationText(belowForMs)}`;
  return [ended, span(low, lowestReady === 0 ? 'red' : 'yellow')];
}

function placesOf({ nodes }: WorkloadOutcome): string {
  const { '': unplaced = 0, ...placed } = nodes;
  const all = Object.entries(placed);
  const named = all.slice(0, NODES_NAMED_MAX).map(([name, n]) => (n > 1 ? `${name} (${n})` : name));
  const more = all.length > NODES_NAMED_MAX ? ` and ${all.length - NODES_NAMED_MAX} more` : '';
  return [
    ...(named.length > 0 ? [`on ${named.join(', ')}${more}`] : []),
    ...(unplaced > 0 ? [`${unplaced} without a node`] : []),
  ].join('; ');
}

function expectedLines(expected: ExpectedTimes | undefined): Line[] {
  if (!expected) return [];
  const { startMs, readyMs, seenAt } = expected;
  const ready = readyMs === undefined ? 'never ready' : `ready ${durationText(readyMs)} later`;
  const source = seenAt ? `as ${seenAt} did` : 'assumed: nothing alike runs yet';
  return [[span(`      each   starts in ${durationText(startMs)}, ${ready} (${source})`, 'dim')]];
}
