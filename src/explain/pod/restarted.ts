import type { Event, Pod } from '../../api/generated/core/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import { type Explanation, explained, untried } from '../explanation.ts';
import type { WatchedContainer } from './containers.ts';

/** After so long without another one, a restart is history. */
const RECENT_MS = 10 * 60_000;
const FAILURES_SHOWN = 2;

/** `once`, `3 times`. */
export const timesText = (times: number): string => (times === 1 ? 'once' : `${times} times`);

/** Whether a container was ended because its liveness probe failed. */
export const wasFoundDead = (name: string, events: readonly Event[]): boolean =>
  events.some(
    ({ reason, message = '' }) =>
      reason === 'Killing' && message.includes(name) && message.includes('liveness'),
  );

/** What liveness probes of a pod got for an answer, the newest first. */
export const livenessFailures = (events: readonly Event[]): readonly string[] =>
  events
    .filter(({ reason, message = '' }) => reason === 'Unhealthy' && message.startsWith('Liveness'))
    .slice(0, FAILURES_SHOWN)
    .map(({ message = '' }) => message.trim());

/** Advice on liveness probes that end what is well. */
export const livenessAdvice = untried(
  'see that the probe asks the right port and path, and gives it time to start (startupProbe)',
);

/** A pod that is ready between one restart by a liveness probe and, maybe, the next. */
export function explainRestarted(
  pod: Pod,
  containers: readonly WatchedContainer[],
  { events, now }: { readonly events: readonly Event[]; readonly now: number },
): Explanation | undefined {
  const found = containers.find(({ container: { name }, status }) => {
    const endedAt = parseTime(status?.lastState?.terminated?.finishedAt);
    return endedAt !== undefined && now - endedAt <= RECENT_MS && wasFoundDead(name, events);
  });
  if (!found) return undefined;
  const { container, status } = found;
  const seconds = Math.max(
    0,
    Math.round((now - (parseTime(status?.lastState?.terminated?.finishedAt) ?? now)) / 1000),
  );
  const often = timesText(status?.restartCount ?? 1);
  return explained(pod, {
    state: 'waiting',
    summary: `it is ready, but ${container.name} was restarted ${often}, last ${seconds} s ago, because its liveness probe failed`,
    evidence: livenessFailures(events).map((text) => ({ subject: container.name, text })),
    advice: [livenessAdvice],
  });
}
