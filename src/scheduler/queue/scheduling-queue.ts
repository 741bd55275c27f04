import type { Cancel, Clock } from '../../base/clock.ts';
import type { ClusterChange } from '../cluster-event.ts';
import type { Profile } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { BinaryHeap } from './binary-heap.ts';
import { WaitingRoom } from './waiting-room.ts';

/** A pod without a node, and how it has fared. Only the queue changes it. */
export interface QueuedPod {
  readonly info: PodInfo;
  /** Attempts that found no node or failed, which is what backoff grows with. */
  readonly failures: number;
  /** Monotonic milliseconds: when it came, or failed last. */
  readonly queuedAtMs: number;
  /** Plugins that refused it in the last attempt. */
  readonly rejectedBy: ReadonlySet<string>;
}

type State = 'gated' | 'active' | 'backoff' | 'waiting' | 'taken';

interface Entry extends QueuedPod {
  info: PodInfo;
  failures: number;
  queuedAtMs: number;
  rejectedBy: ReadonlySet<string>;
  state: State;
  /** Order of arrival; also tells a heap's item that is of the past from one that counts. */
  turn: number;
  /** Somebody works for it outside the queue: it isn't to be tried before that is done. */
  isHeld: boolean;
  /** Something that would have moved it happened while it was held. */
  isHelped: boolean;
}

interface Turn {
  readonly entry: Entry;
  readonly turn: number;
  readonly dueMs: number;
}

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 10_000;
/** As much of its backoff a pod has to wait when nobody else wants to be tried. */
const IDLE_SHARE = 0.1;
/** Events may be misjudged or missed: after so long everyone gets another try. */
const WAIT_MAX_MS = 300_000;
const NOBODY: ReadonlySet<string> = new Set();

