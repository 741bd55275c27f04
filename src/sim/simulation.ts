import { randomInt } from '../base/random.ts';
import { drawFaults, NO_FAULTS } from './faults.ts';
import { faultsAtRest } from './rest.ts';
import { SafetyChecker } from './safety.ts';
import { Truth } from './truth.ts';
import { CROWDED_STEPS, createNamespaces, putRight, STEPS, stepAtRandom } from './workload.ts';
import { createWorld, type World } from './world.ts';

/** How a run of one seed ended. */
export interface Outcome {
  readonly seed: number;
  /** Undefined when all was well. */
  readonly failure: string | undefined;
  /** Equal for equal histories. */
  readonly hash: string;
  /** Simulated time, in milliseconds. */
  readonly virtualMs: number;
  /** The newest writes and, before them, what users did. */
  readonly recent: readonly string[];
}

export interface SimulationOptions {
  /** How long things go wrong, in virtual milliseconds. */
  readonly troubleMs?: number;
  /** Many small nodes, and pods for which others have to go. */
  readonly isCrowded?: boolean;
  /** Five times as many calls meet with something. */
  readonly isSevere?: boolean;
}

const STEP_MAX_MS = 6000;
const SETTLE_MAX_MS = 40 * 60_000;
const QUIET_MS = 6 * 60_000; // Longer than the longest delay between two attempts.
const REST_MS = 10 * 60_000;
/** In the end there is room for all that the workload may ask for, to the last node. */
const CROWDED_NODES = 10;
const CROWDED_CAPACITY = { cpu: '1', memory: '8Gi', pods: '110' };

/** Runs one random cluster through one random life: trouble, then rest. Never rejects. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const simulation = new Simulation(seed, options);
  let failure: string | undefined;
  try {
    await simulation.run(options.troubleMs ?? 180_000);
  } catch (error) {
    failure =
      error instanceof FailureError ? error.message : ((error as Error).stack ?? `${error}`);
  }
  return simulation.end(failure);
}

class FailureError extends Error {
  override readonly name = 'FailureError';
}

class Simulation {
  readonly #seed: number;
  readonly #isCrowded: boolean;
  readonly #severity: number;
  readonly #did: string[] = [];
  #world: World | undefined;
  #truth: Truth | undefined;
  #safety: SafetyChecker | undefined;

  constructor(seed: number, { isCrowded = false, isSevere = false }: SimulationOptions) {
    this.#seed = seed;
    this.#isCrowded = isCrowded;
    this.#severity = isSevere ? 5 : 1;
  }

  async run(troubleMs: number): Promise<void> {
    const world = await createWorld(this.#seed, { components: [] });
    this.#world = world;
    this.#truth = new Truth(world.store, world.clock);
    this.#safety = new SafetyChecker(this.#truth, world.clock);
    const random = world.streams.stream('configuration');
    world.startAll();
    const count = this.#isCrowded ? CROWDED_NODES : 2 + randomInt(random, 4);
    const capacity = this.#isCrowded && { capacity: CROWDED_CAPACITY };
    for (let i = 0; i < count; i++) {
      const labels = { 'topology.kubernetes.io/zone': `zone-${i % 2}` };
      world.addNode(`node-${i}`, { labels, ...capacity });
    }
    await this.#pass(5000);
    await createNamespaces(world);
    world.faults = drawFaults(random, this.#severity);
    await this.#trouble(troubleMs);
    world.faults = NO_FAULTS;
    await putRight(world);
    await this.#settle();
    await this.#rest();
  }

  end(failure: string | undefined): Outcome {
    const world = this.#world;
    const recent = [...this.#did.slice(-30), ...(this.#truth?.recent ?? [])];
    const hash = this.#truth?.traceHash() ?? '';
    const virtualMs = world?.clock.monotonicMs() ?? 0;
    this.#truth?.close();
    world?.close();
    return { seed: this.#seed, failure, hash, virtualMs, recent };
  }

  async #trouble(forMs: number): Promise<void> {
    const world = this.#world as World;
    const random = world.streams.stream('workload');
    const endMs = world.clock.monotonicMs() + forMs;
    while (world.clock.monotonicMs() < endMs) {
      const did = await stepAtRandom(world, random, this.#isCrowded ? CROWDED_STEPS : STEPS);
      this.#did.push(`${world.clock.monotonicMs()} ${did}`);
      await this.#pass(randomInt(random, STEP_MAX_MS));
    }
  }

  /** Lets time go by, looking after every event whether all still holds. */
  async #pass(ms: number): Promise<void> {
    const [world, safety] = [this.#world as World, this.#safety as SafetyChecker];
    await world.clock.advance(ms, () => {
      if (safety.violation) throw new FailureError(safety.violation);
      if (world.overheated) throw new FailureError(`a hot loop: ${world.overheated}`);
    });
  }

  /** Until nobody has anything to write for a while. */
  async #settle(): Promise<void> {
    const world = this.#world as World;
    const endMs = world.clock.monotonicMs() + SETTLE_MAX_MS;
    let [writes, sinceMs] = [this.#workWrites(), world.clock.monotonicMs()];
    while (world.clock.monotonicMs() - sinceMs < QUIET_MS) {
      if (world.clock.monotonicMs() > endMs) throw new FailureError('still writing long after');
      await this.#pass(10_000);
      if (this.#workWrites() === writes) continue;
      [writes, sinceMs] = [this.#workWrites(), world.clock.monotonicMs()];
    }
  }

  /** Everything is as it should be, and stays so without anybody writing. */
  async #rest(): Promise<void> {
    const truth = this.#truth as Truth;
    const faults = faultsAtRest(truth);
    if (faults.length > 0) throw new FailureError(faults.join('\n'));
    const before = new Map(truth.writes);
    await this.#pass(REST_MS);
    const written = [...truth.writes]
      .filter(([resource, count]) => isWork(resource) && count !== before.get(resource))
      .map(([resource, count]) => `${count - (before.get(resource) ?? 0)} of ${resource}`);
    if (written.length > 0) throw new FailureError(`writes at rest: ${written.join(', ')}`);
  }

  #workWrites(): number {
    let sum = 0;
    for (const [resource, count] of this.#truth?.writes ?? []) if (isWork(resource)) sum += count;
    return sum;
  }
}

/** Leases are renewed and events expire, however quiet it is. */
const isWork = (resource: string): boolean =>
  resource !== 'coordination.k8s.io/leases' && resource !== 'events';
