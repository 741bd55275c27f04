import type { Container, EphemeralContainer } from '../api/generated/core/v1/types.ts';
import { type CrashBackoff, startableAt } from './crash-backoff.ts';
import {
  type ContainerToStart,
  type ContainerToStop,
  computePodActions,
  type PodActions,
  type PodObserved,
} from './pod-actions.ts';
import { isSidecar, latestRun, type RuntimeContainer } from './pod-runtime.ts';

/** One step for a pod that takes time. Several go on side by side; each only once at a time. */
export type PodEffect =
  | { readonly type: 'prepareVolumes' }
  | { readonly type: 'createSandbox'; readonly attempt: number }
  | ({ readonly type: 'startContainer'; readonly sandboxId: string } & ContainerToStart)
  | {
      readonly type: 'preStop';
      readonly run: RuntimeContainer;
      readonly graceSeconds: number;
      readonly message: string;
    }
  | {
      readonly type: 'stopContainer';
      readonly run: RuntimeContainer;
      readonly graceSeconds: number;
      readonly message: string;
    }
  | { readonly type: 'stopSandbox'; readonly sandboxId: string }
  /** Take away what the pod has on the machine, its containers aside: they keep the logs. */
  | { readonly type: 'cleanUp' }
  /** Tell the API server that nothing of a deleted pod is left. */
  | { readonly type: 'confirmDeletion' }
  /** Remove the containers of a pod that is no longer in the API. */
  | { readonly type: 'forget' };

/** Tells effects apart that must not run twice at a time. */
export function effectKey(effect: PodEffect): string {
  switch (effect.type) {
    case 'startContainer':
      return `start ${effect.container.name}`;
    case 'preStop':
      return `preStop ${effect.run.id}`;
    case 'stopContainer':
      return `stop ${effect.run.id}`;
    case 'stopSandbox':
      return `stopSandbox ${effect.sandboxId}`;
    default:
      return effect.type;
  }
}

/** A pod on its way out. */
export interface Termination {
  /** When what still runs is killed. */
  readonly deadline: number;
  /** The pod is no longer in the API, or never was. */
  readonly forgotten: boolean;
  /** The pod is being deleted in the API, and goes once we confirm. */
  readonly confirms: boolean;
}

/** What the agent remembers of a pod, and can lose. Times are milliseconds since the epoch. */
export interface PodMemory {
  readonly volumesReady: boolean;
  readonly cleanedUp: boolean;
  /** Effects that failed, by key: not to be tried before. */
  readonly retryAt: ReadonlyMap<string, number>;
  /** By name of container. */
  readonly crashes: ReadonlyMap<string, CrashBackoff>;
  /** IDs of containers that were told that they will be stopped. */
  readonly preStopped: ReadonlySet<string>;
  /** Keys of effects under way. */
  readonly underWay: ReadonlySet<string>;
}

export interface PlanInput extends PodObserved {
  readonly memory: PodMemory;
  readonly termination: Termination | undefined;
  /** The pod is over, though perhaps not in the runtime. */
  readonly over: boolean;
  readonly now: number;
}

export interface PodPlan {
  readonly effects: readonly PodEffect[];
  /** When to look again, if nothing happens before. */
  readonly wakeAt: number | undefined;
  /** Nothing of the pod runs, nor will. */
  readonly ended: boolean;
}

/** Decides what to begin now. Pure. */
export function planPod(input: PlanInput): PodPlan {
  const plan = input.termination ? planDown(input, input.termination) : planUp(input);
  const { underWay, retryAt } = input.memory;
  const wakes: number[] = plan.wakeAt === undefined ? [] : [plan.wakeAt];
  const effects = plan.effects.filter((effect) => {
    const key = effectKey(effect);
    const at = retryAt.get(key) ?? 0;
    if (at > input.now) wakes.push(at);
    return at <= input.now && !underWay.has(key);
  });
  return { ...plan, effects, wakeAt: wakes.length > 0 ? Math.min(...wakes) : undefined };
}

const MIN_GRACE_SECONDS = 2; // Nothing is killed without a word.

function planUp(input: PlanInput): PodPlan {
  const { pod, runtime, memory, now } = input;
  if (input.over) return planEnd(input);
  const actions = computePodActions(input);
  if (actions.killPod && actions.sandboxAttempt === undefined) return planEnd(input);

  const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
  const stops = actions.killPod
    ? runningOf(input).map((run) => ({ run, message: stopping(run) }))
    : actions.stop;
  const effects: PodEffect[] = stops.flatMap((stop) =>
    stopEffects(stop, input, stopGrace(stop, input, graceSeconds)),
  );
  if (!memory.volumesReady) effects.push({ type: 'prepareVolumes' });
  if (actions.sandboxAttempt !== undefined) {
    const old = runtime.sandboxes.filter(({ state }) => state === 'ready');
    for (const { id } of old) effects.push({ type: 'stopSandbox', sandboxId: id });
    const ready = stops.length === 0 && old.length === 0;
    if (ready) effects.push({ type: 'createSandbox', attempt: actions.sandboxAttempt });
    return { effects, wakeAt: undefined, ended: false };
  }
  const { starts, wakeAt } = startEffects(actions, input, now);
  return { effects: [...effects, ...starts], wakeAt, ended: false };
}

