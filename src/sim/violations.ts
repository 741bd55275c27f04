/** What is promised, by the name of the checker that looks after it. */
export type Promised =
  /** No more pods than were asked for, with what a rollout may have beside them. */
  | 'surge'
  /** No node is promised more than it has. */
  | 'capacity'
  /** No two have one address, or one network. */
  | 'addresses'
  /** A pod stays on its node, and an object itself: another one of its name comes after it. */
  | 'identity'
  /** No eviction leaves fewer healthy pods than the budget asks for. */
  | 'budget'
  /** The pods of a StatefulSet come one after the other. */
  | 'order'
  /** A rolling update takes no more pods of a DaemonSet away at a time than it may. */
  | 'rolling'
  /** No scheduled time is run twice, and none is noted that wasn't run. */
  | 'schedules'
  /** Jobs of one CronJob run beside each other only where they may. */
  | 'concurrency'
  /** Room that was made for a pod isn't given to a less important one. */
  | 'nomination'
  /** Nothing new comes into a namespace that is going. */
  | 'closing'
  /** Nothing is collected whose owner is there. */
  | 'ownership'
  /** Who is deleted in the foreground outlives what it owns. */
  | 'cascade'
  /** What was answered is there. */
  | 'durability'
  /** Revisions only grow, for every watcher. */
  | 'revisions'
  /** Of those who stand by, one leads at a time. */
  | 'leaders'
  /** Nobody works without end while no time goes by. */
  | 'hot-loop'
  /** Once nothing goes wrong any more, writing ends. */
  | 'settling'
  /** And then nobody writes. */
  | 'quiet'
  /** What must hold at rest, by what it is about. */
  | 'deletions'
  | 'orphans'
  | 'replica-sets'
  | 'deployments'
  | 'endpoints'
  | 'placement'
  | 'namespaces'
  | 'nodes'
  | 'budgets'
  | 'stateful-sets'
  | 'jobs'
  | 'daemon-sets'
  | 'cron-jobs'
  /** Pods leave a node that is tainted. */
  | 'taints'
  /** Pods leave a node that has died. */
  | 'node-death'
  /** Pods of a node that is taken away go with it. */
  | 'node-removal'
  /** A pod that fits is placed: all room that nobody has is there to be given away. */
  | 'room'
  /** Nothing throws. */
  | 'error';

/** A promise that wasn't kept, and how. */
export interface Violation {
  readonly promised: Promised;
  readonly what: string;
}

/** Where checkers tell what they found; the first of it counts. */
export class Violations {
  #first: Violation | undefined;

  get first(): Violation | undefined {
    return this.#first;
  }

  note(promised: Promised, what: string): void {
    this.#first ??= { promised, what };
  }
}
