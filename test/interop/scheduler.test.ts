import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitions } from '../../src/api/definitions.ts';
import { events, nodes, pods, serviceAccounts } from '../../src/api/generated/core/v1/resources.ts';
import type { Event, Node, Pod, PodSpec } from '../../src/api/generated/core/v1/types.ts';
import { podDisruptionBudgets } from '../../src/api/generated/policy/v1/resources.ts';
import { priorityClasses } from '../../src/api/generated/scheduling/v1/resources.ts';
import { createApiServer } from '../../src/apiserver/api-server.ts';
import { bootstrap } from '../../src/apiserver/bootstrap.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Client, Transport } from '../../src/client/client.ts';
import { createClient } from '../../src/client/typed-client.ts';
import type { ApiRequest } from '../../src/machinery/api-request.ts';
import { StatusError } from '../../src/machinery/status.ts';
import { startScheduler } from '../../src/scheduler/start.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

/** What becomes of a request of the scheduler; nothing means that it goes through. */
type Fault = 'refused' | 'lost reply' | 'late' | 'unseen' | undefined;

interface World {
  readonly clock: VirtualClock;
  readonly client: Client;
  addNode(name: string, cpu?: string): Promise<Node>;
  addPod(name: string, cpu: string, spec?: Partial<PodSpec>): Promise<Pod>;
  pod(name: string): Promise<Pod>;
  placements(): Promise<Record<string, string | undefined>>;
  eventsOf(name: string): Promise<string[]>;
  readonly scheduler: ReturnType<typeof startScheduler>;
}

const PAUSE_MS = 10;
/** How long after it was given up a request may arrive. */
const LATE_MS = 2000;