const stopping = ({ name }: RuntimeContainer): string => `Stopping container ${name}`;

const runningOf = ({ runtime }: PlanInput): RuntimeContainer[] =>
  runtime.containers.filter(({ state }) => state === 'running' || state === 'unknown');

function startEffects(
  { start, sandbox }: PodActions,
  { runtime, memory }: PlanInput,
  now: number,
): { starts: PodEffect[]; wakeAt: number | undefined } {
  const starts: PodEffect[] = [];
  let wakeAt: number | undefined;
  if (!sandbox || !memory.volumesReady) return { starts, wakeAt };
  for (const step of start) {
    const run = latestRun(runtime, step.container.name);
    // One that is to be replaced is stopped first; its end leads here again.
    if (run?.state === 'running' || run?.state === 'unknown') continue;
    const at = run?.state === 'exited' ? crashEnd(run, memory) : now;
    if (at <= now) starts.push({ type: 'startContainer', sandboxId: sandbox.id, ...step });
    else wakeAt = Math.min(wakeAt ?? at, at);
  }
  return { starts, wakeAt };
}

/** When a container that has ended may be started again. */
export const crashEnd = (run: RuntimeContainer, { crashes }: Pick<PodMemory, 'crashes'>): number =>
  startableAt(crashes.get(run.name), run.finishedAt ?? run.createdAt);

function stopGrace(stop: ContainerToStop, { pod }: PlanInput, graceSeconds: number): number {
  const container = specOf(pod, stop.run.name);
  const probe = stop.probe === 'startup' ? container?.startupProbe : container?.livenessProbe;
  return (stop.probe && probe?.terminationGracePeriodSeconds) ?? graceSeconds;
}

function specOf(
  { spec }: PlanInput['pod'],
  name: string,
): Container | EphemeralContainer | undefined {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  return all.find((container) => container.name === name);
}

/** The hook first, if there is one and time for it, then the signal. */
function stopEffects(
  { run, message }: ContainerToStop,
  { pod, memory }: PlanInput,
  graceSeconds: number,
): PodEffect[] {
  const hook = specOf(pod, run.name)?.lifecycle?.preStop;
  if (hook && graceSeconds > 0 && !memory.preStopped.has(run.id) && run.state === 'running') {
    return [{ type: 'preStop', run, graceSeconds, message }];
  }
  return [
    {
      type: 'stopContainer',
      run,
      graceSeconds: Math.max(graceSeconds, MIN_GRACE_SECONDS),
      message,
    },
  ];
}

/** A pod that has come to its end, by itself or because it must not go on. */
function planEnd(input: PlanInput): PodPlan {
  const graceSeconds = input.pod.spec.terminationGracePeriodSeconds ?? 30;
  const effects = endEffects(input, () => graceSeconds);
  if (effects.length > 0) return { effects, wakeAt: undefined, ended: false };
  const cleanUp: PodEffect[] = input.memory.cleanedUp ? [] : [{ type: 'cleanUp' }];
  return { effects: cleanUp, wakeAt: undefined, ended: true };
}

function planDown(input: PlanInput, termination: Termination): PodPlan {
  const { memory, now } = input;
  // A start that is under way is waited for: what it makes has to be stopped as well.
  const begun = [...memory.underWay].some((key) =>
    /^(start |createSandbox|prepareVolumes)/.test(key),
  );
  const left = () => Math.max(0, Math.ceil((termination.deadline - now) / 1000));
  const effects = endEffects(input, left);
  if (effects.length > 0 || begun) {
    return { effects, wakeAt: undefined, ended: false };
  }
  const last: PodEffect[] = [];
  if (!memory.cleanedUp) last.push({ type: 'cleanUp' });
  else if (termination.forgotten) last.push({ type: 'forget' });
  else if (termination.confirms) last.push({ type: 'confirmDeletion' });
  return { effects: last, wakeAt: undefined, ended: true };
}

/** Stops what runs in order: main containers first, then sidecars from the last to the first. */
function endEffects(input: PlanInput, graceLeft: () => number): PodEffect[] {
  const running = runningOf(input);
  const sidecars = (input.pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  const turn = turnOf(running, sidecars);
  const grace = graceLeft();
  const effects = running.flatMap((run) => {
    const [first] = stopEffects({ run, message: stopping(run) }, input, grace);
    // Hooks all run at once; only the signal waits for its turn, as long as there is time.
    const waits = first?.type === 'stopContainer' && grace > 0 && !turn.includes(run);
    return first && !waits ? [first] : [];
  });
  if (running.length > 0) return effects;
  return input.runtime.sandboxes
    .filter(({ state }) => state === 'ready')
    .map(({ id }) => ({ type: 'stopSandbox', sandboxId: id }));
}

function turnOf(running: readonly RuntimeContainer[], sidecars: readonly string[]) {
  const main = running.filter(({ name }) => !sidecars.includes(name));
  if (main.length > 0) return main;
  const last = sidecars.findLast((name) => running.some((run) => run.name === name));
  return running.filter(({ name }) => name === last);
}
