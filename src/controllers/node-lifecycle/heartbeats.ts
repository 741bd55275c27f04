import type { Lease } from '../../api/generated/coordination/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import type { Clock } from '../../base/clock.ts';

// The defaults of `--node-monitor-grace-period` and `--node-startup-grace-period`.
const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;

/** When each node was last heard of. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #heard = new Map<string, { readonly beat: string; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * For how long the node has said nothing new, and for how long it may. Times in leases are those
   * of the node's clock, so only that they move counts; and ours is one that never jumps, or all
   * nodes would seem lost when a machine wakes up or its time is set right.
   */
  of(node: Node, lease: Lease | undefined): { silentMs: number; graceMs: number } {
    const { name, uid } = node.metadata;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    const graceMs = ready ? GRACE_MS : STARTUP_GRACE_MS;
    const beat = `${uid} ${lease?.spec?.renewTime} ${ready?.lastHeartbeatTime}`;
    const before = this.#heard.get(name);
    const nowMs = this.#clock.monotonicMs();
    if (before?.beat === beat) return { silentMs: nowMs - before.atMs, graceMs };
    this.#heard.set(name, { beat, atMs: nowMs });
    return { silentMs: 0, graceMs };
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }
}
