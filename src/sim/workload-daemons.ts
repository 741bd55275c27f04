import { daemonSets } from '../api/generated/apps/v1/resources.ts';
import type { DaemonSet } from '../api/generated/apps/v1/types.ts';
import { pick, type Random, randomInt } from '../base/random.ts';
import type { NewObject } from '../machinery/object.ts';
import { BROKEN } from './pod-model.ts';
import type { Steps } from './steps.ts';
import type { World } from './world.ts';

const NAME = 'agent';
const ZONE = 'topology.kubernetes.io/zone';

/** What users do with DaemonSets in these namespaces. */
export const daemonSteps = (namespaces: readonly string[]): Steps => [
  [4, 'create a daemon set', (world, random) => createSet(world, random, namespaces)],
  [3, 'change the image of a daemon set', changeImage],
  [1, 'change the nodes of a daemon set', changeNodes],
  [1, 'delete a daemon set', deleteSet],
];

const anyImage = (random: Random): string =>
  random.float() < 0.1 ? `app:${BROKEN}` : `app:${randomInt(random, 3)}`;

/** A DaemonSet of which every node that may be used gets a pod. */
export const daemonSetOf = (
  metadata: { readonly name: string; readonly namespace: string },
  image: string,
  spec: Partial<DaemonSet['spec']>,
): NewObject<DaemonSet> =>
  ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata,
    spec: {
      ...spec,
      revisionHistoryLimit: 2,
      selector: { matchLabels: { app: metadata.name } },
      template: {
        metadata: { labels: { app: metadata.name } },
        spec: {
          // They ask for no room: where there is none they would wait for ever, each for its node.
          containers: [{ name: 'main', image }],
          terminationGracePeriodSeconds: 5,
        },
      },
    },
  }) as unknown as NewObject<DaemonSet>;

function createSet(world: World, random: Random, namespaces: readonly string[]) {
  const rollingUpdate = pick(random, [
    { maxUnavailable: 1 },
    { maxUnavailable: 2 },
    { maxUnavailable: '50%' },
    { maxUnavailable: 0, maxSurge: 1 },
    { maxUnavailable: 0, maxSurge: '50%' },
  ]);
  const metadata = { name: NAME, namespace: pick(random, namespaces) };
  const minReadySeconds = pick(random, [0, 0, 5]);
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate } as const;
  const spec = { minReadySeconds, updateStrategy };
  return world.client.create(daemonSets, daemonSetOf(metadata, anyImage(random), spec));
}

async function patchSet({ client }: World, random: Random, spec: object): Promise<void> {
  const { items } = await client.list(daemonSets);
  if (items.length === 0) return;
  const body = { spec: { template: { spec } } };
  await client.patch(daemonSets, pick(random, items).metadata, { type: 'strategic', body });
}

const changeImage = (world: World, random: Random) =>
  patchSet(world, random, { containers: [{ name: 'main', image: anyImage(random) }] });

const changeNodes = (world: World, random: Random) =>
  patchSet(world, random, {
    nodeSelector: { [ZONE]: random.float() < 0.5 ? `zone-${randomInt(random, 2)}` : null },
  });

async function deleteSet({ client }: World, random: Random): Promise<void> {
  const { items } = await client.list(daemonSets);
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (staying.length === 0) return;
  const propagationPolicy = pick(random, ['Background', 'Foreground', 'Orphan'] as const);
  await client.delete(daemonSets, pick(random, staying).metadata, { propagationPolicy });
}
