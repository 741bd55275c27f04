import type { Event, Pod } from '../../api/generated/core/v1/types.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import { explainDeletion } from '../deletion.ts';
import { type Evidence, type Explanation, explained } from '../explanation.ts';
import { explainPending } from '../placement/pending.ts';
import { containersOf, type WatchedContainer } from './containers.ts';
import { explainStopped } from './stopped.ts';
import { explainUnready } from './unready.ts';
import { explainWaiting, hasTrouble } from './waiting.ts';

const EVENTS_SHOWN = 3;

/** Why a pod isn't running and ready, if it isn't. */
export async function explainPod(
  pod: Pod,
  reader: ClusterReader,
  { now }: { readonly now: number },
): Promise<Explanation> {
  const deletion = explainDeletion(pod, { now });
  if (deletion) return deletion;
  if (!pod.spec.nodeName) return explainPending(pod, await reader.objectsForPlacing());
  const events = await reader.eventsOf(pod);
  const found = await explainPlaced(pod, events, reader);
  const isTold = found.state === 'well' || found.evidence.length > 0;
  return isTold ? found : { ...found, evidence: warningsOf(events) };
}

async function explainPlaced(
  pod: Pod,
  events: readonly Event[],
  reader: ClusterReader,
): Promise<Explanation> {
  const { phase, reason, message } = pod.status;
  if (phase === 'Succeeded') {
    return explained(pod, {
      state: 'well',
      summary: 'it has succeeded',
    });
  }
  const all = containersOf(pod);
  const ended = all.find(
    ({ status }) => status?.state?.terminated && status.state.terminated.exitCode !== 0,
  );
  if (phase === 'Failed' && !ended) {
    const summary = `it has failed: ${[reason, message].filter(Boolean).join(': ') || 'nobody said why'}`;
    return explained(pod, { state: 'wrong', summary });
  }
  const crashed = all.find(isCrashing) ?? (phase === 'Failed' ? ended : undefined);
  if (crashed) return explainStopped(pod, crashed, { events, reader });
  const troubled = all.find(hasTrouble);
  if (troubled) return explainWaiting(pod, troubled, { events, reader });
  return explainUnready(pod, all, events);
}

const isCrashing = ({ status }: WatchedContainer): boolean =>
  status?.state?.waiting?.reason === 'CrashLoopBackOff';

/** The newest warnings, each once. */
function warningsOf(events: readonly Event[]): Evidence[] {
  const texts = events
    .filter(({ type }) => type === 'Warning')
    .map(({ reason = '', message = '' }) => `${reason}: ${message.trim()}`);
  return [...new Set(texts)].slice(0, EVENTS_SHOWN).map((text) => ({ subject: 'event', text }));
}
