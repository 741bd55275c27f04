import type {
  ContainerStatus,
  Pod,
  PodCondition,
  PodPhase,
} from '../api/generated/core/v1/types.ts';
import { toTime } from '../base/clock.ts';
import { neededSandbox } from './pod-actions.ts';
import { hasStarted } from './pod-phase.ts';
import { isSidecar, type PodRuntime } from './pod-runtime.ts';

/** The conditions that a node agent sets; others on the pod belong to others. */
export const OWN_CONDITIONS: readonly string[] = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
];

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

const TRUE: Verdict = { status: 'True' };
const no = (reason?: string, message?: string): Verdict => ({
  status: 'False',
  ...(reason && { reason }),
  ...(message && { message }),
});

export interface ConditionsInput {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly statuses: readonly ContainerStatus[];
  readonly phase: PodPhase;
  /** Last reported: times are kept while a condition stays as it is. */
  readonly previous: readonly PodCondition[];
  readonly now: number;
}

/** The agent's own conditions, in the order in which users see them. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const { pod, runtime, previous, now } = input;
  const containers = containersReady(input);
  const verdicts: Readonly<Record<string, Verdict>> = {
    PodReadyToStartContainers: neededSandbox(pod, runtime) === undefined ? TRUE : no(),
    Initialized: initialized(input),
    Ready: containers.status === 'True' ? gatesReady(pod) : containers,
    ContainersReady: containers,
    PodScheduled: TRUE,
  };
  return OWN_CONDITIONS.map((type) => {
    const verdict = verdicts[type]!;
    const before = previous.find((condition) => condition.type === type);
    const same = before?.status === verdict.status;
    return {
      type,
      ...(pod.metadata.generation && { observedGeneration: pod.metadata.generation }),
      status: verdict.status,
      lastProbeTime: null,
      lastTransitionTime: same ? before.lastTransitionTime : toTime(now),
      ...(verdict.reason && { reason: verdict.reason }),
      ...(verdict.message && { message: verdict.message }),
    };
  });
}

/** `[a b]`, as messages list names. */
const list = (names: readonly string[]): string => `[${names.join(' ')}]`;

function containersReady({ pod, statuses, phase }: ConditionsInput): Verdict {
  const counted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  const of = (name: string) => statuses.find((status) => status.name === name);
  const unknown = counted.filter(({ name }) => !of(name)).map(({ name }) => name);
  const unready = counted.filter(({ name }) => of(name)?.ready === false).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return no('PodCompleted');
  if (phase === 'Failed') return no('PodFailed');
  return listed('ContainersNotReady', { unknown, unready });
}

function listed(reason: string, names: Readonly<Record<string, readonly string[]>>): Verdict {
  const parts = Object.entries(names)
    .filter(([, found]) => found.length > 0)
    .map(([what, found]) => `containers with ${what} status: ${list(found)}`);
  return parts.length > 0 ? no(reason, parts.join(', ')) : TRUE;
}

function initialized({ pod, statuses, phase }: ConditionsInput): Verdict {
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    if (!status) unknown.push(container.name);
    else if (!(isSidecar(container) ? status.started : status.ready)) incomplete.push(status.name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) {
    return { status: 'True', reason: 'PodCompleted' };
  }
  if (hasStarted(pod, statuses)) return TRUE;
  return listed('ContainersNotInitialized', { unknown, incomplete });
}

/** Conditions that others set, without which the pod counts as not ready (KEP-580). */
function gatesReady({ spec, status }: Pod): Verdict {
  const closed = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = status.conditions?.find(({ type }) => type === conditionType);
    if (!condition) {
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    }
    if (condition.status === 'True') return [];
    const gate = `the status of pod readiness gate "${conditionType}"`;
    return [`${gate} is not "True", but ${condition.status}`];
  });
  return closed.length > 0 ? no('ReadinessGatesNotReady', closed.join(', ')) : TRUE;
}
