import { randomInt } from '../base/random.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Snapshot, Store } from '../store/store.ts';
import { BudgetChecker } from './budgets.ts';
import { CascadeChecker } from './cascades.ts';
import { ClosingChecker } from './closing.ts';
import { type Configuration, drawConfiguration, type SimulationOptions } from './configuration.ts';
import { DaemonChecker } from './daemons.ts';
import { disturbancesOf, endDisturbances } from './disturbances.ts';
import { drilled } from './drills.ts';
import { NO_FAULTS } from './faults.ts';
import { Haunted } from './haunted.ts';
import { NominationChecker } from './nomination.ts';
import { OrderChecker } from './order.ts';
import { faultsAtRest } from './rest.ts';
import { SafetyChecker } from './safety.ts';
import { ScheduleChecker } from './schedules.ts';
import { type Steps, stepAtRandom } from './steps.ts';
import { Truth } from './truth.ts';
import { type Promised, type Violation, Violations } from './violations.ts';
import {
  CROWDED_STEPS,
  createNamespaces,
  DAEMON_STEPS,
  putRight,
  SCHEDULE_STEPS,
  STEPS,
} from './workload.ts';
import { createWorld, type World } from './world.ts';

/** How a run ended. */
export interface Outcome {
  readonly configuration: Configuration;
  /** Undefined when all was well. */
  readonly failure: string | undefined;
  /** What was promised and not kept, when something wasn't. */
  readonly promised: Promised | undefined;
  /** Equal for equal histories. */
  readonly hash: string;
  /** Simulated time, in milliseconds. */
  readonly virtualMs: number;
  /** The newest writes and, before them, what users did. */
  readonly recent: readonly string[];
  /** All objects as they were in the end; undefined where it didn't come to any. */
  readonly objects: Snapshot<KubeObject> | undefined;
}

/** What a run takes from outside. */
export interface RunTools {
  /** Where the objects are kept; a memory store of its own unless said. */
  readonly store?: Store<KubeObject>;
  /** Whether calls take turns, as they have to for a store on a disk to leave the same trace. */
  readonly takesTurns?: boolean;
}

const STEP_MAX_MS = 6000;
const SETTLE_MAX_MS = 40 * 60_000;
const QUIET_MS = 6 * 60_000; // Longer than the longest delay between two attempts.
const REST_MS = 4 * 60_000; // With the quiet before it, longer than anybody waits.
const CROWDED_CAPACITY = { cpu: '1', memory: '8Gi', pods: '110' };

/** Runs the cluster of a seed through the life of a seed: trouble, then rest. Never rejects. */
export const simulate = (seed: number, options: SimulationOptions = {}): Promise<Outcome> =>
  run(drawConfiguration(seed, options));

/** As `simulate`, for a configuration that was drawn before, and may have been changed since. */
export async function run(configuration: Configuration, tools: RunTools = {}): Promise<Outcome> {
  const simulation = new Simulation(configuration, tools);
  try {
    await simulation.run();
    return simulation.end(undefined);
  } catch (error) {
    const isOurs = error instanceof FailureError;
    const what = (error as Error).stack ?? String(error);
    return simulation.end(isOurs ? error.violation : { promised: 'error', what });
  }
}

class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly violation: Violation;

  constructor(promised: Promised, what: string) {
    super(what);
    this.violation = { promised, what };
  }
}

class Simulation {
  readonly #configuration: Configuration;
  readonly #tools: RunTools;
  readonly #did: string[] = [];
  readonly #violations = new Violations();
  #world: World | undefined;
  #truth: Truth | undefined;
  #daemons: DaemonChecker | undefined;

  constructor(configuration: Configuration, tools: RunTools) {
    this.#configuration = configuration;
    this.#tools = tools;
  }

  async run(): Promise<void> {
    const { drill, faults } = this.#configuration;
    const world = await this.#begin();
    world.faults = faults;
    await this.#trouble();
    world.faults = NO_FAULTS;
    endDisturbances(world);
    await putRight(world);
    await this.#settle();
    this.#daemons?.calm();
    if (drill !== 'none') {
      const truth = this.#truth as Truth;
      this.#failOn(await drilled(drill, { world, truth }, (ms) => this.#pass(ms)));
      await this.#settle();
    }
    await this.#rest();
  }

