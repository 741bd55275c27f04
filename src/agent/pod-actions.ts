import type { Container, Pod } from '../api/generated/core/v1/types.ts';
import type { PodSandboxStatus } from '../runtime/cri-types.ts';
import {
  containerHash,
  isSidecar,
  latestRun,
  type PodRuntime,
  type RuntimeContainer,
  usesHostNetwork,
} from './pod-runtime.ts';
import { initRestartsAfter, restartsAfter, wantsStart } from './restart-policy.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';
export type ProbeResult = 'success' | 'failure';

/** What probes have found out about a run of a container; undefined while they haven't. */
export type ProbeResults = (containerId: string, kind: ProbeKind) => ProbeResult | undefined;

export interface PodObserved {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly probes: ProbeResults;
}

export interface ContainerToStop {
  readonly run: RuntimeContainer;
  /** For the event: what is wrong, and what follows. */
  readonly message: string;
  /** A probe that failed may bring a grace period of its own. */
  readonly probe?: 'liveness' | 'startup';
}

export interface ContainerToStart {
  readonly container: Container;
  readonly kind: 'init' | 'main' | 'ephemeral';
}

/** The next steps for a pod that shall run, in the order: stop, sandbox, start. */
export interface PodActions {
  /** Stop whatever still runs, and the sandboxes. Without a new sandbox the pod is at its end. */
  readonly killPod: boolean;
  /** Make a sandbox, as this attempt, in place of any other. */
  readonly sandboxAttempt: number | undefined;
  /** The sandbox to start containers in. */
  readonly sandbox: PodSandboxStatus | undefined;
  readonly stop: readonly ContainerToStop[];
  readonly start: readonly ContainerToStart[];
}

const NOTHING: PodActions = {
  killPod: false,
  sandboxAttempt: undefined,
  sandbox: undefined,
  stop: [],
  start: [],
};

/** Decides the next steps for a pod from what runs of it. Pure. */
export function computePodActions(observed: PodObserved): PodActions {
  const { pod, runtime } = observed;
  const attempt = neededSandbox(pod, runtime);
  if (attempt !== undefined) return beginAnew(pod, runtime, attempt);

  const sandbox = runtime.sandboxes[0]!;
  const base = { ...NOTHING, sandbox, start: newEphemerals(pod, runtime) };
  const init = initActions(observed, sandbox);
  if (init.failed) return { ...base, killPod: true, start: [] };
  if (!init.done) {
    return { ...base, stop: init.stop, start: [...base.start, ...init.start] };
  }
  const main = mainActions(observed);
  if (!main.keep && main.start.length === 0) return { ...base, killPod: true, start: [] };
  return {
    ...base,
    stop: [...init.stop, ...main.stop],
    start: [...base.start, ...init.start, ...main.start],
  };
}

/** The attempt that a new sandbox would be; undefined while the present one is good. */
export function neededSandbox(pod: Pod, { sandboxes }: PodRuntime): number | undefined {
  const [latest] = sandboxes;
  if (!latest) return 0;
  const ready = sandboxes.filter(({ state }) => state === 'ready');
  const onHost = usesHostNetwork(pod);
  const good =
    ready.length === 1 &&
    latest.state === 'ready' &&
    (latest.namespaces.network === 'node') === onHost &&
    (onHost || latest.ips.length > 0);
  return good ? undefined : latest.metadata.attempt + 1;
}

/** Without a sandbox all begins from the start, if there is anything left to run. */
function beginAnew(pod: Pod, runtime: PodRuntime, sandboxAttempt: number): PodActions {
  const { initContainers = [], containers } = pod.spec;
  const left = containers.filter((container) => {
    const run = latestRun(runtime, container.name);
    return run?.state !== 'exited' || restartsAfter(container, pod, run.exitCode);
  });
  const failedInit = initContainers.some((container) => {
    const run = latestRun(runtime, container.name);
    return run?.state === 'exited' && run.exitCode !== 0 && !initRestarts(container, pod, run);
  });
  const begun = runtime.containers.some(({ state }) => state !== 'created');
  const never = pod.spec.restartPolicy === 'Never' && sandboxAttempt > 0;
  if (begun && (never || left.length === 0 || failedInit)) return { ...NOTHING, killPod: true };
  const [first] = initContainers;
  const start = first
    ? [{ container: first, kind: 'init' as const }]
    : left.map((container) => ({ container, kind: 'main' as const }));
  return { ...NOTHING, killPod: sandboxAttempt > 0, sandboxAttempt, start };
}

const initRestarts = (container: Container, pod: Pod, run: RuntimeContainer): boolean =>
  initRestartsAfter(container, pod, run.exitCode);

/** Ephemeral containers run once, at any time. */
function newEphemerals({ spec }: Pod, runtime: PodRuntime): ContainerToStart[] {
  return (spec.ephemeralContainers ?? [])
    .filter(({ name }) => latestRun(runtime, name) === undefined)
    .map((container) => ({ container, kind: 'ephemeral' }));
}

interface InitActions {
  /** The main containers may run. */
  readonly done: boolean;
  /** One failed for good, and with it the pod. */
  readonly failed: boolean;
  readonly stop: readonly ContainerToStop[];
  readonly start: readonly ContainerToStart[];
}