/**
 * Pods that want a node. Ready ones are handed out by priority, then by age. One that was refused
 * waits until something happens that could help it, and at least as long as its backoff, which
 * doubles with every failure from 1 s to 10 s; a tenth of it is enough while the scheduler has
 * nothing else to do. One with scheduling gates waits for them to go.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: WaitingRoom;
  readonly #active = new BinaryHeap<Turn>((a, b) => {
    const lead = b.entry.info.priority - a.entry.info.priority;
    return lead < 0 || (lead === 0 && a.turn < b.turn);
  });
  readonly #backoff = new BinaryHeap<Turn>((a, b) => a.dueMs < b.dueMs);
  /** Those of the pods in backoff that may be tried earlier, if nobody else is there. */
  readonly #early = new BinaryHeap<Turn>((a, b) => a.dueMs < b.dueMs);
  #turn = 0;
  #timer: { readonly dueMs: number; readonly cancel: Cancel } | undefined;

  /** `wake` is called whenever there may be something to take. */
  constructor(clock: Clock, profile: Profile, wake: () => void) {
    this.#clock = clock;
    this.#waiting = new WaitingRoom(profile);
    this.#wake = wake;
  }

  /** How many pods are in which state. */
  get counts(): Readonly<Record<State, number>> {
    const counts = { gated: 0, active: 0, backoff: 0, waiting: 0, taken: 0 };
    for (const { state } of this.#entries.values()) counts[state]++;
    return counts;
  }

  get(uid: string): QueuedPod | undefined {
    return this.#entries.get(uid);
  }

  /** Takes in a pod, or a new version of one. `isRelevant`: it may fit now if it didn't. */
  put(info: PodInfo, isRelevant = true): void {
    const entry = this.#entries.get(info.uid);
    if (!entry) return this.#enter(info);
    const before = entry.info;
    entry.info = info;
    if (entry.state === 'gated' && !isGated(info)) this.#activate(entry);
    else if (entry.state === 'waiting' && isRelevant && before !== info) this.#help(entry);
  }

  delete(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    this.#entries.delete(uid);
    this.#waiting.delete(entry);
    entry.state = 'taken';
  }

  /** Hands out the next pod. It is the caller's until `reject`, `fail` or `delete`. */
  take(): QueuedPod | undefined {
    const entry = this.#firstOf(this.#active, 'active') ?? this.#firstOf(this.#early, 'backoff');
    if (entry) entry.state = 'taken';
    else if (this.#early.first) this.#plan(this.#early.first.dueMs);
    return entry;
  }

  /** No node is feasible: the pod waits for what the plugins wait for. */
  reject(uid: string, plugins: ReadonlySet<string>): void {
    const entry = this.#failed(uid);
    if (!entry) return;
    entry.rejectedBy = plugins;
    entry.state = 'waiting';
    this.#waiting.add(entry);
    this.#plan(entry.queuedAtMs + WAIT_MAX_MS);
  }

  /** Something went wrong that has nothing to do with the pod: it tries again after its backoff. */
  fail(uid: string): void {
    const entry = this.#failed(uid);
    if (entry) this.#activate(entry, 1);
  }

  /** Keeps a waiting pod from being tried while something is done for it. */
  hold(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) entry.isHeld = true;
  }

  /** Ends `hold`. The pod tries again if something helped it meanwhile, or if `isHelped`. */
  release(uid: string, isHelped: boolean): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.isHeld = false;
    const isDue = isHelped || entry.isHelped;
    entry.isHelped = false;
    if (isDue && entry.state === 'waiting') this.#help(entry);
  }

  /** Lets pods try again that a change may have helped. */
  notice(change: ClusterChange): void {
    if (this.#waiting.size === 0) return;
    for (const pod of this.#waiting.helpedBy(change)) this.#help(pod as Entry);
  }

  /** Drops all pods and timers. */
  close(): void {
    this.#timer?.cancel();
    for (const uid of [...this.#entries.keys()]) this.delete(uid);
  }

  #enter(info: PodInfo): void {
    const entry: Entry = {
      info,
      failures: 0,
      queuedAtMs: this.#clock.monotonicMs(),
      rejectedBy: NOBODY,
      state: 'gated',
      turn: 0,
      isHeld: false,
      isHelped: false,
    };
    this.#entries.set(info.uid, entry);
    if (!isGated(info)) this.#activate(entry);
  }

  #failed(uid: string): Entry | undefined {
    const entry = this.#entries.get(uid);
    if (entry?.state !== 'taken') return undefined;
    entry.failures++;
    entry.queuedAtMs = this.#clock.monotonicMs();
    return entry;
  }

  #help(entry: Entry): void {
    if (entry.isHeld) entry.isHelped = true;
    else this.#activate(entry);
  }

  /** Makes a pod ready, now or when its backoff is over. */
  #activate(entry: Entry, idleShare = IDLE_SHARE): void {
    this.#waiting.delete(entry);
    const turn = ++this.#turn;
    entry.turn = turn;
    const backoff = backoffMs(entry.failures);
    const dueMs = entry.queuedAtMs + backoff;
    if (dueMs <= this.#clock.monotonicMs()) {
      entry.state = 'active';
      this.#active.push({ entry, turn, dueMs });
      this.#wake();
    } else {
      const earlyMs = entry.queuedAtMs + backoff * idleShare;
      entry.state = 'backoff';
      this.#backoff.push({ entry, turn, dueMs });
      if (earlyMs < dueMs) this.#early.push({ entry, turn, dueMs: earlyMs });
      this.#plan(earlyMs);
    }
  }

  /** Takes the first of a heap that is still in that state, if its time has come. */
  #firstOf(heap: BinaryHeap<Turn>, state: State): Entry | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (let next = heap.first; next && next.dueMs <= nowMs; next = heap.first) {
      heap.pop();
      if (next.entry.state === state && next.entry.turn === next.turn) return next.entry;
    }
    return undefined;
  }

  #plan(dueMs: number): void {
    if (this.#timer && this.#timer.dueMs <= dueMs) return;
    this.#timer?.cancel();
    const delayMs = Math.max(0, dueMs - this.#clock.monotonicMs());
    const cancel = this.#clock.after(delayMs, () => this.#flush());
    this.#timer = { dueMs, cancel };
  }

  /** Moves on everyone whose time has come. */
  #flush(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (;;) {
      const due = this.#firstOf(this.#backoff, 'backoff');
      if (!due) break;
      this.#activate(due);
    }
    for (const pod of this.#waiting.since(nowMs - WAIT_MAX_MS)) this.#help(pod as Entry);
    if (this.#backoff.first) this.#plan(this.#backoff.first.dueMs);
    if (this.#waiting.size > 0) this.#plan(nowMs + WAIT_MAX_MS / 10);
    this.#wake(); // Whoever takes next may take early ones, and plans for those that are left.
  }
}

const isGated = ({ pod }: PodInfo): boolean => (pod.spec.schedulingGates?.length ?? 0) > 0;

const backoffMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(BACKOFF_FIRST_MS * 2 ** (failures - 1), BACKOFF_MAX_MS);
