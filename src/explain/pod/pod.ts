import { nodes, persistentVolumeClaims } from '../../api/generated/core/v1/resources.ts';
import type { Event, Pod } from '../../api/generated/core/v1/types.ts';
import { explainClaim } from '../claim.ts';
import { type ClusterReader, HIDDEN, ifAllowed, warningsIn } from '../cluster-reader.ts';
import { explainDeletion } from '../deletion.ts';
import { type Evidence, type Explanation, explained, untried } from '../explanation.ts';
import { explainNode } from '../node.ts';
import { explainPending } from '../placement/pending.ts';
import { explainUncontrolled } from '../uncontrolled.ts';
import { containersOf, type WatchedContainer } from './containers.ts';
import { explainStopped } from './stopped.ts';
import { explainUnready, type PodContext } from './unready.ts';
import { explainWaiting, hasTrouble } from './waiting.ts';

const EVENTS_SHOWN = 3;

/** Why a pod isn't running and ready, if it isn't. */
export async function explainPod(
  pod: Pod,
  reader: ClusterReader,
  { now }: { readonly now: number },
): Promise<Explanation> {
  const deletion = explainDeletion(pod, { now });
  if (deletion) return withNode(deletion, pod, reader);
  if (!pod.spec.nodeName) return explainUnplaced(pod, reader);
  const node = isReadyOrOver(pod) ? undefined : await troubleOfNode(pod, reader);
  if (node) {
    // What is reported of its containers is as old as the node's last word, and logs aren't to be had.
    const summary = `its node ${pod.spec.nodeName} isn't ready`;
    return explained(pod, { state: 'wrong', summary, causes: [node] });
  }
  const events = await reader.eventsOf(pod);
  const found = await explainPlaced(pod, { events, reader, now });
  const isTold = found.state === 'well' || found.evidence.length > 0;
  return isTold ? found : { ...found, evidence: warningsOf(events) };
}

function isReadyOrOver({ status: { phase, conditions = [] } }: Pod): boolean {
  if (phase === 'Failed' || phase === 'Succeeded') return true;
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Why it has no node, and where that is for a claim's sake, why that has no volume. */
async function explainUnplaced(pod: Pod, reader: ClusterReader): Promise<Explanation> {
  const objects = await ifAllowed(reader.objectsForPlacing());
  const found = objects === HIDDEN ? asScheduled(pod) : explainPending(pod, objects);
  const { namespace, name } = pod.metadata;
  const wanted = (pod.spec.volumes ?? []).flatMap((volume) =>
    volume.ephemeral ? `${name}-${volume.name}` : (volume.persistentVolumeClaim?.claimName ?? []),
  );
  const all = await ifAllowed(reader.list(persistentVolumeClaims, namespace));
  const known = all === HIDDEN ? [] : all;
  const claims = known.filter(({ metadata }) => wanted.includes(metadata.name));
  const explanations = await Promise.all(
    claims.map((claim) => explainUncontrolled(claim, reader) ?? explainClaim(claim, reader)),
  );
  return { ...found, causes: explanations.filter(({ state }) => state === 'wrong') };
}

/** For those who may not see nodes and all pods: what the scheduler has said. */
function asScheduled(pod: Pod): Explanation {
  const told = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  return explained(pod, {
    state: told?.status === 'False' ? 'wrong' : 'waiting',
    summary: 'it has no node',
    evidence: told ? [{ subject: 'scheduler', text: told.message ?? '' }] : [],
    advice: [untried('let somebody ask who may see nodes: changes are tried on all that there is')],
  });
}

/** Who ends a pod is its node: as long as that says nothing, the pod stays. */
async function withNode(
  deletion: Explanation,
  pod: Pod,
  reader: ClusterReader,
): Promise<Explanation> {
  const node = await troubleOfNode(pod, reader);
  if (!node) return deletion;
  const { namespace, name } = pod.metadata;
  const text = `if ${pod.spec.nodeName} is gone for good, delete the pod without it`;
  const command = `kubectl delete pod/${name} -n ${namespace} --force --grace-period=0`;
  const advice = [...deletion.advice, untried(text, command)];
  return { ...deletion, state: 'wrong', advice, causes: [node] };
}

/** What is the matter with a pod's node, if it isn't ready. */
async function troubleOfNode(pod: Pod, reader: ClusterReader): Promise<Explanation | undefined> {
  if (!pod.spec.nodeName) return undefined;
  const node = await reader.findIfAllowed(nodes, { name: pod.spec.nodeName });
  if (node === undefined || node === HIDDEN) return undefined;
  const isReady = node.status?.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  return isReady ? undefined : explainNode(node, reader);
}

async function explainPlaced(pod: Pod, context: PodContext): Promise<Explanation> {
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
  // A reason of the pod's own is why its containers have ended, too: it was evicted, say.
  if (phase === 'Failed' && (reason || !ended)) {
    return explained(pod, { state: 'wrong', summary: failureText(reason, message) });
  }
  const crashed = all.find(isCrashing) ?? ended;
  if (crashed) return explainStopped(pod, crashed, context);
  const troubled = all.find(hasTrouble);
  if (troubled) return explainWaiting(pod, troubled, context);
  return explainUnready(pod, all, context);
}

function failureText(reason: string | undefined, message: string | undefined): string {
  if (reason === 'Evicted') return `it was evicted: ${message ?? 'nobody said why'}`;
  return `it has failed: ${[reason, message].filter(Boolean).join(': ') || 'nobody said why'}`;
}

const isCrashing = ({ status }: WatchedContainer): boolean =>
  status?.state?.waiting?.reason === 'CrashLoopBackOff';

const warningsOf = (events: readonly Event[]): Evidence[] =>
  warningsIn(events)
    .slice(0, EVENTS_SHOWN)
    .map(({ reason, message }) => ({ subject: 'event', text: `${reason}: ${message}` }));
