import type { Examination } from './schedule.ts';
import type { Rejection } from './verdict.ts';

/** How often each reason was given. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();

  add(reason: string, times = 1): void {
    if (times > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + times);
  }

  addAll({ reasons }: Rejection, times = 1): void {
    for (const { message } of reasons) this.add(message, times);
  }

  /** `1 Insufficient cpu, 2 node(s) were unschedulable`: in the order of the texts. */
  toString(): string {
    return [...this.#counts]
      .map(([reason, times]) => `${times} ${reason}`)
      .sort()
      .join(', ');
  }
}

/** `0/3 nodes are available: 3 Insufficient cpu.` */
export const unavailable = (nodeCount: number, why: string): string =>
  `0/${nodeCount} nodes are available:${why ? ` ${why}.` : ''}`;

/**
 * Why a pod isn't placed, in Kubernetes' words, for its condition and event. `afterwards` is what
 * came of the attempts to make room.
 */
export function fitMessage(examination: Examination, afterwards: string): string {
  const { nodeCount, verdicts, feasible, rest, isRefused } = examination;
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const why = isRefused
    ? (rest?.rejection.reasons.map(({ message }) => message).join(', ') ?? '')
    : countReasons(examination, nodeCount - verdicts.length - feasible.length).toString();
  return unavailable(nodeCount, why) + (afterwards ? ` ${afterwards}` : '');
}

function countReasons({ verdicts, rest }: Examination, others: number): ReasonCounts {
  const counts = new ReasonCounts();
  for (const { rejection } of verdicts) counts.addAll(rejection);
  if (rest) counts.addAll(rest.rejection, others);
  return counts;
}

/** The plugins that refused the pod anywhere: what it has to wait for. */
export function rejectingPlugins({ verdicts, rest }: Examination): Set<string> {
  const plugins = new Set(verdicts.map(({ plugin }) => plugin));
  if (rest) plugins.add(rest.plugin);
  return plugins;
}
