import type { Pod, PodStatus } from '../api/generated/core/v1/types.ts';
import { recordContainerEvent } from './container-events.ts';
import type { WaitingReason } from './container-status.ts';
import type { ProbeResults } from './pod-actions.ts';
import { crashLoop, type WorkerMemory } from './pod-memory.ts';
import { crashEnd } from './pod-plan.ts';
import { latestRun, type PodRuntime, podText } from './pod-runtime.ts';
import { type Ending, podStatus } from './pod-status.ts';
import { StartFailure } from './start-failure.ts';
import type { WorkerTools } from './worker-tools.ts';

export interface WorkerView {
  readonly pod: Pod;
  /** Without what isn't to be seen yet. */
  readonly runtime: PodRuntime;
  readonly probes: ProbeResults;
  readonly ended: boolean;
  readonly ending: Ending | undefined;
  readonly now: number;
}

/** The status of a worker's pod: what was said last, and what is to be said now. */
export class WorkerStatus {
  readonly #tools: WorkerTools;
  readonly #memory: WorkerMemory;
  #current: PodStatus;

  constructor(tools: WorkerTools, memory: WorkerMemory, { status }: Pod) {
    this.#tools = tools;
    this.#memory = memory;
    this.#current = status;
  }

  get current(): PodStatus {
    return this.#current;
  }

  /** Computes the status from what is seen, and has it written. */
  report(view: WorkerView): void {
    const { node, statuses } = this.#tools;
    this.#current = podStatus({
      ...view,
      waiting: (container) => this.#waitingReason(container, view),
      previous: this.#current,
      hostIps: node.hostIps,
      runtimeName: node.runtimeName,
    });
    statuses.report(view.pod, this.#current);
  }

  /** Remembers why a container wasn't started, until it is. */
  noteFailure(container: string, error: unknown): void {
    if (!(error instanceof StartFailure)) return;
    this.#memory.waiting.set(container, { reason: error.reason, message: error.message });
  }

  /** How often a container has been started before, by what runs or was reported. */
  restartCount(container: string, runtime: PodRuntime): number {
    const run = latestRun(runtime, container);
    // One that was made but never ran is made again, as the same.
    if (run) return run.state === 'created' ? run.restartCount : run.restartCount + 1;
    const { containerStatuses = [], initContainerStatuses = [] } = this.#current;
    const all = [...containerStatuses, ...initContainerStatuses];
    return all.find(({ name }) => name === container)?.restartCount ?? 0;
  }

  #waitingReason(container: string, { pod, runtime, now }: WorkerView): WaitingReason | undefined {
    const { waiting, crashes } = this.#memory;
    const run = latestRun(runtime, container);
    const backoff = crashes.get(container);
    if (run?.state === 'exited' && backoff && crashEnd(run, this.#memory) > now) {
      const reason = crashLoop(backoff, { container, pod: podText(pod) });
      if (waiting.get(container)?.message !== reason.message) this.#tellCrash(pod, container);
      waiting.set(container, reason);
    }
    return waiting.get(container);
  }

  #tellCrash(pod: Pod, container: string): void {
    const message = `Back-off restarting failed container ${container} in pod ${podText(pod)}`;
    const content = { type: 'Warning', reason: 'BackOff', message } as const;
    recordContainerEvent(this.#tools.events, pod, container, content);
  }
}
