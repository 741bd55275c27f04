import type { Container, Pod, Probe } from '../api/generated/core/v1/types.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { type Random, randomInt } from '../base/random.ts';
import type { ProbeKind, ProbeResult } from './pod-actions.ts';
import { latestRun, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';
import { doProbe, type ProbeTarget, type ProbeTools } from './probe-action.ts';
import {
  afterProbe,
  isProbed,
  type ProbeState,
  probesOf,
  probeTimes,
  UNPROBED,
} from './probe-state.ts';

export interface ProberTools extends ProbeTools {
  readonly clock: Clock;
  readonly random: Random;
}

export interface PodProberHooks {
  /** A result that counts has changed. */
  readonly onResult: () => void;
  readonly onUnhealthy: (container: Container, message: string) => void;
}

interface Loop {
  readonly run: RuntimeContainer;
  readonly container: Container;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  state: ProbeState;
  cancel: Cancel;
}

/** Probes the containers of one pod while they run. */
export class PodProber {
  readonly #tools: ProberTools;
  readonly #hooks: PodProberHooks;
  readonly #loops = new Map<string, Loop>();
  /** When the agent took the pod over; containers that ran before are known from its status. */
  readonly #since: number;
  #pod: Pod;
  #runtime: PodRuntime = { sandboxes: [], containers: [] };

  constructor(tools: ProberTools, hooks: PodProberHooks, pod: Pod) {
    this.#tools = tools;
    this.#hooks = hooks;
    this.#pod = pod;
    this.#since = tools.clock.now();
  }

  readonly result = (containerId: string, kind: ProbeKind): ProbeResult | undefined =>
    this.#loops.get(`${containerId} ${kind}`)?.state.result;

  /** Begins to probe what has come to run, and leaves what doesn't any more. */
  observe(pod: Pod, runtime: PodRuntime): void {
    this.#pod = pod;
    this.#runtime = runtime;
    const wanted = new Set<string>();
    const { containers, initContainers = [] } = pod.spec;
    for (const container of [...containers, ...initContainers]) {
      const run = latestRun(runtime, container.name);
      if (run?.state !== 'running') continue;
      for (const [kind, probe] of probesOf(container)) {
        const key = `${run.id} ${kind}`;
        wanted.add(key);
        if (!this.#loops.has(key)) this.#begin(key, { container, run, kind, probe });
      }
    }
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      loop.cancel();
      this.#loops.delete(key);
    }
  }

  stop(): void {
    for (const { cancel } of this.#loops.values()) cancel();
    this.#loops.clear();
  }

  #begin(key: string, about: Pick<Loop, 'container' | 'run' | 'kind' | 'probe'>): void {
    const loop: Loop = { ...about, state: this.#remembered(about), cancel: () => {} };
    this.#loops.set(key, loop);
    const { clock, random } = this.#tools;
    const { initialDelaySeconds = 0, periodSeconds = 10 } = loop.probe;
    const startedAt = loop.run.startedAt ?? clock.now();
    const due = startedAt + initialDelaySeconds * 1000 - clock.now();
    // After a restart of the agent not all containers of the node are probed in one moment.
    const restarted = startedAt < this.#since;
    const spread = restarted ? randomInt(random, periodSeconds * 1000) : 0;
    this.#schedule(loop, Math.max(due, spread, 0));
  }

  /** A container that was ready when the agent stopped isn't unready because the agent did. */
  #remembered({ run, kind, container }: Pick<Loop, 'run' | 'kind' | 'container'>): ProbeState {
    if ((run.startedAt ?? 0) >= this.#since) return UNPROBED;
    const { containerStatuses = [], initContainerStatuses = [] } = this.#pod.status;
    const status = [...containerStatuses, ...initContainerStatuses].find(({ containerID }) =>
      containerID?.endsWith(`//${run.id}`),
    );
    const held = kind === 'readiness' ? status?.ready : kind === 'startup' && status?.started;
    return held && status?.name === container.name
      ? { result: 'success', last: 'success', run: 1 }
      : UNPROBED;
  }

  #schedule(loop: Loop, delayMs: number): void {
    const { clock } = this.#tools;
    const times = probeTimes(loop.kind, loop.probe);
    const first = clock.monotonicMs() + delayMs;
    const next = (): void => {
      if (!this.#isCurrent(loop)) return;
      let time = times.next().value;
      // Not after it has succeeded, and none that was missed while another took its time.
      while (first + time.atMs < clock.monotonicMs() || (time.early && isGood(loop))) {
        time = times.next().value;
      }
      const waitMs = first + time.atMs - clock.monotonicMs();
      loop.cancel = clock.after(waitMs, () => void this.#probe(loop, time.early).then(next));
    };
    next();
  }

  #isCurrent(loop: Loop): boolean {
    return this.#loops.get(`${loop.run.id} ${loop.kind}`) === loop;
  }

  async #probe(loop: Loop, early: boolean): Promise<void> {
    const { container, run, kind, probe } = loop;
    const started = !container.startupProbe || this.result(run.id, 'startup') === 'success';
    const ending = this.#pod.metadata.deletionTimestamp !== undefined && kind !== 'readiness';
    if (ending || !isProbed(kind, loop.state, started)) return;
    const target: ProbeTarget = {
      pod: this.#pod,
      container,
      containerId: run.id,
      podIp: this.#runtime.sandboxes[0]?.ips[0] ?? this.#pod.status.podIP ?? '',
    };
    const answer = await doProbe(this.#tools, probe, target, probe.timeoutSeconds ?? 1);
    if (!this.#isCurrent(loop)) return; // The container ended meanwhile.
    if (early && answer.outcome !== 'success') return;
    this.#take(loop, answer.outcome, answer.output);
  }

  #take(loop: Loop, outcome: 'success' | 'failure' | 'unknown', output: string): void {
    const name = `${loop.kind[0]!.toUpperCase()}${loop.kind.slice(1)} probe`;
    if (outcome === 'unknown') {
      const message = `${name} errored and resulted in unknown state: ${output}`;
      return this.#hooks.onUnhealthy(loop.container, message);
    }
    if (outcome === 'failure') this.#hooks.onUnhealthy(loop.container, `${name} failed: ${output}`);
    const before = loop.state.result;
    loop.state = afterProbe(loop.state, outcome, loop.probe);
    if (loop.state.result === before) return;
    if (loop.kind === 'startup' && isGood(loop)) this.#beginOthers(loop);
    this.#hooks.onResult();
  }

  /** What has waited for the container to start is asked at once. */
  #beginOthers({ run, kind }: Loop): void {
    for (const other of this.#loops.values()) {
      if (other.run.id !== run.id || other.kind === kind) continue;
      other.cancel();
      this.#schedule(other, 0);
    }
  }
}

const isGood = ({ state }: Loop): boolean => state.result === 'success';
