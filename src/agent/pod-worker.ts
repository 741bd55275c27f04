import type { Pod, PodStatus } from '../api/generated/core/v1/types.ts';
import { type Cancel, parseTime, sleep } from '../base/clock.ts';
import { isEqual } from '../machinery/equal.ts';
import { recordContainerEvent } from './container-events.ts';
import { runEffect } from './pod-effects.ts';
import { WorkerMemory } from './pod-memory.ts';
import { effectKey, type PodEffect, planPod, type Termination } from './pod-plan.ts';
import type { PodRuntime } from './pod-runtime.ts';
import { type Ending, isTerminal } from './pod-status.ts';
import { PodProber } from './prober.ts';
import { StartFailure } from './start-failure.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import { WorkerStatus } from './worker-status.ts';
import type { WorkerTools } from './worker-tools.ts';

const OBSERVE_RETRY_MAX_MS = 5_000;
const REFRESH_RETRY_MS = 10_000;
const DEFAULT_GRACE_SECONDS = 30;

/**
 * Brings one pod to where it should be, and keeps it there: looks, decides by `planPod`, begins
 * what that says, and looks again when something is done or has changed. Nothing waits in line.
 */
export class PodWorker {
  readonly #tools: WorkerTools;
  readonly #onGone: () => void;
  readonly #memory = new WorkerMemory();
  readonly #volumes: PodVolumes;
  readonly #prober: PodProber;
  readonly #status: WorkerStatus;
  readonly #running = new AbortController();
  #pod: Pod;
  #termination: Termination | undefined;
  #ending: Ending | undefined;
  #confirmed = false;
  #gone = false;
  /** To the millisecond, which the pod's own `startTime` isn't. */
  readonly #startedAt: number;
  #poked = false;
  #cancelWake: Cancel = () => {};
  #cancelRefresh: Cancel = () => {};

  /** `onGone` is called when nothing is left of the pod, here or in the API. */
  constructor(tools: WorkerTools, pod: Pod, onGone: () => void) {
    this.#tools = tools;
    this.#pod = pod;
    this.#status = new WorkerStatus(tools, this.#memory, pod);
    this.#onGone = onGone;
    this.#startedAt = parseTime(pod.status.startTime) ?? tools.clock.now();
    this.#volumes = new PodVolumes(tools.files, tools.tokens);
    const onUnhealthy = (container: { name: string }, message: string) =>
      recordContainerEvent(tools.events, this.#pod, container.name, {
        type: 'Warning',
        reason: 'Unhealthy',
        message,
      });
    this.#prober = new PodProber(tools.prober, { onResult: () => this.poke(), onUnhealthy }, pod);
    tools.references.acquire(pod);
    this.update(pod);
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** What was computed last, which the API server may not have yet. */
  get status(): PodStatus {
    return this.#status.current;
  }

  /** The pod has changed in the API. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (!isEqual(pod.spec, before.spec)) this.#tools.references.acquire(pod);
    if (!isEqual(shownOf(pod), shownOf(before))) this.#refreshVolumes();
    const { deletionTimestamp, deletionGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = pod.metadata;
    if (deletionTimestamp !== undefined) this.#terminate(deletionGracePeriodSeconds, false);
    this.poke();
  }

  /** The pod is no longer in the API. */
  removed(): void {
    const { deletionGracePeriodSeconds } = this.#pod.metadata;
    const { terminationGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = this.#pod.spec;
    this.#terminate(deletionGracePeriodSeconds ?? terminationGracePeriodSeconds, true);
    this.poke();
  }

  /** Fails the pod, whatever it does. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#running.abort();
    this.poke();
  }

  /** Something that the pod refers to has changed. */
  referencesChanged(): void {
    this.#memory.retryAll();
    this.#refreshVolumes();
    this.poke();
  }

  /** Looks at the pod again, soon; however often it is called meanwhile, once. */
  poke(): void {
    if (this.#poked || this.#gone) return;
    this.#poked = true;
    queueMicrotask(() => {
      this.#poked = false;
      if (!this.#gone) this.#step();
    });
  }

  /** Lets go of the pod, which runs on. */
  stop(): void {
    this.#gone = true;
    this.#running.abort();
    this.#prober.stop();
    this.#cancelWake();
    this.#cancelRefresh();
    this.#tools.references.release(this.#pod.metadata.uid);
  }

  #terminate(graceSeconds: number, forgotten: boolean): void {
    const deadline = this.#tools.clock.now() + graceSeconds * 1000;
    const before = this.#termination;
    // Only ever sooner. What is being stopped with more time is then told again.
    const sooner = before !== undefined && deadline < before.deadline - 1000;
    if (sooner) {
      for (const key of this.#memory.underWay) {
        if (key.startsWith('stop ')) this.#memory.underWay.delete(key);
      }
    }
    this.#termination = {
      deadline: Math.min(deadline, before?.deadline ?? deadline),
      forgotten: forgotten || before?.forgotten === true,
      confirms: !this.#confirmed,
    };
    this.#running.abort();
  }

  #step(): void {
    const { clock, cache } = this.#tools;
    const now = clock.now();
    const deadline = this.#activeDeadline();
    if (deadline !== undefined && deadline <= now) this.#exceed();
    const observed = cache.get(this.#pod.metadata.uid);
    const visible = this.#visible(observed);
    this.#prober.observe(this.#pod, visible);
    const plan = planPod({
      pod: this.#pod,
      runtime: observed,
      probes: this.#prober.result,
      memory: this.#memory,
      termination: this.#termination,
      over: this.#ending !== undefined || isTerminal(this.#status.current),
      now,
    });
    if (!this.#termination?.forgotten) {
      this.#status.report({
        pod: this.#pod,
        runtime: visible,
        probes: this.#prober.result,
        ended: plan.ended,
        ending: this.#ending,
        now,
      });
    }
    for (const effect of plan.effects) void this.#begin(effect);
    this.#cancelWake();
    const wakeAt = Math.min(plan.wakeAt ?? Infinity, this.#activeDeadline() ?? Infinity);
    const sleeps = Number.isFinite(wakeAt);
    this.#cancelWake = sleeps ? clock.after(wakeAt - now, () => this.poke()) : () => {};
  }

