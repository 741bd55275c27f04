import type { ClusterChange, ClusterEvent } from '../cluster-event.ts';
import type { Plugin, Profile } from '../framework.ts';
import type { QueuedPod } from './scheduling-queue.ts';

/**
 * Pods that fit nowhere, found by the events that could change it. A change of the cluster costs
 * nothing here unless a plugin that refused a pod has asked for this kind of change.
 */
export class WaitingRoom {
  readonly #plugins = new Map<string, Plugin[]>();
  readonly #waiting = new Set<QueuedPod>();
  readonly #byEvent = new Map<ClusterEvent, Set<QueuedPod>>();
  /** Pods that no plugin refused, as when there were no nodes: they wait for anything. */
  readonly #forAnything = new Set<QueuedPod>();

  constructor({ prefilters, filters, surroundings }: Profile) {
    for (const plugin of [...prefilters, ...filters, ...surroundings]) {
      const named = this.#plugins.get(plugin.name);
      if (named) named.push(plugin);
      else this.#plugins.set(plugin.name, [plugin]);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(pod: QueuedPod): void {
    this.#waiting.add(pod);
    if (pod.rejectedBy.size === 0) this.#forAnything.add(pod);
    for (const event of this.#eventsFor(pod)) {
      const others = this.#byEvent.get(event);
      if (others) others.add(pod);
      else this.#byEvent.set(event, new Set([pod]));
    }
  }

  delete(pod: QueuedPod): void {
    if (!this.#waiting.delete(pod)) return;
    this.#forAnything.delete(pod);
    for (const event of this.#eventsFor(pod)) this.#byEvent.get(event)?.delete(pod);
  }

  /** Pods that a change may have helped. */
  helpedBy(change: ClusterChange): QueuedPod[] {
    const helped = [...this.#forAnything];
    for (const pod of this.#byEvent.get(change.event) ?? []) {
      const helps = (plugin: Plugin) =>
        plugin.retryOn.includes(change.event) && (plugin.helps?.(pod.info, change) ?? true);
      if (this.#pluginsOf(pod).some(helps)) helped.push(pod);
    }
    return helped;
  }

  /** Pods that have been here since before a time of the monotonic clock. */
  since(beforeMs: number): QueuedPod[] {
    return [...this.#waiting].filter(({ queuedAtMs }) => queuedAtMs <= beforeMs);
  }

  #pluginsOf({ rejectedBy }: QueuedPod): Plugin[] {
    return [...rejectedBy].flatMap((name) => this.#plugins.get(name) ?? []);
  }

  #eventsFor(pod: QueuedPod): Set<ClusterEvent> {
    return new Set(this.#pluginsOf(pod).flatMap(({ retryOn }) => retryOn));
  }
}
