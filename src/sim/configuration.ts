import { type Random, randomInt } from '../base/random.ts';
import {
  type DisturbanceWeights,
  drawDeadlyFaults,
  drawDisturbances,
  type FaultRates,
} from './faults.ts';
import { RandomStreams } from './random-streams.ts';

/** What can be asked of runs, whatever else their seeds draw. */
export interface SimulationOptions {
  /** How long things go wrong, in virtual milliseconds. */
  readonly troubleMs?: number;
  /** Many small nodes, and pods for which others have to go. */
  readonly isCrowded?: boolean;
  /** Five times as many calls meet with something. */
  readonly isSevere?: boolean;
  /** Whether users work with DaemonSets, and with CronJobs; half of the seeds do unless said. */
  readonly hasDaemonSets?: boolean;
  readonly hasCronJobs?: boolean;
  /** Watches break, stall, fall silent and are forgotten in every run, and often. */
  readonly hasBadWatches?: boolean;
}

/** The last that a run tries, when all has settled. */
export type Drill = 'none' | 'taint' | 'power-off' | 'removal' | 'filling' | 'outage' | 'rollout';

/** One run: the cluster's shape, what users do to it, and what goes wrong. All follows from it. */
export interface Configuration {
  readonly seed: number;
  readonly nodeCount: number;
  readonly isCrowded: boolean;
  /** Whether users work with DaemonSets. */
  readonly hasDaemonSets: boolean;
  /** Whether users work with CronJobs. */
  readonly hasCronJobs: boolean;
  /** Whether each part of the control plane runs twice, one of which is elected to work. */
  readonly isDoubled: boolean;
  readonly troubleMs: number;
  readonly faults: FaultRates;
  readonly disturbances: DisturbanceWeights;
  readonly drill: Drill;
  /** Things that users don't do this time. */
  readonly omitted: readonly string[];
}

const TROUBLE_MS = 180_000;
/** In the end there is room for all that the workload may ask for, to the last node. */
const CROWDED_NODES = 10;

const BAD_WATCHES = {
  watchDelayMaxMs: 2000,
  watchStall: 0.3,
  watchDead: 0.2,
  watchLifeMaxMs: 40_000,
  watchExpired: 0.5,
};

/** Draws a run from a seed. */
export function drawConfiguration(seed: number, options: SimulationOptions = {}): Configuration {
  const { troubleMs = TROUBLE_MS, isCrowded = false, isSevere = false } = options;
  const { hasBadWatches = false } = options;
  const random = new RandomStreams(seed).stream('configuration');
  const nodeCount = 3 + randomInt(random, 3);
  return {
    seed,
    nodeCount: isCrowded ? CROWDED_NODES : nodeCount,
    isCrowded,
    ...drawKinds(new RandomStreams(seed).stream('kinds'), options),
    isDoubled: random.float() < 0.25,
    troubleMs,
    faults: { ...drawDeadlyFaults(random, isSevere ? 5 : 1), ...(hasBadWatches && BAD_WATCHES) },
    disturbances: drawDisturbances(random),
    drill: drawDrill(random.float()),
    omitted: [],
  };
}

/** From a stream of its own: what else a seed draws stays, and so does what it has found. */
function drawKinds(random: Random, options: SimulationOptions) {
  const [hasDaemonSets, hasCronJobs] = [random.float() < 0.5, random.float() < 0.5];
  return {
    hasDaemonSets: options.hasDaemonSets ?? hasDaemonSets,
    hasCronJobs: options.hasCronJobs ?? hasCronJobs,
  };
}

function drawDrill(chance: number): Drill {
  if (chance < 0.2) return 'taint';
  if (chance < 0.35) return 'power-off';
  if (chance < 0.5) return 'removal';
  if (chance < 0.7) return 'filling';
  if (chance < 0.75) return 'outage';
  return chance < 0.8 ? 'rollout' : 'none';
}