/**
 * Init containers run one after the other; sidecars among them are passed once they have started,
 * and are kept running. What they did in another sandbox went with it. Looked at from the last
 * one back, because those that are done may have been removed from the runtime: the furthest one
 * that has begun says how far the pod is.
 */
function initActions(observed: PodObserved, sandbox: PodSandboxStatus): InitActions {
  const { pod } = observed;
  const here = observed.runtime.containers.filter(({ sandboxId }) => sandboxId === sandbox.id);
  const runtime = { ...observed.runtime, containers: here };
  const { initContainers = [], containers } = pod.spec;
  let begun = containers.some(({ name }) => {
    const state = latestRun(runtime, name)?.state;
    return state === 'running' || state === 'created';
  });
  let done = begun || initContainers.length === 0;
  const stop: ContainerToStop[] = [];
  const start = new Set<Container>();
  for (let index = initContainers.length - 1; index >= 0; index--) {
    const container = initContainers[index]!;
    const run = latestRun(runtime, container.name);
    if (!run) {
      if (begun && isSidecar(container)) start.add(container);
      continue;
    }
    if (begun && !isSidecar(container)) continue;
    const verdict = judgeInit(container, run, observed);
    if (verdict.outcome === 'failed') return { done: false, failed: true, stop: [], start: [] };
    if (verdict.stop) stop.push(verdict.stop);
    if (verdict.outcome === 'again') start.add(container);
    if (verdict.outcome === 'passed' && !begun) {
      const next = initContainers[index + 1];
      if (next) start.add(next);
      else done = true;
    }
    begun = true;
  }
  if (!begun && initContainers[0]) start.add(initContainers[0]);
  const inOrder = initContainers.filter((container) => start.has(container));
  const toStart = inOrder.map((container) => ({ container, kind: 'init' as const }));
  return { done, failed: false, stop, start: toStart };
}

interface InitVerdict {
  readonly outcome: 'passed' | 'waiting' | 'again' | 'failed';
  readonly stop?: ContainerToStop;
}

function judgeInit(
  container: Container,
  run: RuntimeContainer,
  { pod, probes }: PodObserved,
): InitVerdict {
  switch (run.state) {
    case 'created':
      return { outcome: 'again' }; // Its start failed half-way.
    case 'running':
      return isSidecar(container) ? judgeSidecar(container, run, probes) : { outcome: 'waiting' };
    case 'exited':
      if (isSidecar(container)) return { outcome: 'again' };
      if (run.exitCode === 0) return { outcome: 'passed' };
      return { outcome: initRestarts(container, pod, run) ? 'again' : 'failed' };
    case 'unknown':
      if (!initRestartsAfter(container, pod, 1)) return { outcome: 'failed' };
      return { outcome: 'again', stop: { run, message: unknownState('Init container') } };
  }
}

function judgeSidecar(
  container: Container,
  run: RuntimeContainer,
  probes: ProbeResults,
): InitVerdict {
  const again = (why: string, probe?: 'liveness' | 'startup'): InitVerdict => {
    const message = `Init container ${container.name} ${why}`;
    return { outcome: 'again', stop: { run, message, ...(probe && { probe }) } };
  };
  if (run.hash !== containerHash(container)) return again('definition changed');
  if (container.startupProbe) {
    const startup = probes(run.id, 'startup');
    if (startup === 'failure') return again('failed startup probe', 'startup');
    if (startup === undefined) return { outcome: 'waiting' };
  }
  if (container.livenessProbe && probes(run.id, 'liveness') === 'failure') {
    return again('failed liveness probe', 'liveness');
  }
  return { outcome: 'passed' };
}

const unknownState = (what: string): string =>
  `${what} is in "unknown" state, try killing it before restart`;

interface MainActions {
  /** Something runs and is left alone. */
  readonly keep: boolean;
  readonly stop: readonly ContainerToStop[];
  readonly start: readonly ContainerToStart[];
}

function mainActions(observed: PodObserved): MainActions {
  const { pod, runtime } = observed;
  let keep = false;
  const stop: ContainerToStop[] = [];
  const start: ContainerToStart[] = [];
  for (const container of pod.spec.containers) {
    const run = latestRun(runtime, container.name);
    if (run?.state !== 'running') {
      if (!wantsStart(container, pod, runtime)) continue;
      start.push({ container, kind: 'main' });
      if (run?.state === 'unknown') stop.push({ run, message: unknownState('Container') });
      continue;
    }
    const fault = faultOf(container, run, observed.probes);
    if (!fault) {
      keep = true;
      continue;
    }
    // A container that was stopped for its fault ends with a failure, whatever it returns.
    const restarts = fault.probe === undefined || restartsAfter(container, pod, 1);
    const after = restarts ? ', will be restarted' : '';
    stop.push({ run, ...fault, message: `Container ${container.name} ${fault.message}${after}` });
    if (restarts) start.push({ container, kind: 'main' });
  }
  return { keep: keep || stop.length > 0, stop, start };
}

/** Why a running container has to go, if it has. */
function faultOf(
  container: Container,
  run: RuntimeContainer,
  probes: ProbeResults,
): { message: string; probe?: 'liveness' | 'startup' } | undefined {
  if (run.hash !== containerHash(container)) return { message: 'definition changed' };
  for (const probe of ['liveness', 'startup'] as const) {
    if (probes(run.id, probe) === 'failure') return { message: `failed ${probe} probe`, probe };
  }
  return undefined;
}
