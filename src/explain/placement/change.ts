import type { Scenario } from './scenario.ts';

/** One thing that somebody could change, so that a pod may fit. */
export interface Change {
  /** The same for the same change, however it was come upon. */
  readonly key: string;
  /** In the imperative: `uncordon node-1`. */
  readonly text: string;
  readonly commands: readonly string[];
  /**
   * How much it asks of people, to compare: a switch that was turned on by hand is turned off (1),
   * the pod asks for less or bears more (2), it gives up a wish (4), something else gives way (6),
   * a machine is bought (9). Fractions tell more of the same kind from less.
   */
  readonly weight: number;
  /** The only node that is another afterwards, where it is one node that changes. */
  readonly node?: string;
  apply(scenario: Scenario): Scenario;
}

/** Whether a change gets a node for a pod that has none without it. */
export function helps(change: Change, scenario: Scenario): boolean {
  const after = change.apply(scenario);
  return change.node === undefined ? after.isPlaceable : after.isPlaceableBy(change.node);
}
