import type { Pod } from '../api/generated/core/v1/types.ts';
import type { ApiServer } from '../apiserver/api-server.ts';
import { bootstrap } from '../apiserver/bootstrap.ts';
import { objectCodec } from '../apiserver/encoding/json.ts';
import { createLogger, type LogEntry, type Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Client, Transport } from '../client/client.ts';
import { createClient } from '../client/typed-client.ts';
import type { ApiRequest } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { checked } from './answers.ts';
import { type Component, Elections, roleOf, startRole } from './control-plane.ts';
import { type FaultRates, NO_FAULTS } from './faults.ts';
import { FaultyTransport } from './faulty-transport.ts';
import { NodeAgent, type SimulatedNodeSpec } from './node-agent.ts';
import { ordinaryPods, type PodBehaviour, type PodModel } from './pod-model.ts';
import { Process } from './process.ts';
import { RandomStreams } from './random-streams.ts';
import { SimulatedServer } from './simulated-server.ts';
import type { Violations } from './violations.ts';

export interface WorldOptions {
  /** What goes wrong on the way between components and the API; nothing unless said. */
  readonly faults?: FaultRates;
  /** How pods behave on simulated nodes. */
  readonly model?: PodModel;
  /** Which parts run beside the API server; the controllers unless said. */
  readonly components?: readonly Component[];
  /** What the world begins with; nothing unless said. */
  readonly store?: Store<KubeObject>;
  /** Its time in the beginning, in milliseconds since the epoch. */
  readonly startMs?: number;
  /** How many addresses were given to pods before; see `World.addressesTaken`. */
  readonly addressesTaken?: number;
  /** So many calls in one moment are taken for a hot loop; enough for a few hundred pods unless said. */
  readonly callsAtOnceMax?: number;
  /** Whether each part of the control plane runs twice, one of which is elected to work. */
  readonly isDoubled?: boolean;
  /** Whether calls take turns: then the store may be one on a disk, and leaves the same trace. */
  readonly takesTurns?: boolean;
  /** Where it is told what of the server's answers was wrong; they aren't looked after without. */
  readonly violations?: Violations;
}

const CALLS_AT_ONCE_MAX = 5000; // Few: random life finds hot loops often, and soon.

/** A cluster in this process, in virtual time, whose every chance comes from one seed. */
export class World {
  readonly clock: VirtualClock;
  readonly store: Store<KubeObject>;
  readonly apiServer: SimulatedServer;
  /** The administrator's client, on which nothing goes wrong. */
  readonly client: Client;
  readonly streams: RandomStreams;
  /** What goes wrong from now on; may be set at any time. */
  faults: FaultRates;
  readonly #log: LogEntry[] = [];
  readonly #logger: Logger;
  readonly #model: PodModel;
  readonly #callsAtOnceMax: number;
  readonly #running = new Map<string, Process>();
  readonly #elections: Elections | undefined;
  readonly #violations: Violations | undefined;
  readonly #nodes = new Map<string, NodeAgent>();
  readonly #crashes = new Set<(component: string) => void>();
  readonly #hauntings = new Set<(request: ApiRequest) => void>();
  readonly #arrivals = new Set<(request: ApiRequest, component: string) => void>();
  readonly #specs = new Map<string, SimulatedNodeSpec>();
  #lives = 0;
  #addresses: number;
  #calls = { atMs: -1, count: 0 };
  #overheated: string | undefined;
  #modelFault: unknown;

