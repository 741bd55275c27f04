import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { type Cancel, type Clock, toTime } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { isReady } from '../controllers/pods.ts';
import { isStatusError } from '../machinery/status.ts';
import { endedStatus, runningStatus, waitingStatus } from './pod-reports.ts';
import type { PodExpectation } from './pod-times.ts';

const RETRY_MS = 1000;
const LOOK_AGAIN_MS = 10_000;

/** What a pod's life on a node needs. */
export interface PodLifeTools {
  readonly clock: Clock;
  readonly client: Client;
  readonly expectation: PodExpectation;
  /** Addresses for pods, each once. */
  readonly takeAddress: () => string;
}

/** One pod on a node that is rehearsed with: starts, becomes ready, ends, and reports each step. */
export class RehearsedPod {
  readonly #tools: PodLifeTools;
  readonly #timers = new Set<Cancel>();
  #pod: Pod;
  #isStopping = false;
  #isRunning: boolean;
  /** What was last reported to be in its way. */
  #told: string | undefined;

  constructor(tools: PodLifeTools, pod: Pod) {
    this.#tools = tools;
    this.#pod = pod;
    this.#isRunning = pod.status.phase === 'Running';
  }

  /** Begins, or goes on as the pod's status says. */
  begin(): void {
    if (this.#pod.metadata.deletionTimestamp !== undefined) return this.#stop();
    if (!this.#isRunning) return this.#start(this.#times().startMs);
    this.#proceed();
  }

  /** The pod's object has changed. */
  see(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#stop();
  }

  /** The pod is gone. */
  end(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #times() {
    return this.#tools.expectation.times(this.#pod);
  }

  #start(afterMs: number): void {
    this.#after(afterMs, () => {
      const obstacle = this.#tools.expectation.obstacle(this.#pod);
      if (!obstacle) return this.#run();
      if (obstacle.message !== this.#told) {
        this.#report(waitingStatus(this.#pod, obstacle, this.#now()));
      }
      this.#told = obstacle.message;
      this.#start(LOOK_AGAIN_MS); // Somebody may have put it right meanwhile.
    });
  }

  #run(): void {
    this.#isRunning = true;
    const { readyMs, exitMs } = this.#times();
    if (exitMs === undefined && readyMs === 0) return this.#turnReady();
    this.#report(runningStatus(this.#pod, this.#state(false)));
    this.#proceed();
  }

  /** What becomes of containers that run. */
  #proceed(): void {
    const { readyMs, exitMs, exitCode = 0 } = this.#times();
    if (exitMs !== undefined) {
      this.#after(exitMs, () =>
        this.#report(endedStatus(this.#pod, { exitCode, now: this.#now() })),
      );
    }
    if (readyMs !== undefined && !isReady(this.#pod)) {
      this.#after(readyMs, () => this.#turnReady());
    }
  }

  #turnReady(): void {
    this.#report(runningStatus(this.#pod, this.#state(true)));
  }

  #state(isReady: boolean) {
    const ip = this.#pod.status.podIP || this.#tools.takeAddress();
    return { ip, isReady, now: this.#now() };
  }

  #now(): string {
    return toTime(this.#tools.clock.now());
  }

  #report(status: object): void {
    const { client } = this.#tools;
    const body = { metadata: { uid: this.#pod.metadata.uid }, status };
    const patch = { type: 'strategic', body } as const;
    client
      .patch(pods, this.#pod.metadata, patch, { subresource: 'status' })
      .then((pod) => {
        if (pod.metadata.uid === this.#pod.metadata.uid) this.#pod = pod;
      })
      .catch((error: unknown) => {
        if (!isStatusError(error, 'NotFound')) this.#after(RETRY_MS, () => this.#report(status));
      });
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.end();
    this.#after(this.#times().stopMs, () => this.#remove());
  }

  #remove(): void {
    const { uid } = this.#pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    this.#tools.client.delete(pods, this.#pod.metadata, options).catch((error: unknown) => {
      if (!isStatusError(error, 'NotFound')) this.#after(RETRY_MS, () => this.#remove());
    });
  }

  #after(delayMs: number, task: () => void): void {
    const cancel = this.#tools.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}