  /** Without what isn't to be seen yet. */
  #visible(runtime: PodRuntime): PodRuntime {
    const { hidden } = this.#memory;
    if (hidden.size === 0) return runtime;
    return { ...runtime, containers: runtime.containers.filter(({ id }) => !hidden.has(id)) };
  }

  /** When the pod has been active for as long as it may, if it may not for ever. */
  #activeDeadline(): number | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec;
    if (activeDeadlineSeconds === undefined) return undefined;
    const over = this.#ending ?? this.#termination ?? isTerminal(this.#status.current);
    return over ? undefined : this.#startedAt + activeDeadlineSeconds * 1000;
  }

  #exceed(): void {
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#tools.events.record(this.#pod, { type: 'Normal', reason: 'DeadlineExceeded', message });
    this.end({ reason: 'DeadlineExceeded', message });
  }

  async #begin(effect: PodEffect): Promise<void> {
    const { cache, clock, logger } = this.#tools;
    const key = effectKey(effect);
    this.#memory.underWay.add(key);
    try {
      await runEffect(effect, {
        tools: this.#tools,
        pod: this.#pod,
        memory: this.#memory,
        volumes: this.#volumes,
        signal: this.#running.signal,
        restartCount: (name) => this.#status.restartCount(name, cache.get(this.#pod.metadata.uid)),
      });
      this.#memory.succeeded(key);
      if (effect.type === 'confirmDeletion') this.#confirm();
      if (effect.type === 'forget') return this.#finish();
    } catch (error) {
      const retryAfterMs = error instanceof StartFailure ? error.retryAfterMs : undefined;
      this.#memory.failed(key, { now: clock.now(), retryAfterMs });
      if (effect.type === 'startContainer') this.#status.noteFailure(effect.container.name, error);
      if (!this.#running.signal.aborted) {
        logger.info('step failed, trying again', { pod: this.#pod.metadata.name, key, error });
      }
    }
    // What the runtime has now is looked at before the next step is decided: it may have done
    // what it said it couldn't, or not what it said it did.
    if (!this.#gone) await this.#observed(() => cache.refresh(this.#pod.metadata.uid));
    this.#memory.underWay.delete(key);
    if (effect.type === 'prepareVolumes') this.#scheduleRefresh();
    this.poke();
  }

  async #observed(look: () => Promise<void>): Promise<void> {
    const { clock, outage } = this.#tools;
    for (let waitMs = 0; ; ) {
      try {
        await look();
        return outage.over();
      } catch (error) {
        if (this.#gone) return;
        // Others may well be seen meanwhile, when it is this pod alone that can't be.
        waitMs = Math.min(Math.max(outage.noticed(error), 2 * waitMs), OBSERVE_RETRY_MAX_MS);
        await sleep(clock, waitMs);
      }
    }
  }

  #confirm(): void {
    this.#confirmed = true;
    if (this.#termination) this.#termination = { ...this.#termination, confirms: false };
  }

  #finish(): void {
    const { uid } = this.#pod.metadata;
    this.stop();
    this.#tools.statuses.forget(uid);
    this.#tools.tokens.forget(uid);
    this.#tools.images.forget(uid);
    this.#onGone();
  }

  /** Makes volumes current that show what has changed. */
  #refreshVolumes(): void {
    const key = effectKey({ type: 'prepareVolumes' });
    const idle = !this.#memory.underWay.has(key);
    if (this.#memory.volumesReady && this.#termination === undefined && idle) {
      void this.#begin({ type: 'prepareVolumes' });
    }
  }

  #scheduleRefresh(): void {
    this.#cancelRefresh();
    const at = this.#volumes.refreshAt(this.#pod);
    if (at === undefined) return;
    const delayMs = Math.max(REFRESH_RETRY_MS, at - this.#tools.clock.now());
    this.#cancelRefresh = this.#tools.clock.after(delayMs, () => this.#refreshVolumes());
  }
}

/** What of a pod its volumes may show, beside what they refer to. */
const shownOf = ({ metadata: { labels, annotations } }: Pod) => ({ labels, annotations });
