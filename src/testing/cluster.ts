import type { Node } from '../api/generated/core/v1/types.ts';
import { findResource, resourceOfKind } from '../cli/discovery.ts';
import type { Manifest } from '../cli/manifests.ts';
import type { Client } from '../client/client.ts';
import type { KubeObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import type { Component } from '../sim/control-plane.ts';
import { drawFaults, type FaultRates, NO_FAULTS } from '../sim/faults.ts';
import type { PodModel } from '../sim/pod-model.ts';
import { RandomStreams } from '../sim/random-streams.ts';
import { World, type WorldOptions } from '../sim/world.ts';
import { type Duration, toMs } from './durations.ts';
import { assertKnown } from './known-options.ts';
import { type Manifests, manifestsIn } from './manifests.ts';
import { parseObjectName, servedBy, type TestedResource } from './object-names.ts';
import { Passage } from './passage.ts';
import { Quiet } from './quiet.ts';
import { ClusterSnapshot, type Where } from './snapshot.ts';
import { TestNode } from './test-node.ts';
import type { ServerOptions, TestServer } from './test-server.ts';

/** What a cluster goes on from: nothing but this is handed from a cluster to its fork. */
interface Origin {
  readonly seed: number;
  readonly model: PodModel;
  readonly open: () => World;
  /** Starts what runs in it, unless that runs already. */
  readonly begin?: (world: World) => void;
}

const ADMIN = 'test';
const SETTLE_MAX: Duration = { hours: 1 };
const UNTIL_MAX: Duration = { minutes: 10 };
const RESTART_MS = 2000;

/**
 * A whole cluster in this process, in virtual time: the real API server, controllers and scheduler,
 * on nodes that are simulated. Time stands still until a method moves it.
 */
export class TestCluster {
  readonly #origin: Origin;
  readonly #nodes = new Map<string, TestNode>();
  #opened: World | undefined;
  #passage: Passage | undefined;
  #quiet: Quiet | undefined;
  readonly #servers = new Set<TestServer>();
  #forks = 0;
  /** Components that have died, and are to start again soon. */
  readonly #crashed = new Set<string>();
  #hasBegun = false;
  #isClosed = false;

  /** Users call `createCluster`, or `fork`. */
  constructor(origin: Origin) {
    this.#origin = origin;
  }

  /** Full access to all objects, by the names of their kinds' handles. Nothing goes wrong on it. */
  get client(): Client {
    return this.#world.client;
  }

  /** A client for a controller of yours: the faults that are turned on concern it. */
  clientFor(name: string): Client {
    return this.#world.clientFor(name);
  }

  /** The seed by which all that happens here happens again. */
  get seed(): number {
    return this.#origin.seed;
  }

  /** The cluster's time of day, in milliseconds since the epoch. */
  now(): number {
    return this.#world.clock.now();
  }

  /** Its nodes, in the order of their adding. */
  get nodes(): readonly TestNode[] {
    return this.#world.nodeNames.map((name) => this.node(name));
  }

  /** The node of this name. Throws when there is none. */
  node(name: string): TestNode {
    const world = this.#world;
    if (!world.specOf(name)) throw new Error(`the cluster has no node "${name}"`);
    const cluster = {
      world: () => this.#begun,
      pass: (ms: number) => this.#pass(ms),
      keepDown: () => this.#crashed.delete(`node/${name}`),
    };
    const node = this.#nodes.get(name) ?? new TestNode(cluster, name);
    this.#nodes.set(name, node);
    return node;
  }

  /** Whether all nodes that have power say that they are ready. */
  async areNodesReady(): Promise<boolean> {
    const ready = (await this.list<Node>('nodes')).filter(({ status }) =>
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    const names = new Set(ready.map(({ metadata }) => metadata.name));
    return this.#begun.poweredNodes.every((name) => names.has(name));
  }

  /** Adds a node, which is ready some moments later. Throws when there is one of its name. */
  addNode(options: NodeOptions = {}): TestNode {
    const world = this.#begun;
    assertKnown(options, ['name', 'labels', 'capacity'], 'a node');
    const { name = freeName(world.nodeNames), labels = {}, capacity = {} } = options;
    if (world.specOf(name)) throw new Error(`the cluster already has a node "${name}"`);
    world.addNode(name, { labels, capacity: { ...NODE_CAPACITY, ...capacity } });
    return this.node(name);
  }

  /**
   * Applies manifests as `tutti apply --force-conflicts` does: the path of a file or folder, YAML
   * in more than one line, objects. Answers the objects as they are then; nobody has acted on them
   * before time moves. Rejects with StatusError where the API refuses one.
   */
  async apply(
    given: Manifests,
    { namespace = 'default', fieldManager = ADMIN }: ApplyOptions = {},
  ): Promise<KubeObject[]> {
    const applied: KubeObject[] = [];
    for (const manifest of manifestsIn(given)) {
      applied.push(await this.#applyOne(manifest, manifest.namespace ?? namespace, fieldManager));
    }
    return applied;
  }

  async #applyOne(
    { object, name, ...kind }: Manifest,
    namespace: string,
    fieldManager: string,
  ): Promise<KubeObject> {
    const resource = resourceOfKind(this.#served(), kind);
    const place = resource.namespaced ? { namespace, name } : { name };
    const body = { ...object, metadata: { ...(object.metadata as object), ...place } };
    const options = { fieldManager, force: true, name: place, fieldValidation: 'Strict' } as const;
    const applied = await this.client.apply(resource, body, options);
    if (kind.kind === 'CustomResourceDefinition') await this.advance({ seconds: 1 }); // Served soon.
    return applied;
  }

  /** The object of a name such as `deployment/web`. Rejects with StatusError when there is none. */
  async get<T extends KubeObject = KubeObject>(objectName: string, where: Where = {}): Promise<T> {
    const { resource, place } = this.#place(objectName, where);
    return this.client.get(resource, place) as Promise<T>;
  }

  /** As `get`; undefined when there is none. */
  async find<T extends KubeObject = KubeObject>(
    objectName: string,
    where: Where = {},
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(objectName, where);
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** All objects of a type such as `pods`; of all namespaces where that is `*`. */
  async list<T extends KubeObject = KubeObject>(
    type: string,
    { namespace = 'default', ...selectors }: Where & Selectors = {},
  ): Promise<readonly T[]> {
    const resource = findResource(this.#served(), type);
    const isEverywhere = namespace === '*' || !resource.namespaced;
    const place = isEverywhere ? {} : { namespace };
    return (await this.client.list(resource, { ...place, ...selectors })).items as readonly T[];
  }

  /** Changes fields of an object by a merge patch: `{ spec: { replicas: 5 } }`. */
  async patch<T extends KubeObject = KubeObject>(
    objectName: string,
    body: object,
    where: Where = {},
  ): Promise<T> {
    const { resource, place } = this.#place(objectName, where);
    return this.client.patch(resource, place, { type: 'merge', body }) as Promise<T>;
  }

  /** Asks for an object to be deleted; who has to act on that does so when time moves. */
  async delete(objectName: string, where: Where = {}): Promise<void> {
    const { resource, place } = this.#place(objectName, where);
    await this.client.delete(resource, place);
  }

  /**
   * Asks for a pod to make room, as `kubectl drain` does. Rejects with StatusError `TooManyRequests`
   * while a disruption budget forbids it.
   */
  async evict(podName: string, where: Where = {}): Promise<void> {
    const { resource, place } = this.#place(podName, where);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: place };
    await this.client.createSubresource(resource, place, 'eviction', eviction);
  }

  /** Lets time pass, with all that is due in it. */
  async advance(duration: Duration): Promise<void> {
    await this.#pass(toMs(duration));
  }

  /**
   * Lets time pass until nobody has written anything but heartbeats for half a minute. Rejects when
   * that isn't so within an hour, or `within`.
   */
  async settle({ within = SETTLE_MAX }: { readonly within?: Duration } = {}): Promise<void> {
    const world = this.#world;
    const endMs = world.clock.monotonicMs() + toMs(within);
    const quiet = this.#watchful();
    while (!quiet.isQuiet) {
      if (world.clock.monotonicMs() >= endMs) throw quiet.unsettled(within);
      await this.#pass(1000);
    }
  }

  /** Lets time pass until `condition` holds, looking each second. Rejects after 10 min or `within`. */
  async until(
    condition: () => boolean | Promise<boolean>,
    { within = UNTIL_MAX }: { readonly within?: Duration } = {},
  ): Promise<void> {
    const { clock } = this.#world;
    const endMs = clock.monotonicMs() + toMs(within);
    while (!(await condition())) {
      if (clock.monotonicMs() >= endMs) {
        throw new Error(`what was waited for didn't come about within ${toMs(within) / 1000} s`);
      }
      await this.#pass(1000);
    }
  }

  #pass(ms: number): Promise<void> {
    return this.#time().pass(ms);
  }

  /** How its time passes, for all who let it. */
  #time(): Passage {
    const world = this.#begun;
    this.#passage ??= new Passage(world.clock, () => {
      if (world.overheated) throw new Error(`a hot loop: ${world.overheated} without end`);
      if (world.modelFault !== undefined) throw world.modelFault;
    });
    return this.#passage;
  }

  /**
   * Serves the cluster over HTTPS on a free port of loopback, for kubectl or an operator in any
   * language. Rejects when a port that was asked for can't be had.
   */
  async server(options: ServerOptions = {}): Promise<TestServer> {
    const world = this.#begun;
    const { startTestServer } = await import('./test-server.ts'); // Few tests need it.
    const server = await startTestServer(world, this.#time(), options);
    const close = async () => {
      this.#servers.delete(served);
      await server.close();
    };
    const served: TestServer = { ...server, close, [Symbol.asyncDispose]: close };
    this.#servers.add(served);
    return served;
  }

  /** The text of a kubeconfig for the server that was begun last. Throws when there is none. */
  kubeconfig(): string {
    const server = [...this.#servers].at(-1);
    if (!server) throw new Error('nobody serves the cluster; begin with: await cluster.server()');
    return server.kubeconfig;
  }

  /** What the cluster's objects are at this moment. */
  snapshot(): ClusterSnapshot {
    const world = this.#world;
    return new ClusterSnapshot(world.store.snapshot(), () => servedBy(world.server.table));
  }

  /**
   * A cluster of its own that begins with all that this one is, at the same time of day. Pods that
   * run go on; those that were just being started or stopped begin with that anew.
   */
  fork(): TestCluster {
    const world = this.#begun;
    const { model } = this.#origin;
    const seed = forkSeed(this.seed, this.#forks++);
    const { addressesTaken, faults } = world;
    const taken = { store: world.store.fork(), startMs: world.clock.now(), addressesTaken, faults };
    const powered = world.poweredNodes;
    const specs = world.nodeNames.flatMap((name) => world.specOf(name) ?? []);
    const open = () => {
      const forked = worldOf(seed, { ...taken, model });
      for (const spec of specs) forked.declareNode(spec.name, spec);
      return forked;
    };
    const begin = (forked: World) => {
      forked.startAll();
      for (const name of powered) forked.powerOn(name, { resumes: true });
    };
    return new TestCluster({ seed, model, open, begin });
  }

  /**
   * What goes wrong from now on between the API and controllers, scheduler and nodes, and whoever
   * uses `clientFor`; `random` draws it from the seed, nothing ends it.
   */
  faults(rates: Partial<FaultRates> | 'random'): void {
    const world = this.#world;
    world.faults =
      rates === 'random' ? drawFaults(world.streams.stream('faults')) : { ...NO_FAULTS, ...rates };
  }

  /** Ends everything, also its servers. Snapshots and forks stay. */
  close(): void {
    for (const server of this.#servers) void server.close();
    this.#isClosed = true;
    this.#quiet?.close();
    this.#opened?.close();
  }

  /** As `close`, and resolves when its servers have let go of their ports. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = [...this.#servers];
    this.close();
    await Promise.all(servers.map((server) => server.close()));
  }

  get #world(): World {
    if (this.#isClosed) throw new Error('the cluster was closed');
    this.#opened ??= this.#supervised(this.#origin.open());
    return this.#opened;
  }

  /** As by a service manager, what dies is started again. The pods of a node outlive its agent. */
  #supervised(world: World): World {
    world.onCrash((component) => {
      this.#crashed.add(component);
      world.clock.after(RESTART_MS, () => {
        if (!this.#crashed.delete(component)) return;
        const node = /^node\/(.*)$/.exec(component)?.[1];
        if (node === undefined) world.start(component as Component);
        else world.powerOn(node, { resumes: true });
      });
    });
    return world;
  }

  /**
   * The world with all that runs in it. Before time passes, or somebody looks at what has power,
   * nobody sees whether it runs; and many a fork is only read and thrown away.
   */
  get #begun(): World {
    const world = this.#world;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#origin.begin?.(world);
    }
    return world;
  }

  #served(): TestedResource[] {
    return servedBy(this.#world.server.table);
  }

  #place(objectName: string, { namespace = 'default' }: Where) {
    const { resource, name } = parseObjectName(this.#served(), objectName);
    return { resource, place: resource.namespaced ? { namespace, name } : { name } };
  }

  #watchful(): Quiet {
    const { store, clock } = this.#world;
    this.#quiet ??= new Quiet(store, clock);
    return this.#quiet;
  }
}

function freeName(taken: readonly string[]): string {
  let number = 0;
  while (taken.includes(`node-${number}`)) number++;
  return `node-${number}`;
}

const CALLS_AT_ONCE_MAX = 200_000; // As thousands of pods take.

/** A world as tests have it. */
export const worldOf = (seed: number, options: WorldOptions): World =>
  new World(seed, { ...options, callsAtOnceMax: CALLS_AT_ONCE_MAX });

/** Another one for each fork, or the parent's names would come again. */
const forkSeed = (seed: number, number: number): number =>
  Math.floor(new RandomStreams(seed).stream(`fork ${number}`).float() * 2 ** 31);

/** A simulated node that is to be. */
export interface NodeOptions {
  /** `node-0`, `node-1`, … unless said. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** 4 CPUs, 8 GiB and 110 pods unless said: `{ cpu: '16', 'example.com/gpu': '2' }`. */
  readonly capacity?: Readonly<Record<string, string>>;
}

const NODE_CAPACITY = { cpu: '4', memory: '8Gi', pods: '110' };

export interface ApplyOptions extends Where {
  /** Whose fields they will be; `test` unless said. */
  readonly fieldManager?: string;
}

/** Which of the objects of a type, as in kubectl. */
export interface Selectors {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}
