import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitions } from '../../src/api/definitions.ts';
import { nodes, pods } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { ServedResource } from '../../src/cli/discovery.ts';
import { type Manifest, parseManifests } from '../../src/cli/manifests.ts';
import { controllerOf, type KubeObject } from '../../src/machinery/object.ts';
import { isStatusError } from '../../src/machinery/status.ts';
import { collect } from '../../src/plan/collect.ts';
import { clientSource } from '../../src/plan/live-source.ts';
import { plan, rehearse, targetsOf } from '../../src/plan/plan.ts';
import type { Plan } from '../../src/plan/report.ts';
import type { Rehearsed } from '../../src/plan/stage.ts';
import type { PodModel } from '../../src/sim/pod-model.ts';
import { steadyPods } from '../../src/testing/steady-pods.ts';
import { createCluster, type TestCluster } from '../../src/testing/testing.ts';
import { comparable, customKinds, objectsOf } from './plan-compare.ts';
import { ENDS_AFTER, type Scenario, scenarios } from './plan-scenarios.ts';

// Goal: what is planned is what comes about. Each change is planned, then really made to a simulated
// cluster whose pods take as long; what it ends as, and how few pods were ready, must be what was said.

/** How pods behave in the cluster: they don't start without the ConfigMaps and Secrets they need. */
class Behaviour {
  readonly known = new Map<string, readonly string[]>();
  readonly #lostImage: string | undefined;

  constructor(lostImage: string | undefined) {
    this.#lostImage = lostImage;
  }

  readonly model: PodModel = (pod, random) => {
    const seconds = pod.metadata.annotations?.[ENDS_AFTER];
    return {
      ...steadyPods(pod, random),
      ...(this.#isStuck(pod) && { startMs: 10 ** 9 }),
      ...(seconds && { end: { afterMs: Number(seconds) * 1000, exitCode: 0 } }),
    };
  };

  /** Follows what is there. */
  follow({ client }: TestCluster): void {
    for (const kind of ['ConfigMap', 'Secret']) {
      const resource = definitions.find((each) => each.kind === kind && each.group === '');
      if (!resource) continue;
      client.watch(
        resource,
        {},
        {
          next: ({ object }) => {
            const { data = {} } = object as KubeObject & { readonly data?: object };
            this.known.set(`${kind}/${object.metadata.name}`, Object.keys(data));
          },
          end: () => {},
        },
      );
    }
  }

  #isStuck({ spec }: Pod): boolean {
    const env = spec.containers.flatMap(({ env = [] }) => env);
    const lacksKey = env.some(({ valueFrom }) => {
      const wanted = valueFrom?.configMapKeyRef;
      return wanted && !this.known.get(`ConfigMap/${wanted.name}`)?.includes(wanted.key);
    });
    const volumes = spec.volumes ?? [];
    return (
      spec.containers.some(({ image }) => image === this.#lostImage) ||
      lacksKey ||
      volumes.some(({ secret }) => secret && !this.known.has(`Secret/${secret.secretName}`))
    );
  }
}

const random = seededRandom(1);
const times = (pod: Pod) => {
  const { startMs, readyMs, stopMs } = steadyPods(pod, random);
  const seconds = pod.metadata.annotations?.[ENDS_AFTER];
  return { startMs, readyMs, stopMs, exitMs: seconds ? Number(seconds) * 1000 : undefined };
};

const stored = definitions.filter(({ virtual }) => !virtual);

const served = async (cluster: TestCluster): Promise<ServedResource[]> =>
  [...stored, ...(await customKinds(cluster))].map(
    ({ group, version, plural, kind, namespaced }) => ({
      ...{ group, version, plural, kind, namespaced },
      ...{ singular: kind.toLowerCase(), shortNames: [], categories: [] },
      verbs: ['get', 'list', 'delete'],
    }),
  );

const sourceOf = (cluster: TestCluster) => clientSource(cluster.client, () => served(cluster));

const manifestsOf = (objects: readonly object[]): Manifest[] =>
  parseManifests(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }), 'app.yaml');

const wishOf = ({ change, isDeletion = false }: Pick<Scenario, 'change' | 'isDeletion'>) => ({
  manifests: manifestsOf(change),
  namespace: undefined,
  contextNamespace: 'default',
  force: false,
  isDeletion,
});

async function clusterFor(scenario: Scenario): Promise<TestCluster> {
  const behaviour = new Behaviour(scenario.lostImage);
  const cluster = await createCluster({ nodes: scenario.nodes ?? 2, pods: behaviour.model });
  behaviour.follow(cluster);
  for (const [name, spec] of Object.entries(scenario.taints ?? {})) {
    await cluster.client.patch(nodes, { name }, { type: 'merge', body: { spec } });
  }
  for (const object of scenario.before ?? [])
    await cluster.apply(object as KubeObject, { fieldManager: 'tutti' });
  await cluster.settle();
  await cluster.advance({ minutes: 2 }); // Some pods take longer to start than it takes to seem at rest.
  for (const object of scenario.owned ?? []) {
    await cluster.apply(object as KubeObject, { fieldManager: 'kubectl' });
    await cluster.settle();
  }
  await tellOfLost(cluster, scenario);
  for (const object of scenario.during ?? [])
    await cluster.apply(object as KubeObject, { fieldManager: 'tutti' });
  if (scenario.during) await cluster.advance({ milliseconds: 1700 });
  return cluster;
}

