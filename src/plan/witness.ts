import type { Event, Pod } from '../api/generated/core/v1/types.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { isReady, isTerminating } from '../controllers/pods.ts';
import type { ResourceReference } from '../explain/reference.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store, StoreEvent } from '../store/store.ts';
import { BudgetRecord } from './budget-record.ts';
import { isBuiltIn } from './collected-kinds.ts';
import { Owners, type Workload } from './owners.ts';
import { PodRecord, WorkloadRecord } from './workload-record.ts';

const ROOT = '/registry/';
const PODS = '/registry/pods/';
const BUDGETS = '/registry/policy/poddisruptionbudgets/';
/** What manages pods, or what does. */
const WORKLOADS = /^\/registry\/(apps|batch|replicationcontrollers)\//;
const WARNINGS = '/registry/events/';

/** Looks on while a change is rehearsed, and remembers what became of pods and budgets. */
export class Witness {
  readonly owners = new Owners();
  readonly workloads = new Map<string, WorkloadRecord>();
  readonly budgets = new Map<string, BudgetRecord>();
  readonly #warnings: Event[] = [];
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #stop: Cancel;

  constructor(store: Store<KubeObject>, clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    const before = store.snapshot();
    for (const { key, value } of before.list(ROOT)) {
      if (WORKLOADS.test(key) || isCustom(key)) this.owners.note(value);
    }
    for (const { value } of before.list(PODS)) this.#seePod(undefined, value as Pod, 'before');
    for (const workload of this.workloads.values()) workload.beginHere();
    for (const { value } of before.list(BUDGETS)) this.#seeBudget(value as PodDisruptionBudget);
    this.#stop = store.watch(ROOT, before.revision, {
      next: (events) => {
        for (const event of events) this.#see(event);
      },
      end: () => {},
    });
  }

  /** Milliseconds since it began to look on. */
  get atMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** What went wrong, as it was told of workloads, or of what belongs to them. */
  warningsOf(isMeant: (about: ResourceReference) => boolean): string[] {
    return this.#warnings
      .filter(({ involvedObject: { uid = '' } }) => {
        const object = this.owners.get(uid);
        return object !== undefined && isMeant(this.owners.workloadOf(object).about);
      })
      .map(({ message = '' }) => message);
  }

  close(): void {
    this.#stop();
  }

  #see({ type, entry, previous }: StoreEvent<KubeObject>): void {
    const { key, value } = entry;
    if (key.startsWith(PODS)) {
      this.#seePod(previous?.value as Pod | undefined, value as Pod, type);
    } else if (key.startsWith(BUDGETS)) {
      if (type === 'put') this.#seeBudget(value as PodDisruptionBudget);
    } else if (key.startsWith(WARNINGS)) {
      if ((value as Event).type === 'Warning') this.#warnings.push(value as Event);
    } else if (WORKLOADS.test(key) || isCustom(key)) this.owners.note(value);
  }

  #seePod(previous: Pod | undefined, pod: Pod, type: 'before' | 'put' | 'delete'): void {
    const workload = this.#workloadOf(pod);
    const { uid } = pod.metadata;
    const atMs = this.atMs;
    if (previous && previous.metadata.uid !== uid) workload.gone(previous.metadata.uid, atMs);
    if (type === 'delete') return workload.gone(uid, atMs);
    const isNew = type === 'put' && previous === undefined;
    const known = workload.pods.get(uid) ?? new PodRecord(pod, isNew ? atMs : undefined);
    workload.take(known, pod, { atMs, isReady: isReady(pod) && !isTerminating(pod) });
  }

  #workloadOf(pod: Pod): WorkloadRecord {
    const workload: Workload = this.owners.workloadOf(pod);
    const known = this.workloads.get(workload.uid) ?? new WorkloadRecord(workload);
    this.workloads.set(workload.uid, known);
    return known;
  }

  #seeBudget(budget: PodDisruptionBudget): void {
    const { uid } = budget.metadata;
    const known = this.budgets.get(uid) ?? new BudgetRecord(budget);
    this.budgets.set(uid, known);
    known.take(budget, this.atMs);
  }
}

/** `/registry/GROUP/…` of a group that isn't one of Kubernetes' own. */
function isCustom(key: string): boolean {
  const [, , group = ''] = key.split('/', 3);
  return group.includes('.') && !isBuiltIn(group);
}
