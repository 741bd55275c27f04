import type { createCluster, TestCluster } from '../../../src/testing/testing.ts';
import { deploymentOf } from '../objects.ts';
import { median } from '../result.ts';

// A process that does with `tutti/testing` what a test run does, and prints what it took as JSON:
//   node main.ts MODULE begin|many|fork|rate NUMBER…

/** What the face is used for here. */
interface Face {
  readonly createCluster: typeof createCluster;
}

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

async function isReady(cluster: TestCluster, name: string, replicas: number): Promise<boolean> {
  const { status } = await cluster.get<{ status: { readyReplicas?: number } } & Any>(
    `deployment/${name}`,
  );
  return status.readyReplicas === replicas;
}

type Any = Awaited<ReturnType<TestCluster['get']>>;

/** Makes clusters one after the other, the first of the process among them, and uses each. */
async function begin(load: () => Promise<Face>, clusters: number) {
  const startedAt = performance.now();
  const face = await load();
  const importMs = performance.now() - startedAt;
  const createMs: number[] = [];
  const readyMs: number[] = [];
  for (let n = 0; n < clusters; n++) {
    const beganAt = performance.now();
    const cluster = await face.createCluster({ nodes: 3 });
    createMs.push(performance.now() - beganAt);
    const appliedAt = performance.now();
    await cluster.apply(deploymentOf('web', 3));
    await cluster.until(() => isReady(cluster, 'web', 3));
    readyMs.push(performance.now() - appliedAt);
    cluster.close();
  }
  const [firstMs = 0, ...later] = createMs;
  return { importMs, firstMs, laterMs: median(later), readyMs: median(readyMs) };
}

/** Has many clusters side by side, each with something running on it. */
async function many(load: () => Promise<Face>, clusters: number) {
  const face = await load();
  const open: TestCluster[] = [];
  for (let n = 0; n < clusters; n++) {
    const cluster = await face.createCluster({ nodes: 3 });
    await cluster.apply(deploymentOf('web', 3));
    await cluster.settle();
    open.push(cluster);
  }
  const { rss } = process.memoryUsage();
  for (const cluster of open) cluster.close();
  return { residentBytes: rss };
}

/** A cluster at rest: so many nodes, and so many pods in deployments of a tenth of them each. */
async function filled(face: Face, nodes: number, pods: number): Promise<TestCluster> {
  const cluster = await face.createCluster({ nodes });
  for (let n = 0; n < 10; n++) {
    await cluster.apply([deploymentOf(`web-${n}`, pods / 10), service(`web-${n}`)]);
  }
  for (let n = 0; n < 10; n++) {
    await cluster.until(() => isReady(cluster, `web-${n}`, pods / 10), { within: { hours: 2 } });
  }
  await cluster.settle();
  return cluster;
}

/** Forks a large cluster again and again, and keeps the forks. */
async function fork(load: () => Promise<Face>, nodes: number, pods: number, forks: number) {
  const cluster = await filled(await load(), nodes, pods);
  const heapBytes = () => {
    (globalThis as { gc?: () => void }).gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = heapBytes();
  const kept: TestCluster[] = [];
  const forkMs: number[] = [];
  for (let n = 0; n < forks; n++) {
    const startedAt = performance.now();
    kept.push(cluster.fork());
    forkMs.push(performance.now() - startedAt);
  }
  const forkBytes = Math.max(0, (heapBytes() - before) / forks);
  const firstUseMs: number[] = [];
  for (const each of kept) {
    const startedAt = performance.now();
    await each.get('deployment/web-0');
    firstUseMs.push(performance.now() - startedAt);
    each.close();
  }
  return { forkMs: median(forkMs), forkBytes, firstUseMs: median(firstUseMs) };
}

/** Lets time pass, and tells how much of it for each of the CPU's. */
async function rate(load: () => Promise<Face>, nodes: number, pods: number, minutes: number) {
  const cluster = await filled(await load(), nodes, pods);
  const measured = async (each: (minute: number) => Promise<void>) => {
    const before = process.cpuUsage();
    for (let minute = 0; minute < minutes; minute++) {
      await each(minute);
      await cluster.advance({ minutes: 1 });
    }
    const { user, system } = process.cpuUsage(before);
    return (minutes * 60_000_000) / (user + system);
  };
  const nothing = async () => {};
  await measured(nothing); // In it code is compiled.
  const atRest = await measured(nothing);
  const changing = await measured(async (minute) => {
    if (minute % 10 > 0) return;
    const template = { metadata: { annotations: { rolled: `${minute}` } } };
    await cluster.patch(`deployment/web-${(minute / 10) % 10}`, { spec: { template } });
  });
  cluster.close();
  return { atRest, changing };
}

const [module = '', what = '', ...words] = process.argv.slice(2);
const load = (): Promise<Face> => import(module);
const [a = 1, b = 1, c = 1] = words.map(Number);
const jobs: Readonly<Record<string, () => Promise<object>>> = {
  begin: () => begin(load, a),
  many: () => many(load, a),
  fork: () => fork(load, a, b, c),
  rate: () => rate(load, a, b, c),
};
const job = jobs[what];
if (job === undefined) throw new Error(`there is nothing called "${what}"`);
console.log(JSON.stringify(await job()));
