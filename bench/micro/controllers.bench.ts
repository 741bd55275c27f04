import { createHash } from 'node:crypto';
import { deployments, replicaSets } from '../../src/api/generated/apps/v1/resources.ts';
import type { Deployment } from '../../src/api/generated/apps/v1/types.ts';
import { pods, serviceAccounts, services } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { toTime } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Client } from '../../src/client/client.ts';
import { Informer } from '../../src/client/informer.ts';
import { createWorld, type World } from '../../src/sim/world.ts';

// What it costs to roll a Deployment behind a Service through, from the change of its template to
// the last new pod that is available: its controllers and, in the same process and without sockets
// or disk, the API server that they write to. Nodes are replaced by whoever says that pods are
// ready, a few at a time, as nodes would; what that costs is in the figure as well.

/** How much to do. Medians are over `rounds`, each a rollout after the one before. */
export interface ControllersBenchSize {
  readonly rounds: number;
  readonly pods: number;
}

const FULL: ControllersBenchSize = { rounds: 15, pods: 100 };

export interface Measurement {
  readonly bench: 'controllers';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'us/pod' | 'writes/pod';
  readonly hash: string;
}

const namespace = 'default';
const name = { namespace, name: 'web' };
const TICK_MS = 100;
const TICKS_MAX = 10_000;

function webDeployment(replicas: number): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: name,
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web:0' }] },
      },
    },
  } as unknown as Deployment;
}

async function deploy({ client }: World, replicas: number): Promise<void> {
  await client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: name,
    spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP' }] },
  });
  await client.create(deployments, webDeployment(replicas));
}

/** Says of every pod that it runs and is ready, a moment after it came. */
function followPods(world: World, stop: AbortSignal): void {
  const { client, clock } = world;
  const tools = { clock, random: seededRandom(2), client, logger: silentLogger };
  const informer = new Informer<Pod>(tools, pods, { namespace });
  let addresses = 0;
  informer.subscribe(({ before, after }) => {
    if (before || !after) return;
    const n = addresses++;
    clock.after(TICK_MS, () => void makeReady(client, after, `10.0.${(n >> 8) & 255}.${n & 255}`));
  });
  informer.start(stop);

  async function makeReady(by: Client, { metadata }: Pod, podIP: string): Promise<void> {
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: toTime(clock.now()) };
    const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [ready] };
    const patch = { type: 'strategic', body: { status } } as const;
    await by.patch(pods, metadata, patch, { subresource: 'status' }).catch(() => {}); // It is gone.
  }
}

async function settle({ client, clock }: World, image: string): Promise<void> {
  for (let tick = 0; tick < TICKS_MAX; tick++) {
    await clock.advance(TICK_MS);
    const { spec, status, metadata } = await client.get(deployments, name);
    const isSeen = status.observedGeneration === metadata.generation;
    const isDone = [status.replicas, status.updatedReplicas, status.availableReplicas].every(
      (count) => count === spec.replicas,
    );
    if (isSeen && isDone && spec.template.spec?.containers[0]?.image === image) return;
  }
  throw new Error('the rollout did not come to its end');
}

async function roll(world: World, image: string): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } };
  await world.client.patch(deployments, name, { type: 'strategic', body });
  await settle(world, image);
}

/** Measures everything at the given size. */
export async function benchControllers(size: ControllersBenchSize): Promise<Measurement[]> {
  const world = await createWorld(1);
  const stop = new AbortController();
  const { client, clock, store } = world;
  while ((await client.list(serviceAccounts, { namespace })).items.length === 0) {
    await clock.advance(TICK_MS);
  }
  followPods(world, stop.signal);
  await deploy(world, size.pods);
  await settle(world, 'web:0');
  const micros: number[] = [];
  const writes: number[] = [];
  for (let round = 1; round <= size.rounds; round++) {
    const [before, revision] = [process.cpuUsage(), store.revision];
    await roll(world, `web:${round}`);
    const { user, system } = process.cpuUsage(before);
    micros.push((user + system) / size.pods);
    writes.push((store.revision - revision) / size.pods);
  }
  const sets = await client.list(replicaSets, { namespace });
  const outcome = sets.items.map(({ metadata, spec }) => [metadata.name, spec.replicas]);
  const text = JSON.stringify([outcome, writes]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  stop.abort();
  world.close();
  const figure = (measure: string, values: number[], unit: Measurement['unit']): Measurement => ({
    bench: 'controllers',
    measure,
    value: Math.round(median(values) * 100) / 100,
    unit,
    hash,
  });
  const what = `rollout of ${size.pods} pods`;
  return [figure(what, micros, 'us/pod'), figure(`${what}, writes`, writes, 'writes/pod')];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

if (import.meta.main) {
  for (const measurement of await benchControllers(FULL)) console.log(JSON.stringify(measurement));
}
