import type {
  Container,
  ContainerState,
  ContainerStatus,
  EphemeralContainer,
  Pod,
  VolumeMountStatus,
} from '../api/generated/core/v1/types.ts';
import { toTime } from '../base/clock.ts';
import type { ProbeResults } from './pod-actions.ts';
import { isSidecar, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';
import { initRestartsAfter, wantsStart } from './restart-policy.ts';

/** Why a container that should run doesn't. */
export interface WaitingReason {
  /** One word: `CrashLoopBackOff`, `ErrImagePull`, `CreateContainerConfigError`, … */
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusInput {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly probes: ProbeResults;
  readonly waiting: (container: string) => WaitingReason | undefined;
  /** What was reported last, which remembers runs that the runtime has forgotten. */
  readonly previous: readonly ContainerStatus[];
  /** `containerd`: the scheme of container IDs. */
  readonly runtimeName: string;
}

type Kind = 'init' | 'main' | 'ephemeral';

/** The statuses of one list of a pod's containers: init ones in order, others by name. */
export function containerStatuses(
  containers: readonly (Container | EphemeralContainer)[],
  kind: Kind,
  input: ContainerStatusInput,
): ContainerStatus[] {
  const statuses = containers.map((container) => {
    const status = withWaiting(container, kind, baseStatus(container, input), input);
    return { ...status, ...readiness(container, kind, status, input.probes) };
  });
  if (kind !== 'init') statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
  return statuses;
}

/** The latest run and the one before; without any, what was reported last. */
function baseStatus(
  container: Container | EphemeralContainer,
  input: ContainerStatusInput,
): ContainerStatus {
  const { name } = container;
  const runs = input.runtime.containers.filter((run) => run.name === name);
  const previous = input.previous.find((status) => status.name === name);
  const [latest, before] = runs;
  if (!latest) return withoutRun(container, previous, input);
  const lastState = before ? stateOf(before, input) : keptLastState(latest, previous, input);
  return {
    name,
    state: stateOf(latest, input),
    ...(lastState && { lastState }),
    ready: false,
    restartCount: latest.restartCount,
    image: latest.image,
    imageID: latest.imageRef,
    containerID: idOf(latest, input),
    ...resourcesOf(container, latest),
    ...volumeMounts(container),
    ...(latest.user && { user: { linux: latest.user } }),
  };
}

const idOf = ({ id }: RuntimeContainer, { runtimeName }: ContainerStatusInput): string =>
  `${runtimeName}://${id}`;

/** The run before may have been removed since it was reported. */
function keptLastState(
  latest: RuntimeContainer,
  previous: ContainerStatus | undefined,
  input: ContainerStatusInput,
): ContainerState | undefined {
  if (!previous) return undefined;
  if (previous.containerID === idOf(latest, input)) return previous.lastState;
  return previous.state?.terminated ? previous.state : previous.lastState;
}

const LOST = {
  reason: 'ContainerStatusUnknown',
  message:
    'The container could not be located when the pod was deleted.  The container used to be Running',
  exitCode: 137,
} as const;

function withoutRun(
  container: Container | EphemeralContainer,
  previous: ContainerStatus | undefined,
  { pod }: ContainerStatusInput,
): ContainerStatus {
  if (previous?.state?.terminated) return previous;
  const reason = pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating';
  const lost = previous?.state?.running !== undefined && !previous.lastState?.terminated;
  const again = lost && pod.metadata.deletionTimestamp === undefined ? 1 : 0;
  const lastState = lost ? { terminated: LOST } : previous?.lastState;
  return {
    name: container.name,
    state: { waiting: { reason } },
    ...(lastState && { lastState }),
    ready: false,
    restartCount: (previous?.restartCount ?? 0) + again,
    image: container.image ?? '',
    imageID: '',
    ...volumeMounts(container),
  };
}

function stateOf(run: RuntimeContainer, input: ContainerStatusInput): ContainerState {
  const time = (ms: number | undefined) => (ms === undefined ? null : toTime(ms));
  switch (run.state) {
    case 'running':
      return { running: { startedAt: time(run.startedAt) } };
    case 'exited':
      return {
        terminated: {
          exitCode: run.exitCode,
          ...(run.reason && { reason: run.reason }),
          ...(run.message && { message: run.message }),
          startedAt: time(run.startedAt),
          finishedAt: time(run.finishedAt),
          containerID: idOf(run, input),
        },
      };
    default:
      return { waiting: {} };
  }
}

/** A container that should run but can't yet waits, for a reason; its end becomes the last state. */
function withWaiting(
  container: Container | EphemeralContainer,
  kind: Kind,
  status: ContainerStatus,
  { pod, runtime, waiting }: ContainerStatusInput,
): ContainerStatus {
  const reason = waiting(container.name);
  if (!reason || !mayStart(container, kind, pod, runtime)) return status;
  return {
    ...status,
    ...(status.state?.terminated && { lastState: status.state }),
    state: {
      waiting: { reason: reason.reason, ...(reason.message && { message: reason.message }) },
    },
  };
}

function mayStart(
  container: Container | EphemeralContainer,
  kind: Kind,
  pod: Pod,
  runtime: PodRuntime,
): boolean {
  const run = runtime.containers.find(({ name }) => name === container.name);
  if (kind === 'ephemeral') return run === undefined;
  if (kind === 'main' || run?.state !== 'exited') return wantsStart(container, pod, runtime);
  return (
    pod.metadata.deletionTimestamp === undefined && initRestartsAfter(container, pod, run.exitCode)
  );
}

function readiness(
  container: Container | EphemeralContainer,
  kind: Kind,
  { state, containerID }: ContainerStatus,
  probes: ProbeResults,
): Pick<ContainerStatus, 'ready' | 'started'> {
  if (kind === 'init' && !isSidecar(container)) {
    return { ready: state?.terminated?.exitCode === 0, started: false };
  }
  if (!state?.running) return { ready: false, started: false };
  const id = containerID?.slice(containerID.indexOf('://') + 3) ?? '';
  const started = !container.startupProbe || probes(id, 'startup') === 'success';
  const ready = !container.readinessProbe || probes(id, 'readiness') === 'success';
  // Ephemeral containers are never counted as ready: nobody is sent to them.
  return { ready: started && ready && kind !== 'ephemeral', started };
}

/** What a running container was given. */
function resourcesOf(
  { resources = {} }: Container | EphemeralContainer,
  run: RuntimeContainer,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  if (run.state !== 'running') return {};
  const { limits, requests } = resources;
  return {
    ...(requests && { allocatedResources: requests }),
    resources: { ...(limits && { limits }), ...(requests && { requests }) },
  };
}

function volumeMounts({
  volumeMounts: mounts,
}: Container | EphemeralContainer): Pick<ContainerStatus, 'volumeMounts'> {
  if (!mounts?.length) return {};
  return {
    volumeMounts: mounts.map(({ name, mountPath, readOnly }): VolumeMountStatus => {
      return { name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: 'Disabled' }) };
    }),
  };
}
