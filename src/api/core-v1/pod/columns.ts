import { parseTime } from '../../../base/clock.ts';
import { age, ageColumn, NONE, nameColumn } from '../../columns.ts';
import { type Column, column, type RowCondition } from '../../definition.ts';
import type {
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
} from '../../generated/core/v1/types.ts';
import { isSidecar } from './effective-resources.ts';

/** What `kubectl get pods` shows of a pod's containers. */
interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** When a container last ended to be restarted: RFC 3339. */
  readonly lastRestart: string | undefined;
}

const isTrue = (conditions: readonly PodCondition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

/** `Completed`, `Signal:9`, `ExitCode:1`: why a container ended. */
function endedBecause({ reason, signal, exitCode }: NonNullable<ContainerState['terminated']>) {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** Restarts of some containers, and when the last of them was. */
class Restarts {
  count = 0;
  last: string | undefined;

  add({ restartCount, lastState }: ContainerStatus): void {
    this.count += restartCount;
    const ended = lastState?.terminated?.finishedAt ?? undefined;
    if ((parseTime(ended) ?? 0) > (parseTime(this.last) ?? 0)) this.last = ended;
  }
}

interface Starting {
  readonly restarts: Restarts;
  readonly sidecarRestarts: Restarts;
  readonly readySidecars: number;
  /** What holds the pod back, unless its init containers are through. */
  readonly status: string | undefined;
}

/** Looks at init containers in their order up to the one that isn't through. */
function summarizeStart({ spec, status }: Pod): Starting {
  const { initContainers = [] } = spec;
  const sidecars = new Set(initContainers.filter(isSidecar).map(({ name }) => name));
  const [restarts, sidecarRestarts] = [new Restarts(), new Restarts()];
  let readySidecars = 0;
  for (const [i, container] of (status.initContainerStatuses ?? []).entries()) {
    restarts.add(container);
    const isRunningSidecar = sidecars.has(container.name) && container.started === true;
    if (sidecars.has(container.name)) sidecarRestarts.add(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isRunningSidecar) {
      if (container.ready) readySidecars++;
      continue;
    }
    const why = terminated
      ? endedBecause(terminated)
      : waiting?.reason && waiting.reason !== 'PodInitializing'
        ? waiting.reason
        : `${i}/${initContainers.length}`;
    return { restarts, sidecarRestarts, readySidecars, status: `Init:${why}` };
  }
  return { restarts, sidecarRestarts, readySidecars, status: undefined };
}

function summarizeRunning(pod: Pod, start: Starting, before: string) {
  const restarts = start.sidecarRestarts;
  let [status, ready, isRunning] = [before, start.readySidecars, false];
  for (const container of (pod.status.containerStatuses ?? []).toReversed()) {
    restarts.add(container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) status = waiting.reason;
    else if (terminated) status = endedBecause(terminated);
    else if (container.ready && running) {
      isRunning = true;
      ready++;
    }
  }
  // One container that is done doesn't make the pod so while another runs.
  if (status === 'Completed' && isRunning) {
    status = isTrue(pod.status.conditions, 'Ready') ? 'Running' : 'NotReady';
  }
  return { status, ready, restarts };
}

/** The word that tells most about the pod before its containers are looked at. */
function ownStatus({ phase, reason, conditions }: Pod['status']): string {
  const gated = conditions?.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : reason || (phase ?? '');
}

const isOver = (phase: string | undefined): boolean => phase === 'Failed' || phase === 'Succeeded';

function summarize(pod: Pod): Summary {
  const { metadata, spec, status } = pod;
  const start = summarizeStart(pod);
  let shown = {
    status: start.status ?? ownStatus(status),
    ready: start.readySidecars,
    restarts: start.restarts,
  };
  if (start.status === undefined || isTrue(status.conditions, 'Initialized')) {
    shown = summarizeRunning(pod, start, shown.status);
  }
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') shown.status = 'Unknown';
    else if (!isOver(status.phase)) shown.status = 'Terminating';
  }
  const sidecars = spec.initContainers?.filter(isSidecar) ?? [];
  return {
    ready: shown.ready,
    total: spec.containers.length + sidecars.length,
    status: shown.status,
    restarts: shown.restarts.count,
    lastRestart: shown.restarts.last,
  };
}

// The cells of a row come from one look at the pod.
const summaries = new WeakMap<Pod, Summary>();

function summaryOf(pod: Pod): Summary {
  let summary = summaries.get(pod);
  if (summary === undefined) {
    summary = summarize(pod);
    summaries.set(pod, summary);
  }
  return summary;
}

function restartsCell(pod: Pod, now: number): string {
  const { restarts, lastRestart } = summaryOf(pod);
  return lastRestart && restarts > 0 ? `${restarts} (${age(lastRestart, now)} ago)` : `${restarts}`;
}

function gatesCell({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const open = gates.filter(({ conditionType }) => isTrue(status.conditions, conditionType));
  return `${open.length}/${gates.length}`;
}

const wide = { priority: 1 };

/** What `kubectl get pods` shows. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  column('Ready', 'string', (pod) => `${summaryOf(pod).ready}/${summaryOf(pod).total}`),
  column('Status', 'string', (pod) => summaryOf(pod).status),
  column('Restarts', 'string', (pod, { now }) => restartsCell(pod, now)),
  ageColumn,
  column('IP', 'string', ({ status }) => status.podIPs?.[0]?.ip || NONE, wide),
  column('Node', 'string', ({ spec }) => spec.nodeName || NONE, wide),
  column('Nominated Node', 'string', ({ status }) => status.nominatedNodeName || NONE, wide),
  column('Readiness Gates', 'string', gatesCell, wide),
];

const COMPLETED: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [
    {
      type: 'Completed',
      status: 'True',
      reason: 'Succeeded',
      message: 'The pod has completed successfully.',
    },
  ],
  Failed: [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
};

const NO_CONDITIONS: readonly RowCondition[] = [];

/** Whether the pod is over, which clients show faintly. */
export const podRowConditions = ({ status }: Pod): readonly RowCondition[] =>
  COMPLETED[status.phase ?? ''] ?? NO_CONDITIONS;
