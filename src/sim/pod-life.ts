import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { type Cancel, sleep } from '../base/clock.ts';
import { isStatusError } from '../machinery/status.ts';
import { isReady } from './judgement.ts';
import type { NodeAgentTools } from './node-agent.ts';
import type { PodBehaviour } from './pod-model.ts';
import { type PodEnd, type PodState, stateOf, statusPatch } from './pod-status.ts';

const RETRY_MS = 1000;
const RESTART_MS = 10_000;
const TERMINATED = 143; // By SIGTERM.

/** One pod on a simulated node: starts, becomes ready, crashes and ends, and reports each step. */
export class PodLife {
  readonly #tools: NodeAgentTools;
  readonly #timers = new Set<Cancel>();
  #pod: Pod;
  #state: PodState | undefined;
  #isStopping = false;
  #isOver = false;
  #isWriting = false;
  #isDirty = false;

  constructor(tools: NodeAgentTools, pod: Pod) {
    this.#tools = tools;
    this.#pod = pod;
  }

  begin(): void {
    if (this.#pod.metadata.deletionTimestamp !== undefined) return this.#stop();
    this.#start(0);
  }

  /** Goes on with what runs already, as the pod's status tells. */
  resume(): void {
    const { random, model } = this.#tools;
    const behaviour = model(this.#pod, random);
    this.#state = stateOf(this.#pod);
    if (this.#pod.metadata.deletionTimestamp !== undefined) return this.#stop();
    this.#proceed(behaviour, this.#state.restarts);
  }

  /** The pod's object has changed. */
  see(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#stop();
    // Somebody who took the node for dead may have said otherwise of it.
    if (this.#state && isReady(pod) !== this.#state.isReady) this.#set(this.#state);
  }

  /** The node drives it away: it ends, and stays as what has failed. */
  evict(): void {
    if (this.#isStopping) return;
    this.#cancelTimers();
    this.#finish({ phase: 'Failed', exitCode: 137, reason: 'Evicted' });
  }

  /** The pod is gone, or its node is. */
  end(): void {
    this.#isOver = true;
    this.#cancelTimers();
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #start(restarts: number): void {
    const { random, model } = this.#tools;
    const behaviour = model(this.#pod, random);
    this.#after(behaviour.startMs, () => this.#run(behaviour, restarts));
  }

  #run(behaviour: PodBehaviour, restarts: number): void {
    const { clock, takeAddress } = this.#tools;
    const now = clock.now();
    const ip = this.#state?.ip ?? takeAddress();
    this.#set({ ip, isReady: false, restarts, startedAt: now, turnedAt: now });
    this.#proceed(behaviour, restarts);
  }

  /** What becomes of containers that run. */
  #proceed({ readyMs, crashMs, end }: PodBehaviour, restarts: number): void {
    const isReady = this.#state?.isReady;
    if (readyMs !== undefined && !isReady) this.#after(readyMs, () => this.#turn(true));
    if (crashMs !== undefined) this.#after(crashMs, () => this.#exit(137, restarts));
    else if (end) this.#after(end.afterMs, () => this.#exit(end.exitCode, restarts));
  }

  /** The containers have ended by themselves: they are started again, if the pod asks for it. */
  #exit(exitCode: number, restarts: number): void {
    if (this.#isStopping) return;
    this.#cancelTimers();
    const { restartPolicy = 'Always' } = this.#pod.spec;
    const isRestarted =
      restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
    if (!isRestarted) {
      return this.#finish({ phase: exitCode === 0 ? 'Succeeded' : 'Failed', exitCode });
    }
    this.#turn(false);
    this.#after(RESTART_MS, () => this.#start(restarts + 1));
  }

  #finish(ended: PodEnd): void {
    const now = this.#tools.clock.now();
    const before = this.#state ?? { ip: '', restarts: 0, startedAt: now };
    this.#set({ ...before, isReady: false, turnedAt: now, ended });
  }

  #turn(isReady: boolean): void {
    if (!this.#state || this.#isStopping) return;
    this.#set({ ...this.#state, isReady, turnedAt: this.#tools.clock.now() });
  }

  #set(state: PodState): void {
    this.#state = state;
    this.#isDirty = true;
    void this.#report();
  }

  /** Writes the newest state, one write after the other, until the server has it. */
  async #report(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#isDirty && !this.#isOver) {
      this.#isDirty = false;
      if (await this.#write()) continue;
      this.#isDirty = true;
      await sleep(this.#tools.clock, RETRY_MS);
    }
    this.#isWriting = false;
  }

  /** Whether the server has the state now, or no place for it any more. */
  async #write(): Promise<boolean> {
    if (!this.#state) return true;
    const patch = { type: 'strategic', body: statusPatch(this.#pod, this.#state) } as const;
    try {
      await this.#tools.client.patch(pods, this.#pod.metadata, patch, { subresource: 'status' });
      return true;
    } catch (error) {
      return isStatusError(error, 'NotFound');
    }
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { random, model } = this.#tools;
    this.#after(model(this.#pod, random).stopMs, () => void this.#remove());
  }

  async #remove(): Promise<void> {
    const { uid, finalizers = [] } = this.#pod.metadata;
    // Somebody keeps it to see how it has ended.
    if (finalizers.length > 0 && !this.#state?.ended) {
      this.#finish({ phase: 'Failed', exitCode: TERMINATED });
    }
    try {
      const options = { gracePeriodSeconds: 0, preconditions: { uid } };
      await this.#tools.client.delete(pods, this.#pod.metadata, options);
    } catch (error) {
      // Another pod of this name is none of its business.
      if (isStatusError(error, 'NotFound')) return;
      this.#after(RETRY_MS, () => void this.#remove());
    }
  }

  #after(delayMs: number, task: () => void): void {
    if (this.#isOver) return;
    const cancel = this.#tools.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}
