import type { Lease } from '../../api/generated/coordination/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import type { Clock } from '../../base/clock.ts';

// The defaults of `--node-monitor-grace-period` and `--node-startup-grace-period`.
const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;

/** When each node was last heard of. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #heard = new Map<string, { readonly beat: string; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * When the node last said something new, by our own clock, and how long it may be silent. Times
   * in leases are those of the node's clock, so only that they move counts.
   */
  of(node: Node, lease: Lease | undefined): { heardAt: number; graceMs: number } {
    const { name, uid } = node.metadata;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    const graceMs = ready ? GRACE_MS : STARTUP_GRACE_MS;
    const beat = `${uid} ${lease?.spec?.renewTime} ${ready?.lastHeartbeatTime}`;
    const before = this.#heard.get(name);
    if (before?.beat === beat) return { heardAt: before.at, graceMs };
    const heardAt = this.#clock.now();
    this.#heard.set(name, { beat, at: heardAt });
    return { heardAt, graceMs };
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }
}