/** An API server and a scheduler in this process, in virtual time, with faults between them. */
async function startWorld(faults: (request: ApiRequest) => Fault = () => undefined) {
  const clock = new VirtualClock();
  const server = createApiServer({
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    store: createMemoryStore(objectCodec),
    definitions,
  });
  await bootstrap(server.heart);
  const admin = { name: 'test', groups: ['system:masters'] };
  const direct = createInProcessTransport(server.heart, admin);
  const client = createClient(direct, { fieldManager: 'test' });
  const stop = new AbortController();
  const scheduler = startScheduler({
    clock,
    random: seededRandom(2),
    client: createClient(withFaults(clock, direct, faults), { fieldManager: 'scheduler' }),
    logger: silentLogger,
    signal: stop.signal,
  });
  const namespace = 'default';
  await client.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  });
  const world: World = {
    clock,
    client,
    scheduler,
    async addNode(name, cpu = '4') {
      const made = await client.create(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { 'kubernetes.io/hostname': name } },
        spec: {},
        status: { allocatable: { cpu, memory: '16Gi', pods: '110' } },
      });
      // A new node is tainted until somebody has seen it ready.
      return client.patch(nodes, made.metadata, {
        type: 'merge',
        body: { spec: { taints: null } },
      });
    },
    addPod: (name, cpu, spec = {}) =>
      client.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { app: 'test' } },
        spec: {
          containers: [{ name: 'main', image: 'app', resources: { requests: { cpu } } }],
          ...spec,
        },
      }),
    pod: (name) => client.get(pods, { namespace, name }),
    async placements() {
      const { items } = await client.list(pods, { namespace });
      return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.nodeName]));
    },
    async eventsOf(name) {
      const { items } = await client.list<Event>(events, { namespace });
      return items
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`);
    },
  };
  await clock.advance(PAUSE_MS);
  await scheduler.ready;
  const stopAll = () => {
    stop.abort();
    server.close();
  };
  return { ...world, stop: stopAll };
}

function withFaults(
  clock: Clock,
  transport: Transport,
  faults: (request: ApiRequest) => Fault,
): Transport {
  const noAnswer = () => new StatusError('Timeout', 'no answer in time');
  return {
    async send(request, signal) {
      const fault = faults(request);
      if (fault === 'refused') throw new StatusError('Forbidden', 'not now');
      if (fault === 'late') {
        clock.after(LATE_MS, () => void transport.send(request).catch(() => {}));
        throw noAnswer();
      }
      const answer = await transport.send(request, signal);
      if (fault === 'lost reply') throw noAnswer();
      return answer;
    },
    watch(request, sink) {
      if (faults(request) !== 'unseen') return transport.watch(request, sink);
      // Changes of pods that are bound never arrive.
      const next: typeof sink.next = (event) => {
        if (!(event.object as Pod).spec?.nodeName) sink.next(event);
      };
      return transport.watch(request, { next, end: (error) => sink.end(error) });
    },
  };
}

const isBinding = ({ subresource }: ApiRequest): boolean => subresource === 'binding';
const conditionOf = ({ status }: Pod, type: string) =>
  status.conditions?.find((condition) => condition.type === type);

// Goal: the scheduler and the API server together do what users of Kubernetes see.

test('pods are bound, evenly, and it is told', async () => {
  const world = await startWorld();
  for (const name of ['a', 'b', 'c']) await world.addNode(name, '16');
  for (let i = 0; i < 30; i++) await world.addPod(`p${i}`, '1');
  await world.clock.advance(PAUSE_MS);
  const placed = Object.values(await world.placements());
  for (const name of ['a', 'b', 'c']) {
    assert.equal(placed.filter((node) => node === name).length, 10, `on ${name}`);
  }
  const pod = await world.pod('p0');
  assert.equal(conditionOf(pod, 'PodScheduled')?.status, 'True');
  await world.clock.advance(100); // Events wait until it is quiet.
  const told = `Scheduled: Successfully assigned default/p0 to ${pod.spec.nodeName}`;
  assert.deepEqual(await world.eventsOf('p0'), [told]);
  assert.deepEqual(world.scheduler.queued.taken, 0);
  world.stop();
});

test('a pod that fits nowhere says why, and is bound when a node comes', async () => {
  const world = await startWorld();
  await world.addNode('small', '1');
  await world.addNode('tainted');
  const taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' }];
  await world.client.patch(
    nodes,
    { name: 'tainted' },
    { type: 'merge', body: { spec: { taints } } },
  );
  await world.addPod('p', '2');
  await world.clock.advance(PAUSE_MS);
  const message =
    '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
  const condition = conditionOf(await world.pod('p'), 'PodScheduled');
  assert.deepEqual(
    [condition?.status, condition?.reason, condition?.message, condition?.observedGeneration],
    ['False', 'Unschedulable', message, 1],
  );
  assert.deepEqual(await world.eventsOf('p'), [`FailedScheduling: ${message}`]);
  await world.clock.advance(5_000);
  await world.addNode('large');
  await world.clock.advance(200);
  assert.deepEqual(await world.placements(), { p: 'large' });
  world.stop();
});

test('without any node', async () => {
  const world = await startWorld();
  await world.addPod('p', '1');
  await world.clock.advance(PAUSE_MS);
  const told = 'FailedScheduling: no nodes available to schedule pods';
  assert.deepEqual(await world.eventsOf('p'), [told]);
  await world.addNode('a');
  await world.clock.advance(2_000);
  assert.deepEqual(await world.placements(), { p: 'a' });
  world.stop();
});

test('pods of other schedulers, and gated ones, are left alone', async () => {
  const world = await startWorld();
  await world.addNode('a');
  await world.addPod('theirs', '1', { schedulerName: 'other' });
  await world.addPod('gated', '1', { schedulingGates: [{ name: 'x.io/wait' }] });
  await world.clock.advance(PAUSE_MS);
  assert.deepEqual(await world.placements(), { theirs: undefined, gated: undefined });
  const body = { spec: { schedulingGates: null } };
  await world.client.patch(pods, { namespace: 'default', name: 'gated' }, { type: 'merge', body });
  await world.clock.advance(PAUSE_MS);
  assert.deepEqual(await world.placements(), { theirs: undefined, gated: 'a' });
  world.stop();
});

test('a binding that fails frees the room, and is tried again after the backoff', async () => {
  let failures = 1;
  const world = await startWorld((request) =>
    isBinding(request) && failures-- > 0 ? 'refused' : undefined,
  );
  await world.addNode('a', '1');
  await world.addPod('p', '1');
  await world.clock.advance(PAUSE_MS);
  assert.deepEqual(await world.placements(), { p: undefined });
  assert.equal(world.scheduler.snapshot.nodes.get('a')?.load.pods.length, 0);
  const condition = conditionOf(await world.pod('p'), 'PodScheduled');
  assert.equal(condition?.reason, 'SchedulerError');
  await world.clock.advance(1_000);
  assert.deepEqual(await world.placements(), { p: 'a' });
  world.stop();
});

test('a binding whose answer is lost is looked at before anything else is done', async () => {
  const world = await startWorld((request) => (isBinding(request) ? 'lost reply' : undefined));
  await world.addNode('a', '1');
  await world.addNode('b', '1');
  await world.addPod('p', '1');
  await world.addPod('q', '1');
  await world.clock.advance(60_000);
  const placed = await world.placements();
  assert.deepEqual(Object.values(placed).sort(), ['a', 'b']);
  assert.equal(conditionOf(await world.pod('p'), 'PodScheduled')?.status, 'True');
  assert.equal((await world.eventsOf('p')).length, 1);
  world.stop();
});

test('a binding that arrives after it was given up takes no room of another', async () => {
  let late = 1;
  const world = await startWorld((request) =>
    isBinding(request) && late-- > 0 ? 'late' : undefined,
  );
  await world.addNode('a', '1');
  await world.addPod('p', '1');
  await world.addPod('q', '1');
  await world.clock.advance(60_000);
  assert.deepEqual(await world.placements(), { p: 'a', q: undefined });
  assert.equal((await world.eventsOf('p')).length, 1);
  world.stop();
});

test('a binding is asked for until it is answered, however long that takes', async () => {
  let attempts = 0;
  const world = await startWorld((request) => {
    if (!isBinding(request) || ++attempts > 12) return undefined;
    return attempts % 2 ? 'late' : 'lost reply';
  });
  await world.addNode('a', '2');
  await world.addPod('p', '1');
  await world.clock.advance(60_000);
  assert.deepEqual(await world.placements(), { p: 'a' });
  assert.equal(world.scheduler.snapshot.nodes.get('a')?.load.pods.length, 1);
  const before = attempts;
  await world.clock.advance(60_000);
  assert.equal(attempts, before);
  world.stop();
});

test('a pod whose binding no watch shows is asked for, and stays counted', async () => {
  let reads = 0;
  const world = await startWorld((request) => {
    if (request.plural !== 'pods') return undefined;
    if (request.verb === 'get') reads++;
    return request.verb === 'watch' ? 'unseen' : undefined;
  });
  await world.addNode('a', '1');
  await world.addPod('p', '1');
  await world.clock.advance(29_000);
  assert.equal(reads, 0);
  await world.clock.advance(32_000);
  assert.equal(reads, 1);
  assert.equal(world.scheduler.snapshot.nodes.get('a')?.load.pods.length, 1);
  world.stop();
});

test('an important pod makes room where it does least harm, and gets it', async () => {
  const world = await startWorld();
  for (const name of ['a', 'b']) await world.addNode(name, '2');
  for (let i = 0; i < 4; i++) await world.addPod(`low${i}`, '1');
  await world.clock.advance(PAUSE_MS);
  await world.client.create(podDisruptionBudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'unrelated', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'none' } } },
  } as never);
  await world.client.create(priorityClasses, {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'high' },
    value: 1000,
  });
  await world.addPod('high', '1', { priorityClassName: 'high' });
  await world.clock.advance(PAUSE_MS);
  const leaving = (await world.client.list(pods, { namespace: 'default' })).items.filter(
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  );
  assert.equal(leaving.length, 1);
  const [victim] = leaving;
  const target = conditionOf(victim!, 'DisruptionTarget');
  assert.deepEqual(
    [target?.reason, target?.message],
    ['PreemptionByScheduler', 'default-scheduler: preempting to accommodate a higher priority pod'],
  );
  const node = victim!.spec.nodeName;
  const high = await world.pod('high');
  assert.equal(high.status.nominatedNodeName, node);
  assert.deepEqual((await world.eventsOf(victim!.metadata.name)).slice(-1), [
    `Preempted: Preempted by pod ${high.metadata.uid} on node ${node}`,
  ]);
  // Room that was made for one isn't given to another.
  await world.addPod('late', '1');
  await world.clock.advance(PAUSE_MS);
  await world.client.delete(pods, victim!.metadata, { gracePeriodSeconds: 0 });
  await world.clock.advance(2_000);
  const placed = await world.placements();
  assert.deepEqual([placed.high, placed.late], [node, undefined]);
  world.stop();
});

test('the same seed gives the same placements', async () => {
  const run = async () => {
    const world = await startWorld();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world.addNode(name);
    for (let i = 0; i < 12; i++) await world.addPod(`p${i}`, '100m');
    await world.clock.advance(PAUSE_MS);
    world.stop();
    return world.placements();
  };
  assert.deepEqual(await run(), await run());
});