  end(violation: Violation | undefined): Outcome {
    const world = this.#world;
    const recent = [...this.#did.slice(-30), ...(this.#truth?.recent ?? [])];
    const hash = this.#truth?.traceHash() ?? '';
    const virtualMs = world?.clock.monotonicMs() ?? 0;
    this.#truth?.close();
    world?.close();
    const failure = violation && `${violation.promised}: ${violation.what}`;
    const promised = violation?.promised;
    return {
      configuration: this.#configuration,
      failure,
      promised,
      hash,
      virtualMs,
      recent,
      objects: world?.store.snapshot(),
    };
  }

  /** Makes the world, with what users work in, and everybody who looks after it. */
  async #begin(): Promise<World> {
    const { seed, isDoubled, isCrowded, nodeCount } = this.#configuration;
    const violations = this.#violations;
    const options = { components: [], isDoubled, violations, ...this.#tools };
    const world = await createWorld(seed, options);
    this.#world = world;
    const truth = new Truth(world.store, world.clock);
    this.#truth = truth;
    const haunted = new Haunted();
    new SafetyChecker(truth, world.clock, violations, haunted);
    const daemons = new DaemonChecker(truth, world.clock, violations, { haunted, nodeCount });
    this.#daemons = daemons;
    new ScheduleChecker(truth, violations, haunted);
    new ClosingChecker(truth, world.clock, violations);
    new NominationChecker(truth, violations, haunted);
    new BudgetChecker(truth, world.clock, violations);
    new CascadeChecker(truth, violations);
    new OrderChecker(truth, world.clock, violations);
    world.onHaunting((request) => haunted.note(request));
    world.onArrival((request, component) => daemons.arrived(request, component));
    world.startAll();
    for (let i = 0; i < nodeCount; i++) {
      const labels = { 'topology.kubernetes.io/zone': `zone-${i % 2}` };
      world.addNode(`node-${i}`, { labels, ...(isCrowded && { capacity: CROWDED_CAPACITY }) });
    }
    await this.#pass(5000);
    await createNamespaces(world);
    return world;
  }

  /** What may happen, users' doings and disturbances alike. */
  #steps(): Steps {
    const { isCrowded, hasDaemonSets, hasCronJobs, disturbances, omitted } = this.#configuration;
    const steps = [
      ...STEPS,
      ...(isCrowded ? CROWDED_STEPS : []),
      ...disturbancesOf(disturbances),
      ...(hasDaemonSets ? DAEMON_STEPS : []),
      ...(hasCronJobs ? SCHEDULE_STEPS : []),
    ];
    return steps.filter(([, name]) => !omitted.includes(name));
  }

  async #trouble(): Promise<void> {
    const world = this.#world as World;
    const random = world.streams.stream('workload');
    const steps = this.#steps();
    const endMs = world.clock.monotonicMs() + this.#configuration.troubleMs;
    while (world.clock.monotonicMs() < endMs) {
      const did = await stepAtRandom(world, random, steps);
      this.#did.push(`${world.clock.monotonicMs()} ${did}`);
      await this.#pass(randomInt(random, STEP_MAX_MS));
    }
  }

  /** Lets time go by, looking after every event whether all still holds. */
  async #pass(ms: number): Promise<void> {
    const world = this.#world as World;
    await world.clock.advance(ms, () => {
      const { overheated, leadersAtOnce } = world;
      if (overheated) throw new FailureError('hot-loop', overheated);
      if (leadersAtOnce) throw new FailureError('leaders', leadersAtOnce);
      const { first } = this.#violations;
      if (first) throw new FailureError(first.promised, first.what);
    });
  }

  #failOn([first, ...others]: readonly Violation[]): void {
    if (!first) return;
    const what = [first, ...others].map((each) => each.what).join('\n');
    throw new FailureError(first.promised, what);
  }

  /** Until nobody has anything to write for a while. */
  async #settle(): Promise<void> {
    const world = this.#world as World;
    const endMs = world.clock.monotonicMs() + SETTLE_MAX_MS;
    let [writes, sinceMs] = [this.#workWrites(), world.clock.monotonicMs()];
    while (world.clock.monotonicMs() - sinceMs < QUIET_MS) {
      if (world.clock.monotonicMs() > endMs) {
        throw new FailureError('settling', 'somebody still writes long after');
      }
      await this.#pass(10_000);
      if (this.#workWrites() === writes) continue;
      [writes, sinceMs] = [this.#workWrites(), world.clock.monotonicMs()];
    }
  }

  /** Everything is as it should be, and stays so without anybody writing, or looking for what is there. */
  async #rest(): Promise<void> {
    const truth = this.#truth as Truth;
    this.#failOn(faultsAtRest(truth));
    const before = new Map(truth.writes);
    const looks = new Set<string>();
    this.#world?.onArrival(({ verb, plural }, component) => {
      if (verb === 'list' || verb === 'watch') looks.add(`${component}: ${verb} ${plural}`);
    });
    await this.#pass(REST_MS);
    const written = [...truth.writes]
      .filter(([resource, count]) => isWork(resource) && count !== before.get(resource))
      .map(([resource, count]) => `${count - (before.get(resource) ?? 0)} of ${resource}`);
    if (written.length > 0)
      throw new FailureError('quiet', `writes at rest: ${written.join(', ')}`);
    if (looks.size > 0) throw new FailureError('quiet', `looks at rest: ${[...looks].join(', ')}`);
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
