import type { Explanation } from '../explain/explanation.ts';
import type { ResourceReference } from '../explain/reference.ts';
import type { FieldChange } from './field-changes.ts';

/**
 * What an apply would do. This is what `tutti plan -o json` prints, and stays as it is: fields are
 * added, none is renamed. Times are milliseconds from the moment of the apply.
 */
export interface Plan {
  readonly schema: 'tutti.dev/plan/v1';
  /** `fails`: something is refused, or doesn't come to run. */
  readonly outcome: 'unchanged' | 'changes' | 'fails';
  /** All of it in one line. */
  readonly summary: string;
  readonly counts: ChangeCounts;
  /** Until nothing changes any more. */
  readonly durationMs: number;
  /** Whether that came about within the time that was rehearsed. */
  readonly isSettled: boolean;
  /** What the manifests say, in the order in which they are applied. */
  readonly objects: readonly ObjectChange[];
  /** What else is made or deleted because of that, but for pods. */
  readonly follows: readonly ObjectChange[];
  /** What the API would refuse. */
  readonly refusals: readonly Refusal[];
  /** Workloads whose pods don't stay as they are. */
  readonly workloads: readonly WorkloadOutcome[];
  /** Disruption budgets that are used up or broken meanwhile. */
  readonly budgets: readonly BudgetOutcome[];
  /** Quotas of which more is used then. */
  readonly quotas: readonly QuotaOutcome[];
  /** What isn't well in the end, and what would mend it. */
  readonly troubles: readonly Explanation[];
  /** What to know besides: what is assumed, what isn't known, what has no effect yet. */
  readonly notes: readonly string[];
  /** What happens when. */
  readonly timeline: readonly Moment[];
}

export interface ChangeCounts {
  readonly create: number;
  readonly change: number;
  readonly delete: number;
  readonly unchanged: number;
  readonly refused: number;
}

/** What becomes of one object. */
export interface ObjectChange {
  readonly about: ResourceReference;
  readonly action: 'create' | 'change' | 'delete' | 'unchanged';
  /** What differs; of objects that follow, nothing is listed. */
  readonly fields: readonly FieldChange[];
}

/** A manifest that the API would refuse. */
export interface Refusal {
  /** `app.yaml:12` */
  readonly origin: string;
  readonly message: string;
  readonly advice: string | undefined;
}

/** How many pods were ready from a moment on. */
export interface Level {
  readonly atMs: number;
  readonly ready: number;
}

/** What becomes of the pods of one workload. */
export interface WorkloadOutcome {
  readonly about: ResourceReference;
  /** Why its pods don't stay as they are. */
  readonly why: readonly string[];
  readonly wantedBefore: number;
  readonly wantedAfter: number;
  readonly readyBefore: number;
  readonly readyAfter: number;
  /** How many were ready from which moment on; `atMs` grows. */
  readonly levels: readonly Level[];
  /** The fewest that were ready at any time. */
  readonly lowestReady: number;
  readonly lowestAtMs: number;
  /** How long fewer were ready than before and than are wanted in the end. */
  readonly belowForMs: number;
  /**
   * Pods that were there before and still are, that are new, that are gone, and of all these those
   * whose work came to its end.
   */
  readonly pods: {
    readonly kept: number;
    readonly started: number;
    readonly stopped: number;
    readonly ended: number;
  };
  /** How many of the new pods that are there in the end each node has; `` of those without one. */
  readonly nodes: Readonly<Record<string, number>>;
  /** When the last of its pods that become ready has; undefined where none starts. */
  readonly readyAtMs: number | undefined;
  /** What its new pods are expected to take. */
  readonly expected: ExpectedTimes | undefined;
}

export interface ExpectedTimes {
  readonly startMs: number;
  readonly readyMs: number | undefined;
  /** `3 pods of web`; undefined where it is assumed. */
  readonly seenAt: string | undefined;
}

/** What becomes of a disruption budget. */
export interface BudgetOutcome {
  readonly about: ResourceReference;
  /** How many pods it wants healthy, and the fewest that were. */
  readonly wanted: number;
  readonly lowest: number;
  /** Whether there were fewer than it wants: rollouts don't ask budgets. */
  readonly isBroken: boolean;
  /** How long no pod may be evicted, nodes therefore not be drained. */
  readonly blockedForMs: number;
}

/** What becomes of one resource of a quota. */
export interface QuotaOutcome {
  readonly about: ResourceReference;
  readonly resource: string;
  readonly hard: string;
  readonly usedBefore: string;
  readonly usedAfter: string;
  /** Whether something was refused because of it. */
  readonly isHit: boolean;
}

export interface Moment {
  readonly atMs: number;
  readonly about: ResourceReference;
  readonly text: string;
}
