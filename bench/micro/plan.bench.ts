import { createHash } from 'node:crypto';
import { definitions } from '../../src/api/definitions.ts';
import type { ServedResource } from '../../src/cli/discovery.ts';
import { parseManifests } from '../../src/cli/manifests.ts';
import { clientSource } from '../../src/plan/live-source.ts';
import { plan } from '../../src/plan/plan.ts';
import { createCluster, type TestCluster } from '../../src/testing/testing.ts';
import { deploymentOf } from '../lib/objects.ts';

// What a plan costs: from reading a cluster's state, which is at hand in this process, to the report.
// Run it by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** The cluster that is planned for, and how often. */
export interface PlanBenchSize {
  readonly rounds: number;
  readonly nodes: number;
  readonly deployments: number;
  /** Pods of each. */
  readonly replicas: number;
}

const FULL: PlanBenchSize = { rounds: 3, nodes: 100, deployments: 50, replicas: 20 };

/** One figure, in milliseconds of CPU for one plan. The hash is of what the plan says. */
export interface Measurement {
  readonly bench: 'plan';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'ms';
  readonly hash: string;
}

const served: ServedResource[] = definitions
  .filter(({ virtual }) => !virtual)
  .map(({ group, version, plural, kind, namespaced }) => ({
    ...{ group, version, plural, kind, namespaced },
    ...{ singular: kind.toLowerCase(), shortNames: [], categories: [], verbs: ['get', 'list'] },
  }));

const namesOf = ({ deployments }: PlanBenchSize): string[] =>
  Array.from({ length: deployments }, (_, i) => `web-${i}`);

async function clusterOf(size: PlanBenchSize): Promise<TestCluster> {
  const cluster = await createCluster({ nodes: size.nodes });
  for (const name of namesOf(size)) {
    await cluster.apply(deploymentOf(name, size.replicas, 'web:1') as never, {
      fieldManager: 'tutti',
    });
  }
  await cluster.settle();
  return cluster;
}

/** Measures everything at the given size. */
export async function benchPlan(size: PlanBenchSize): Promise<Measurement[]> {
  const cluster = await clusterOf(size);
  const source = clientSource(cluster.client, async () => served);
  const changed = (count: number, image: string) =>
    namesOf(size)
      .slice(0, count)
      .map((name) => deploymentOf(name, size.replicas, image));
  const changes: readonly (readonly [string, readonly object[]])[] = [
    ['no change', changed(1, 'web:1')],
    ['another image in one of them', changed(1, 'web:2')],
    ['another image in all', changed(size.deployments, 'web:2')],
  ];
  const figures = new Map<string, { values: number[]; hash: string }>();
  for (let round = 0; round < size.rounds; round++) {
    for (const [name, objects] of changes) {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      const manifests = parseManifests(list, 'bench.yaml');
      const wish = { manifests, namespace: undefined, contextNamespace: 'default' };
      const before = process.cpuUsage();
      const options = { now: cluster.now() };
      const found = await plan(source, { ...wish, force: false, isDeletion: false }, options);
      const { user, system } = process.cpuUsage(before);
      const hash = createHash('sha256').update(found.summary).digest('hex').slice(0, 12);
      const figure = figures.get(name) ?? { values: [], hash };
      figure.values.push((user + system) / 1000);
      figures.set(name, figure);
    }
  }
  cluster.close();
  return [...figures].map(([measure, { values, hash }]) => ({
    bench: 'plan',
    measure,
    value: Math.round(median(values)),
    unit: 'ms',
    hash,
  }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

if (import.meta.main) {
  for (const measurement of await benchPlan(FULL)) console.log(JSON.stringify(measurement));
}
