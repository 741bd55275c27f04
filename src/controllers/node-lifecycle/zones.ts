import type { Node } from '../../api/generated/core/v1/types.ts';

// The defaults of kube-controller-manager: `--node-eviction-rate` and what slows it down.
const PERIOD_MS = 10_000;
const SECONDARY_PERIOD_MS = 100_000;
const LARGE_ZONE = 50;
const UNHEALTHY_THRESHOLD = 0.55;
const UNHEALTHY_MIN = 3;

interface Zone {
  readonly ready: Set<string>;
  readonly lost: Set<string>;
  /** Nodes whose turn has yet to come, in the order in which they were lost. */
  readonly waiting: Set<string>;
  nextTurnMs: number;
}

/**
 * How the zones are, and how fast nodes in them may lose their pods. One node after the other where
 * most are well; more slowly, or not at all, where many are lost at once; and nowhere when all nodes
 * of the cluster seem lost: then it is we who are cut off.
 */
export class Zones {
  readonly #zones = new Map<string, Zone>();
  readonly #zoneOf = new Map<string, string>();

  /** Notes how a node is. True when the state of a zone has changed by it. */
  put(node: Node): boolean {
    const { name } = node.metadata;
    const before = this.#summary();
    this.#forget(name);
    if (node.metadata.labels?.['node.kubernetes.io/exclude-disruption'] === undefined) {
      const zone = this.#zone(zoneKey(node));
      this.#zoneOf.set(name, zoneKey(node));
      const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      // Of a node that has told nothing yet there is nothing to say.
      if (ready === 'True') zone.ready.add(name);
      else if (ready !== undefined) zone.lost.add(name);
    }
    return before !== this.#summary();
  }

  /** A node is gone. True when the state of a zone has changed by it. */
  remove(name: string): boolean {
    const before = this.#summary();
    this.#forget(name);
    for (const { waiting } of this.#zones.values()) waiting.delete(name);
    return before !== this.#summary();
  }

  /** Whether no node of the cluster is known to be well, so that none is to lose its pods. */
  get isAllLost(): boolean {
    const zones = [...this.#zones.values()];
    const isAnyLost = zones.some(({ lost }) => lost.size > 0);
    return isAnyLost && zones.every(({ ready }) => ready.size === 0);
  }

  /** In how long it is a lost node's turn to lose its pods; undefined when none has a turn now. */
  turnInMs(node: Node, nowMs: number): number | undefined {
    const zone = this.#zone(zoneKey(node));
    const periodMs = this.#periodMs(zone);
    if (periodMs === undefined) return undefined;
    const { name } = node.metadata;
    zone.waiting.add(name);
    const place = [...zone.waiting].indexOf(name);
    return Math.max(0, zone.nextTurnMs - nowMs) + place * periodMs;
  }

  /** A node needs no turn any more. */
  giveUpTurn(node: Node): void {
    this.#zones.get(zoneKey(node))?.waiting.delete(node.metadata.name);
  }

  /** Takes the turn of a node. False when it isn't its turn. */
  takeTurn(node: Node, nowMs: number): boolean {
    if (this.turnInMs(node, nowMs) !== 0) return false;
    const zone = this.#zone(zoneKey(node));
    zone.waiting.delete(node.metadata.name);
    zone.nextTurnMs = nowMs + (this.#periodMs(zone) ?? PERIOD_MS);
    return true;
  }

  #periodMs({ ready, lost }: Zone): number | undefined {
    if (this.isAllLost) return undefined;
    const size = ready.size + lost.size;
    const isFull = ready.size === 0;
    const isPartial = lost.size >= UNHEALTHY_MIN && lost.size / size >= UNHEALTHY_THRESHOLD;
    if (isFull || !isPartial) return PERIOD_MS;
    return size > LARGE_ZONE ? SECONDARY_PERIOD_MS : undefined;
  }

  #zone(key: string): Zone {
    let zone = this.#zones.get(key);
    if (!zone) {
      zone = { ready: new Set(), lost: new Set(), waiting: new Set(), nextTurnMs: 0 };
      this.#zones.set(key, zone);
    }
    return zone;
  }

  #forget(name: string): void {
    const zone = this.#zones.get(this.#zoneOf.get(name) ?? '');
    zone?.ready.delete(name);
    zone?.lost.delete(name);
    this.#zoneOf.delete(name);
  }

  /** What the rates depend on, as one text. */
  #summary(): string {
    const periods = [...this.#zones].map(([key, zone]) => `${key}=${this.#periodMs(zone)}`);
    return [this.isAllLost, ...periods.sort()].join();
  }
}

const zoneKey = ({ metadata: { labels } }: Node): string =>
  `${labels?.['topology.kubernetes.io/region'] ?? ''}/${labels?.['topology.kubernetes.io/zone'] ?? ''}`;
