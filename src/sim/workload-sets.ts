import { statefulSets } from '../api/generated/apps/v1/resources.ts';
import type { StatefulSet } from '../api/generated/apps/v1/types.ts';
import { jobs } from '../api/generated/batch/v1/resources.ts';
import type { Job } from '../api/generated/batch/v1/types.ts';
import { pick, type Random, randomInt } from '../base/random.ts';
import { controllerOf, type NewObject } from '../machinery/object.ts';
import type { Steps } from './steps.ts';
import type { World } from './world.ts';

const SET = 'queue';

/** What users do with StatefulSets and Jobs in these namespaces. */
export const setSteps = (namespaces: readonly string[]): Steps => [
  [2, 'create a stateful set', (world, random) => createSet(world, random, namespaces)],
  [2, 'scale a stateful set', (world, random) => patchSet(world, random, scaled(random))],
  [
    1,
    'change the image of a stateful set',
    (world, random) => patchSet(world, random, image(random)),
  ],
  [1, 'delete a stateful set', deleteSet],
  [3, 'create a job', (world, random) => createJob(world, random, namespaces)],
  [1, 'delete a job', deleteJob],
];

const template = (app: string, restartPolicy: string) => ({
  metadata: { labels: { app } },
  spec: {
    containers: [{ name: 'main', image: 'app:0', resources: { requests: { cpu: '100m' } } }],
    terminationGracePeriodSeconds: 5,
    restartPolicy,
  },
});

function createSet(world: World, random: Random, namespaces: readonly string[]) {
  return world.client.create(statefulSets, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: SET, namespace: pick(random, namespaces) },
    spec: {
      replicas: 1 + randomInt(random, 4),
      selector: { matchLabels: { app: SET } },
      serviceName: SET,
      template: template(SET, 'Always'),
    },
  } as unknown as NewObject<StatefulSet>);
}

const scaled = (random: Random) => ({ replicas: randomInt(random, 5) });

const image = (random: Random) => ({
  template: { spec: { containers: [{ name: 'main', image: `app:${randomInt(random, 4)}` }] } },
});

async function patchSet({ client }: World, random: Random, spec: object): Promise<void> {
  const { items } = await client.list(statefulSets);
  if (items.length === 0) return;
  await client.patch(statefulSets, pick(random, items).metadata, {
    type: 'strategic',
    body: { spec },
  });
}

async function deleteSet({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(statefulSets);
  if (items.length > 0) await client.delete(statefulSets, pick(random, items).metadata);
}

function createJob(world: World, random: Random, namespaces: readonly string[]) {
  const completions = 1 + randomInt(random, 4);
  return world.client.create(jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `job-${randomInt(random, 3)}`, namespace: pick(random, namespaces) },
    spec: {
      completions,
      parallelism: 1 + randomInt(random, 2),
      ...(random.float() < 0.3 && { completionMode: 'Indexed' }),
      template: template('job', pick(random, ['Never', 'OnFailure'])),
    },
  } as unknown as NewObject<Job>);
}

async function deleteJob({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(jobs);
  const own = items.filter((job) => controllerOf(job) === undefined);
  const propagationPolicy = 'Background';
  if (own.length > 0) await client.delete(jobs, pick(random, own).metadata, { propagationPolicy });
}
