import type { Event, Pod } from '../../api/generated/core/v1/types.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import { type Evidence, type Explanation, explained, untried } from '../explanation.ts';
import type { WatchedContainer } from './containers.ts';
import { missingAmong, volumeSources } from './missing.ts';
import { explainRestarted, timesText } from './restarted.ts';

/** What a pod is explained by, beside what it says of itself. */
export interface PodContext {
  readonly events: readonly Event[];
  readonly reader: ClusterReader;
  readonly now: number;
}

/** Why a pod without any crash isn't ready, or that it is. */
export async function explainUnready(
  pod: Pod,
  containers: readonly WatchedContainer[],
  { events, reader, now }: PodContext,
): Promise<Explanation> {
  const { conditions = [] } = pod.status;
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) {
    const restarted = explainRestarted(pod, containers, { events, now });
    if (restarted) return restarted;
    return explained(pod, {
      state: 'well',
      summary: `it runs and is ready${restarts(containers)}`,
    });
  }
  const main = containers.filter(({ isInit }) => !isInit);
  const unready = main.filter(({ status }) => !status?.ready);
  const probed = unready.find(
    ({ container, status }) => container.readinessProbe && status?.state?.running,
  );
  if (probed) return notReadyYet(pod, probed, events);
  const mounting = events.find(({ reason }) => reason === 'FailedMount');
  if (mounting && !containers.some(({ status }) => status?.state?.running)) {
    const evidence = [{ subject: 'event', text: mounting.message ?? '' }];
    const advice = (await missingAmong(volumeSources(pod), pod, reader)).map((each) => each.advice);
    const summary = "it can't start: one of its volumes can't be mounted";
    return explained(pod, { state: 'wrong', summary, evidence, advice });
  }
  const sandboxless = withoutSandbox(pod, events);
  if (sandboxless) return sandboxless;
  return explained(pod, { state: 'waiting', summary: startingText(pod, containers, unready) });
}

/** What a glance at a pod that is ready doesn't show: that it wasn't always. */
function restarts(containers: readonly WatchedContainer[]): string {
  const restarted = containers.filter(({ status }) => (status?.restartCount ?? 0) > 0);
  return restarted
    .map(({ container, status }) => {
      const { exitCode, reason } = status?.lastState?.terminated ?? {};
      const how = exitCode === undefined ? '' : ` (last: exit code ${exitCode}, ${reason})`;
      return `; ${container.name} was restarted ${timesText(status?.restartCount ?? 1)}${how}`;
    })
    .join('');
}

/** A pod whose sandbox can't be made, of which it was tried more than once and nothing else since. */
function withoutSandbox(pod: Pod, events: readonly Event[]): Explanation | undefined {
  const last = events.findIndex(({ reason }) => reason !== SANDBOX_FAILED);
  const failures = last < 0 ? events : events.slice(0, last);
  const times = failures.reduce((sum, { count }) => sum + (count ?? 1), 0);
  if (times < 2) return undefined;
  return explained(pod, {
    state: 'wrong',
    summary: `its sandbox can't be made; it was tried ${timesText(times)}`,
    evidence: [{ subject: 'event', text: (failures[0]?.message ?? '').trim() }],
    advice: [untried(`see what the agent and the container runtime on ${pod.spec.nodeName} write`)],
  });
}

const SANDBOX_FAILED = 'FailedCreatePodSandBox';

function notReadyYet(
  pod: Pod,
  { container: { name } }: WatchedContainer,
  events: readonly Event[],
): Explanation {
  const { namespace, name: podName } = pod.metadata;
  return explained(pod, {
    state: 'waiting',
    summary: `container ${name} runs, but its readiness probe doesn't succeed`,
    evidence: probeFailures(events),
    advice: [
      untried(
        `see that the probe asks the right port and path, and what ${name} writes`,
        `tutti logs pod/${podName} -n ${namespace} -c ${name}`,
      ),
    ],
  });
}

function startingText(
  { spec, status }: Pod,
  containers: readonly WatchedContainer[],
  unready: readonly WatchedContainer[],
): string {
  const init = containers.find(({ isInit, status }) => isInit && status?.state?.running);
  if (init) return `its init container ${init.container.name} runs since ${sinceOf(init)}`;
  const names = unready.map(({ container }) => container.name).join(', ');
  if (names) return `${names} ${unready.length === 1 ? 'is' : 'are'} being started`;
  const gate = (spec.readinessGates ?? []).find(
    ({ conditionType }) =>
      !status.conditions?.some((each) => each.type === conditionType && each.status === 'True'),
  );
  return gate ? `its readiness gate ${gate.conditionType} isn't true` : 'it is being started';
}

const sinceOf = ({ status }: WatchedContainer): string =>
  status?.state?.running?.startedAt ?? 'some time';

const probeFailures = (events: readonly Event[]): Evidence[] =>
  events
    .filter(({ reason, message = '' }) => reason === 'Unhealthy' && message.startsWith('Readiness'))
    .slice(0, 2)
    .map(({ message = '', count = 1 }) => ({
      subject: 'probe',
      text: `${message.trim()}${count > 1 ? ` (${timesText(count)})` : ''}`,
    }));
