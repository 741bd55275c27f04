import type { ContainerStateTerminated, Event, Pod } from '../../api/generated/core/v1/types.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import {
  type Advice,
  type Evidence,
  type Explanation,
  explained,
  untried,
} from '../explanation.ts';
import { shownAmount } from '../placement/amounts.ts';
import type { WatchedContainer } from './containers.ts';
import { livenessAdvice, livenessFailures, timesText, wasFoundDead } from './restarted.ts';
import { startFailure } from './start-failure.ts';

const LOG_LINES = 5;

/** Why a container has ended, or ends again and again. */
export async function explainStopped(
  pod: Pod,
  watched: WatchedContainer,
  { events, reader }: { readonly events: readonly Event[]; readonly reader: ClusterReader },
): Promise<Explanation> {
  const { container, status } = watched;
  const { name } = container;
  const now = status?.state?.terminated;
  const ended = now ?? status?.lastState?.terminated;
  const failure = failureOf(watched, ended, events);
  const times = status?.restartCount ?? 0;
  const often = now ? '' : `, and was restarted ${timesText(times)}`;
  const previous = now === undefined;
  const log = await reader.logTail(pod, name, { previous, lines: LOG_LINES });
  return explained(pod, {
    state: 'wrong',
    summary: `${watched.isInit ? 'init container' : 'container'} ${name} ${failure.what}${often}`,
    evidence: [
      ...failure.evidence,
      ...(ended?.message ? [{ subject: 'last words', text: ended.message.trim() }] : []),
      ...(log ?? []).map((text) => ({ subject: 'log', text })),
    ],
    advice: failure.advice,
  });
}

interface Failure {
  readonly what: string;
  readonly evidence: readonly Evidence[];
  readonly advice: readonly Advice[];
}

function failureOf(
  { container }: WatchedContainer,
  ended: ContainerStateTerminated | undefined,
  events: readonly Event[],
): Failure {
  if (!ended) return { what: 'has ended', evidence: [], advice: [] };
  if (ended.reason === 'OOMKilled') return outOfMemory(container.resources?.limits?.memory);
  if (ended.reason === 'StartError') {
    const { what, advice } = startFailure(ended.message ?? '');
    return { what: `can't start: ${what}`, evidence: [], advice: [advice] };
  }
  if (wasFoundDead(container.name, events)) return notAlive(container.name, events);
  const { exitCode } = ended;
  return {
    what: `ends with exit code ${exitCode}${MEANINGS[exitCode] ? `: ${MEANINGS[exitCode]}` : ''}`,
    evidence: [],
    advice: ADVICE[exitCode] ? [untried(ADVICE[exitCode])] : [],
  };
}

/** What exit codes mean by the customs of shells and signals. */
const MEANINGS: Readonly<Record<number, string>> = {
  0: 'it did what it had to do',
  126: 'its command is no program',
  127: 'its command was not found',
  137: 'it was killed (SIGKILL)',
  139: 'it crashed (SIGSEGV)',
  143: 'it was asked to end (SIGTERM)',
};

const ADVICE: Readonly<Record<number, string>> = {
  0: 'a container that is to be run once belongs into a Job, or a pod with restartPolicy OnFailure',
  126: 'see that the command in its manifest can be executed in the image',
  127: 'see that the command in its manifest is in the image, with its full path',
};

function outOfMemory(limit: string | undefined): Failure {
  const text = limit
    ? `its limit is ${limit}`
    : 'it has no limit of its own: the node ran out of it';
  const doubled = limit && shownAmount('memory', parseQuantity(limit).value * 2);
  return {
    what: 'ran out of memory and was killed',
    evidence: [{ subject: 'memory', text }],
    advice: [
      untried(
        doubled
          ? `raise its memory limit, to ${doubled} for a start, or find out what it needs so much for`
          : 'give it a memory limit, so that it is the one to suffer, and more to the node',
      ),
    ],
  };
}

const notAlive = (name: string, events: readonly Event[]): Failure => ({
  what: 'is killed because its liveness probe fails',
  evidence: livenessFailures(events).map((text) => ({ subject: name, text })),
  advice: [livenessAdvice],
});