  constructor(seed: number, options: WorldOptions = {}) {
    const { faults = NO_FAULTS, model = ordinaryPods, startMs } = options;
    this.store = options.store ?? createMemoryStore(objectCodec);
    this.streams = new RandomStreams(seed);
    this.clock = options.takesTurns
      ? new VirtualClock(startMs, () => this.apiServer.turns!.settle())
      : new VirtualClock(startMs);
    this.faults = faults;
    this.#model = (pod, random) => this.#ask(model, pod, random);
    this.#addresses = options.addressesTaken ?? 0;
    this.#callsAtOnceMax = options.callsAtOnceMax ?? CALLS_AT_ONCE_MAX;
    this.#violations = options.violations;
    this.#elections = options.isDoubled ? new Elections() : undefined;
    this.#logger = createLogger((entry) => this.#log.push(entry));
    const { clock, store } = this;
    this.apiServer = new SimulatedServer({
      clock,
      streams: this.streams,
      logger: this.#logger,
      store,
      takesTurns: options.takesTurns ?? false,
    });
    this.client = createClient(this.#direct('admin'), { fieldManager: 'admin' });
  }

  /** The API server that runs, or that ran last. */
  get server(): ApiServer {
    return this.apiServer.api;
  }

  /** Everything that was logged, oldest first. */
  get log(): readonly LogEntry[] {
    return this.#log;
  }

  /** Who called without end while no time went by, if anybody did; all components were stopped. */
  get overheated(): string | undefined {
    return this.#overheated;
  }

  /** What the model of pods threw first, if it did: that pod behaved as ordinary ones do. */
  get modelFault(): unknown {
    return this.#modelFault;
  }

  /** How many addresses pods were given so far: what goes on from here begins after them. */
  get addressesTaken(): number {
    return this.#addresses;
  }

  /** Names of the simulated nodes that have power. */
  get poweredNodes(): string[] {
    return [...this.#specs.keys()].filter((name) => this.#running.has(`node/${name}`));
  }

  get nodeNames(): string[] {
    return [...this.#specs.keys()];
  }

  /** The parts of the control plane, whether they run or not. */
  get components(): readonly Component[] {
    return this.#elections
      ? ['controllers', 'scheduler', 'controllers-2', 'scheduler-2']
      : ['controllers', 'scheduler'];
  }

  /** Who led beside another, if two ever did though both were awake. */
  get leadersAtOnce(): string | undefined {
    return this.#elections?.violation;
  }

  /** Starts a component, which must not be running. */
  start(component: Component): void {
    const process = this.#begin(component);
    const clientFor = (name: string, term?: AbortSignal) => this.#faultyClient(name, process, term);
    const tools = { process, logger: this.#logger, catalog: this.apiServer.catalog, clientFor };
    const role = roleOf(component);
    if (this.#elections) this.#elections.stand(role, tools);
    else startRole(role, tools, process.signal);
  }

  /** Starts all components, none of which may be running. */
  startAll(): void {
    for (const component of this.components) this.start(component);
  }

  /** Ends a component at once, wherever it is: nothing of it is heard of again. */
  crash(component: string): void {
    const process = this.#running.get(component);
    this.#running.delete(component);
    this.#nodes.delete(component);
    process?.end();
  }

  /** Processes that run: of components, and of nodes as `node/name`. */
  get processes(): readonly Process[] {
    return [...this.#running.values()];
  }

  /** Calls `listener` when a component has died of what went wrong, and not by `crash`. */
  onCrash(listener: (component: string) => void): void {
    this.#crashes.add(listener);
  }

  /** Calls `listener` before each write of somebody who is dead, or was deposed. */
  onHaunting(listener: (request: ApiRequest) => void): void {
    this.#hauntings.add(listener);
  }

  /** Calls `listener` for each request that reaches the server, where its answers are looked after. */
  onArrival(listener: (request: ApiRequest, component: string) => void): void {
    this.#arrivals.add(listener);
  }

  isRunning(component: string): boolean {
    return this.#running.has(component);
  }

  /** Adds a node and gives it power. */
  addNode(name: string, spec: Partial<SimulatedNodeSpec> = {}): void {
    this.declareNode(name, spec);
    this.powerOn(name);
  }

  /** Adds a node that has no power yet. */
  declareNode(name: string, spec: Partial<SimulatedNodeSpec> = {}): void {
    const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
    this.#specs.set(name, { name, labels: {}, capacity, ...spec });
  }

  /** What a node was made with, if there is such a node. */
  specOf(name: string): SimulatedNodeSpec | undefined {
    return this.#specs.get(name);
  }

  /** A client for somebody else who works on the cluster; what goes wrong concerns it, too. */
  clientFor(name: string): Client {
    return this.#faultyClient(name);
  }

  /**
   * Boots a node that has no power. Nothing runs on it that ran before, unless it `resumes`: then
   * all goes on as its pods' statuses say.
   */
  powerOn(name: string, { resumes = false } = {}): void {
    const spec = this.#specs.get(name);
    const component = `node/${name}`;
    if (!spec || this.#running.has(component)) return;
    const process = this.#begin(component);
    const { clock, random, signal } = process;
    const client = this.#faultyClient(component, process);
    const takeAddress = () => this.#takeAddress();
    const tools = { clock, random, logger: this.#logger, client, model: this.#model, takeAddress };
    const agent = new NodeAgent(tools, spec, { signal, resumes });
    this.#nodes.set(component, agent);
    agent.start();
  }

  /** The agent of a node that has power. */
  agentOf(name: string): NodeAgent | undefined {
    return this.#nodes.get(`node/${name}`);
  }

  powerOff(name: string): void {
    this.crash(`node/${name}`);
  }

  /** Stops everything. */
  close(): void {
    for (const component of [...this.#running.keys()]) this.crash(component);
    this.apiServer.close();
  }

  #begin(component: string): Process {
    const process = new Process(component, {
      clock: this.clock,
      random: this.streams.stream(`${component} ${this.#lives++}`),
      crash: () => {
        if (this.#running.get(component) !== process) return;
        this.crash(component);
        for (const listener of this.#crashes) listener(component);
      },
      isDeposed: () => this.#isDeposed(process),
      haunt: (request) => {
        for (const listener of this.#hauntings) listener(request);
      },
    });
    this.#running.set(component, process);
    return process;
  }

  #direct(component: string): Transport {
    const user = { name: `system:${component}`, groups: ['system:masters'] };
    const direct = this.apiServer.transportFor(user, component === 'admin');
    if (!this.#violations) return direct;
    return checked(direct, {
      component,
      store: this.store,
      keyOf: ({ group, version, plural }, { namespace, name }) =>
        this.server.table.get(group, version, plural).key(namespace, name),
      violations: this.#violations,
      arrived: (request) => {
        for (const listener of this.#arrivals) listener(request, component);
      },
    });
  }

  #faultyClient(component: string, process?: Process, term?: AbortSignal): Client {
    const random = this.streams.stream(`faults ${component} ${this.#lives++}`);
    const called = (request: ApiRequest) => {
      this.#countCall(`${component}: ${request.verb} ${request.plural}`);
      if (process && (term?.aborted || process.isDeposed)) process.haunt(request);
    };
    const tools = { clock: this.clock, random, rates: () => this.faults, called };
    const transport = new FaultyTransport(this.#direct(component), {
      ...tools,
      ...(process && { process }),
    });
    process?.connect(transport);
    return createClient(transport, { fieldManager: component });
  }

  #isDeposed(process: Process): boolean {
    if (!this.#elections || process.name.startsWith('node/')) return false;
    return this.#elections.isDeposed(roleOf(process.name as Component), process);
  }

  /** Work that causes itself would go on for ever within one moment: nothing could be told of it. */
  #countCall(call: string): void {
    const atMs = this.clock.monotonicMs();
    if (atMs !== this.#calls.atMs) this.#calls = { atMs, count: 0 };
    if (++this.#calls.count < this.#callsAtOnceMax || this.#overheated) return;
    this.#overheated = call;
    for (const component of [...this.#running.keys()]) this.crash(component);
  }

  /** Thrown in the midst of a node's life, an error of the model would end the process. */
  #ask(model: PodModel, pod: Pod, random: Random): PodBehaviour {
    try {
      return model(pod, random);
    } catch (error) {
      this.#modelFault ??= error;
      return ordinaryPods(pod, random);
    }
  }

  #takeAddress(): string {
    const n = this.#addresses++;
    return `10.${100 + ((n >> 16) & 63)}.${(n >> 8) & 255}.${n & 255}`;
  }
}

/** Makes a world with what every cluster has, and starts its components. */
export async function createWorld(seed: number, options: WorldOptions = {}): Promise<World> {
  const world = new World(seed, options);
  await bootstrap(world.server.heart);
  for (const component of options.components ?? ['controllers']) world.start(component);
  await world.clock.advance(10);
  return world;
}
