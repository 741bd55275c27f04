import { cronJobs } from '../api/generated/batch/v1/resources.ts';
import type { CronJob } from '../api/generated/batch/v1/types.ts';
import { pick, type Random, randomInt } from '../base/random.ts';
import type { NewObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { SLOW } from './pod-model.ts';
import type { Steps } from './steps.ts';
import type { World } from './world.ts';

const NAME = 'tick';
const EACH_MINUTE = '* * * * *';

/** What users do with CronJobs in these namespaces. */
export const scheduleSteps = (namespaces: readonly string[]): Steps => [
  [6, 'create a cron job', (world, random) => createCronJob(world, random, namespaces)],
  [1, 'suspend or resume a cron job', toggle],
  [1, 'change a schedule', changeSchedule],
  [1, 'delete a cron job', deleteCronJob],
];

/** A CronJob whose jobs end after some seconds, or run for longer than until the next one. */
export const cronJobOf = (
  metadata: { readonly name: string; readonly namespace: string },
  image: string,
  spec: Partial<CronJob['spec']>,
): NewObject<CronJob> =>
  ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: {
      schedule: EACH_MINUTE,
      ...spec,
      jobTemplate: {
        spec: {
          backoffLimit: 2,
          template: {
            metadata: { labels: { app: metadata.name } },
            spec: {
              containers: [{ name: 'main', image, resources: { requests: { cpu: '50m' } } }],
              terminationGracePeriodSeconds: 5,
              restartPolicy: 'Never',
            },
          },
        },
      },
    },
  }) as unknown as NewObject<CronJob>;

function createCronJob(world: World, random: Random, namespaces: readonly string[]) {
  const metadata = { name: NAME, namespace: pick(random, namespaces) };
  const startingDeadlineSeconds = pick(random, [undefined, 30, 200]);
  const spec = {
    concurrencyPolicy: pick(random, ['Allow', 'Forbid', 'Replace'] as const),
    ...(startingDeadlineSeconds !== undefined && { startingDeadlineSeconds }),
    successfulJobsHistoryLimit: 1 + randomInt(random, 2),
    failedJobsHistoryLimit: 1,
  };
  const image = random.float() < 0.4 ? `app:${SLOW}` : 'app:0';
  return world.client.create(cronJobs, cronJobOf(metadata, image, spec));
}

async function patchAny({ client }: World, random: Random, spec: object): Promise<void> {
  const { items } = await client.list(cronJobs);
  if (items.length === 0) return;
  await client.patch(cronJobs, pick(random, items).metadata, { type: 'merge', body: { spec } });
}

const toggle = (world: World, random: Random) =>
  patchAny(world, random, { suspend: random.float() < 0.4 });

const changeSchedule = (world: World, random: Random) =>
  patchAny(world, random, { schedule: pick(random, [EACH_MINUTE, EACH_MINUTE, '*/2 * * * *']) });

async function deleteCronJob({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(cronJobs);
  if (items.length === 0) return;
  const propagationPolicy = pick(random, ['Background', 'Foreground'] as const);
  await client.delete(cronJobs, pick(random, items).metadata, { propagationPolicy });
}

/** Nothing is due any more: whatever runs on a schedule never comes to rest. */
export async function suspendAll({ client }: World): Promise<void> {
  for (const { metadata } of (await client.list(cronJobs)).items) {
    try {
      await client.patch(cronJobs, metadata, { type: 'merge', body: { spec: { suspend: true } } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // Gone since, with its last dependent.
    }
  }
}