/** Has pods say that their image can't be pulled, as agents do; simulated ones just never start. */
async function tellOfLost(cluster: TestCluster, { lostImage }: Scenario): Promise<void> {
  for (const pod of await cluster.list<Pod>('pods')) {
    const [container] = pod.spec.containers;
    if (!container || !lostImage || container.image !== lostImage) continue;
    const waiting = {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${lostImage}"`,
    };
    const status = { name: container.name, image: lostImage, imageID: '', ready: false };
    const containerStatuses = [{ ...status, restartCount: 0, state: { waiting } }];
    const patch = { type: 'merge', body: { status: { containerStatuses } } } as const;
    await cluster.client.patch(pods, pod.metadata, patch, { subresource: 'status' });
  }
}

/** Makes the change, as `tutti apply` sends it; what is refused is passed over. */
async function really(cluster: TestCluster, { change, isDeletion }: Scenario): Promise<void> {
  const { client } = cluster;
  for (const { object, kind, group, version, ...place } of manifestsOf(change)) {
    const resource = (await served(cluster)).find(
      (each) => each.kind === kind && each.group === group && each.version === version,
    );
    if (!resource) continue;
    const { name, namespace = 'default' } = place;
    const where = resource.namespaced ? { namespace, name } : { name };
    const metadata = { ...(object.metadata as object), ...where };
    const options = { name: where, fieldManager: 'tutti', fieldValidation: 'Strict' } as const;
    try {
      if (isDeletion) await client.delete(resource, where, { propagationPolicy: 'Background' });
      else await client.apply(resource, { ...object, metadata }, options);
    } catch (error) {
      if (!isStatusError(error)) throw error;
    }
    if (kind === 'CustomResourceDefinition') await cluster.advance({ milliseconds: 10 });
  }
}

/** The fewest pods of each workload that were ready at any time, counted apart from the plan's code. */
class Count {
  readonly #ready = new Map<string, Set<string>>();
  readonly lowest = new Map<string, number>();

  constructor({ client }: TestCluster, present: readonly Pod[]) {
    for (const pod of present) this.#note(pod, 'MODIFIED');
    this.lowest.clear();
    for (const [workload, ready] of this.#ready) this.lowest.set(workload, ready.size);
    client.watch(pods, {}, { next: ({ type, object }) => this.#note(object, type), end: () => {} });
  }

  #note({ metadata, status, ...pod }: Pod, type: string): void {
    const owner = controllerOf({ metadata, status, ...pod } as Pod);
    const workload = (owner?.name ?? metadata.name).replace(/-[0-9a-z]{8,10}$/, '');
    const ready = this.#ready.get(workload) ?? new Set<string>();
    this.#ready.set(workload, ready);
    const condition = status.conditions?.find((each) => each.type === 'Ready');
    const isReady = condition?.status === 'True' && metadata.deletionTimestamp === undefined;
    if (isReady && type !== 'DELETED') ready.add(metadata.uid);
    else ready.delete(metadata.uid);
    const before = this.lowest.get(workload) ?? 0;
    this.lowest.set(workload, Math.min(before, ready.size));
  }
}

interface Outcome {
  readonly rehearsed: Rehearsed | undefined;
  readonly plan: Plan;
  readonly cluster: TestCluster;
  readonly lowest: ReadonlyMap<string, number>;
}

async function planAndDo(scenario: Scenario): Promise<Outcome> {
  const cluster = await clusterFor(scenario);
  const source = sourceOf(cluster);
  const wish = wishOf(scenario);
  const options = { now: cluster.now(), expectation: { times } };
  const revision = cluster.snapshot().revision;
  const found = await plan(source, wish, options);
  const rehearsed = await targetsOf(source, wish).then(
    async (targets) => rehearse(await collect(source, targets), wish, options),
    () => undefined,
  );
  assert.equal(cluster.snapshot().revision, revision, 'nothing was written');
  const count = new Count(cluster, await cluster.list<Pod>('pods', { namespace: '*' }));
  if (rehearsed) await really(cluster, scenario);
  await cluster.advance({ minutes: 15 });
  return { rehearsed, plan: found, cluster, lowest: count.lowest };
}

const mismatches: string[] = [];

for (const scenario of scenarios) {
  test(scenario.name, async () => {
    const { rehearsed, plan: found, cluster, lowest } = await planAndDo(scenario);
    const text = `${found.summary}\n${JSON.stringify(found).replaceAll('\\"', '"')}`;
    assert.equal(found.outcome, scenario.outcome, text);
    if (scenario.says) assert.match(text, scenario.says);
    if (rehearsed) {
      assert.deepEqual(rehearsed.plan.summary, found.summary, 'the same again');
      const end = rehearsed.end.list('/registry/').map(({ value }) => value);
      assert.deepEqual(comparable(end), comparable(await objectsOf(cluster)));
    }
    for (const { about, lowestReady } of found.workloads) {
      const actual = lowest.get(about.name) ?? 0;
      if (lowestReady !== actual) {
        mismatches.push(`${scenario.name}: ${about.name} ${lowestReady}, in fact ${actual}`);
      }
    }
    cluster.close();
  });
}

test('the lowest availability is as predicted in at least 95 % of changes', () => {
  assert.ok(scenarios.length >= 40);
  assert.ok(mismatches.length <= scenarios.length * 0.05, mismatches.join('\n'));
});
