import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControllerRevision, StatefulSet } from '../../api/generated/apps/v1/types.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { newRevision, REVISION_HASH } from '../controller-revisions.ts';
import { type Observed, reconcileStatefulSet } from './reconcile.ts';

// Goal: pin the decision table. Each row is one observed world and the actions it must produce.

const NOW = Date.UTC(2026, 0, 1);

const templateWith = (image: string) =>
  ({
    metadata: { labels: { app: 'db' } },
    spec: { containers: [{ name: 'main', image }] },
  }) as StatefulSet['spec']['template'];

interface SetFacts {
  readonly spec?: Partial<StatefulSet['spec']>;
  readonly image?: string;
  /** The image of the revision that pods had; that of the set unless said. */
  readonly currentImage?: string;
  readonly isGoing?: boolean;
}

function setOf({ spec, image = 'app:1', currentImage = image, isGoing }: SetFacts): StatefulSet {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'db',
      uid: 'set',
      namespace: 'shop',
      resourceVersion: '1',
      generation: 3,
      creationTimestamp: toTime(NOW),
      ...(isGoing && { deletionTimestamp: toTime(NOW) }),
    },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: templateWith(image),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
    status: { replicas: 0, availableReplicas: 0 },
  } as unknown as StatefulSet;
  const currentRevision = revisionName(set, currentImage);
  return { ...set, status: { ...set.status, currentRevision } };
}

const revisionName = (set: StatefulSet, image: string): string =>
  newRevision(set, templateWith(image), { number: 1 }).metadata.name ?? '';

const revisionOf = (set: StatefulSet, image: string, number: number): ControllerRevision => {
  const made = newRevision(set, templateWith(image), { number });
  const { name = '' } = made.metadata;
  return {
    ...made,
    metadata: { creationTimestamp: toTime(NOW), ...made.metadata, name, uid: name },
  } as ControllerRevision;
};

interface PodFacts {
  readonly ordinal: number;
  /** As the ordinal says unless said. */
  readonly name?: string;
  readonly image?: string;
  /** For how long; not ready unless said. */
  readonly readyForS?: number;
  readonly phase?: Pod['status']['phase'];
  readonly isGoing?: boolean;
  readonly owner?: string;
}

function podOf(set: StatefulSet, facts: PodFacts): Pod {
  const { ordinal, image = 'app:1', readyForS, phase = 'Running', owner = 'set' } = facts;
  const { name = `db-${ordinal}` } = facts;
  const ready = readyForS !== undefined && {
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: toTime(NOW - readyForS * 1000) },
    ],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      namespace: 'shop',
      resourceVersion: '1',
      creationTimestamp: toTime(NOW),
      labels: {
        app: 'db',
        'statefulset.kubernetes.io/pod-name': name,
        [REVISION_HASH]: revisionName(set, image),
      },
      ...(owner && {
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: owner, controller: true },
        ],
      }),
      ...(facts.isGoing && { deletionTimestamp: toTime(NOW) }),
    },
    spec: { containers: [] },
    status: { phase, ...ready },
  } as unknown as Pod;
}

interface World extends SetFacts {
  readonly pods?: readonly PodFacts[];
  /** Of the history, oldest first; that of the set alone unless said. */
  readonly revisions?: readonly string[];
  readonly claims?: readonly PersistentVolumeClaim[];
}

function observed(world: World): Observed {
  const set = setOf(world);
  const revisions = (world.revisions ?? [world.image ?? 'app:1']).map((image, i) =>
    revisionOf(set, image, i + 1),
  );
  return {
    set,
    pods: (world.pods ?? []).map((facts) => podOf(set, facts)),
    revisions,
    claimAt: (key) => world.claims?.find(({ metadata }) => key === `shop/${metadata.name}`),
    now: NOW,
  };
}

/** Actions in short; status writes are tested by themselves. */
const summary = (world: World): string[] =>
  reconcileStatefulSet(observed(world)).flatMap((action) => {
    switch (action.type) {
      case 'updateStatus':
        return [];
      case 'wait':
        return [`wait ${action.forMs}`];
      case 'createClaim':
      case 'retainClaim':
        return [`${action.type} ${action.claim.metadata.name}`];
      case 'renumberRevision':
        return [`${action.type} ${action.revision.revision} to ${action.to}`];
      case 'adoptRevision':
      case 'createRevision':
      case 'deleteRevision':
        return [`${action.type} ${action.revision.revision}`];
      default:
        return [`${action.type} ${action.pod.metadata.name}`];
    }
  });

const well = (ordinal: number, image?: string): PodFacts => ({
  ordinal,
  readyForS: 100,
  ...(image && { image }),
});
const parallel = { podManagementPolicy: 'Parallel' } as const;
const claimTemplate = { metadata: { name: 'data' }, spec: {} } as PersistentVolumeClaim;
const claimOf = (name: string, metadata: object = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'shop', uid: name, ...metadata },
    spec: {},
  }) as PersistentVolumeClaim;
const withClaims = { volumeClaimTemplates: [claimTemplate] };
const retention = (whenDeleted: 'Retain' | 'Delete', whenScaled: 'Retain' | 'Delete') => ({
  ...withClaims,
  persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
});
const ofSet = {
  ownerReferences: [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'db',
      uid: 'set',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
};

const rows: readonly { name: string; world: World; want: string[] }[] = [
  {
    name: 'keeps the template before anything is made of it',
    world: { revisions: [] },
    want: ['createRevision 1'],
  },
  {
    name: 'gives a new template the next revision',
    world: { image: 'app:2', currentImage: 'app:1', revisions: ['app:1'], pods: [well(0)] },
    want: ['createRevision 2'],
  },
  {
    name: 'makes the revision of a template that is back the newest again',
    world: { image: 'app:1', revisions: ['app:1', 'app:2'] },
    want: ['renumberRevision 1 to 3'],
  },
  { name: 'makes the first pod alone', world: {}, want: ['createPod db-0'] },
  {
    name: 'makes all at once in parallel',
    world: { spec: parallel },
    want: [0, 1, 2].map((i) => `createPod db-${i}`),
  },
  {
    name: 'waits for each pod before it makes the next',
    world: { pods: [{ ordinal: 0 }] },
    want: [],
  },
  {
    name: 'makes the next once all before it are ready',
    world: { pods: [well(0)] },
    want: ['createPod db-1'],
  },
  {
    name: 'waits until the one before it is available',
    world: { spec: { minReadySeconds: 30 }, pods: [{ ordinal: 0, readyForS: 10 }] },
    want: ['wait 20000'],
  },
  {
    name: 'begins with its start ordinal, and gives up what is below it',
    world: { spec: { replicas: 1, ordinals: { start: 2 } }, pods: [well(0), well(2)] },
    want: ['deletePod db-0'],
  },
  {
    name: 'replaces pods that have ended, whichever way',
    world: { pods: [{ ordinal: 0, phase: 'Failed' }, well(1), well(2)] },
    want: ['deletePod db-0'],
  },
  {
    name: 'waits until a pod that has ended is gone',
    world: { pods: [{ ordinal: 0, phase: 'Succeeded', isGoing: true }, well(1)] },
    want: [],
  },
  {
    name: 'shrinks from the end, one by one',
    world: { spec: { replicas: 1 }, pods: [well(0), well(1), well(2)] },
    want: ['deletePod db-2'],
  },
  {
    name: 'does not shrink while one that stays is not ready',
    world: { spec: { replicas: 1 }, pods: [{ ordinal: 0 }, well(1), well(2)] },
    want: [],
  },
  {
    name: 'waits for a pod that is not well before it gives up one after it',
    world: { spec: { replicas: 1 }, pods: [well(0), { ordinal: 1 }, { ordinal: 2 }] },
    want: [],
  },
  {
    name: 'gives up the only pod that is not well',
    world: { spec: { replicas: 1 }, pods: [well(0), { ordinal: 1 }] },
    want: ['deletePod db-1'],
  },
  {
    name: 'shrinks all at once in parallel',
    world: { spec: { replicas: 1, ...parallel }, pods: [well(0), well(1), { ordinal: 2 }] },
    want: ['deletePod db-2', 'deletePod db-1'],
  },
  {
    name: 'updates from the end',
    world: {
      image: 'app:2',
      currentImage: 'app:1',
      revisions: ['app:1', 'app:2'],
      pods: [well(0), well(1), well(2)],
    },
    want: ['deletePod db-2'],
  },
  {
    name: 'goes on with an update once the pod after is well',
    world: {
      image: 'app:2',
      currentImage: 'app:1',
      revisions: ['app:1', 'app:2'],
      pods: [well(0), well(1), well(2, 'app:2')],
    },
    want: ['deletePod db-1'],
  },
  {
    name: 'updates no pod below the partition',
    world: {
      spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      image: 'app:2',
      currentImage: 'app:1',
      revisions: ['app:1', 'app:2'],
      pods: [well(0), well(1), well(2, 'app:2')],
    },
    want: [],
  },
  {
    name: 'leaves updates to whoever deletes the pods, when told so',
    world: {
      spec: { updateStrategy: { type: 'OnDelete' } },
      image: 'app:2',
      currentImage: 'app:1',
      revisions: ['app:1', 'app:2'],
      pods: [well(0), well(1), well(2)],
    },
    want: [],
  },
  {
    name: 'stays with a broken pod of an old revision: somebody has to delete it',
    world: {
      image: 'app:1',
      revisions: ['app:2', 'app:1'],
      pods: [well(0), well(1), { ordinal: 2, image: 'app:2', phase: 'Pending' }],
    },
    want: [],
  },
  {
    name: 'gets over a broken pod of an old revision in parallel',
    world: {
      spec: parallel,
      image: 'app:1',
      revisions: ['app:2', 'app:1'],
      pods: [well(0), well(1), { ordinal: 2, image: 'app:2', phase: 'Pending' }],
    },
    want: ['deletePod db-2'],
  },
  {
    name: 'updates one by one in parallel, too',
    world: {
      spec: parallel,
      image: 'app:2',
      currentImage: 'app:1',
      revisions: ['app:1', 'app:2'],
      pods: [well(0), well(1), { ordinal: 2, image: 'app:2' }],
    },
    want: [],
  },
  {
    name: 'forgets revisions beyond the limit, but none that a pod has',
    world: {
      spec: { revisionHistoryLimit: 1 },
      image: 'app:4',
      currentImage: 'app:4',
      revisions: ['app:0', 'app:1', 'app:2', 'app:3', 'app:4'],
      pods: [{ ordinal: 0, image: 'app:1', isGoing: true }],
    },
    want: ['deleteRevision 1', 'deleteRevision 3'],
  },
  {
    name: 'makes the claims of a pod before it',
    world: { spec: { replicas: 1, ...withClaims } },
    want: ['createClaim data-db-0', 'createPod db-0'],
  },
  {
    name: 'finds the claims that a pod has left behind',
    world: { spec: { replicas: 1, ...withClaims }, claims: [claimOf('data-db-0')] },
    want: ['createPod db-0'],
  },
  {
    name: 'makes a claim anew that a pod waits for',
    world: { spec: { replicas: 1, ...withClaims }, pods: [{ ordinal: 0, phase: 'Pending' }] },
    want: ['createClaim data-db-0'],
  },
  {
    name: 'has claims go with the set',
    world: {
      spec: { replicas: 1, ...retention('Delete', 'Retain') },
      pods: [well(0)],
      claims: [claimOf('data-db-0')],
    },
    want: ['retainClaim data-db-0'],
  },
  {
    name: 'leaves claims alone that go with the set',
    world: {
      spec: { replicas: 1, ...retention('Delete', 'Retain') },
      pods: [well(0)],
      claims: [claimOf('data-db-0', ofSet)],
    },
    want: [],
  },
  {
    name: 'leaves claims to the garbage collector that were of a set of its name',
    world: {
      spec: { replicas: 1, ...retention('Delete', 'Retain') },
      pods: [well(0)],
      claims: [
        claimOf('data-db-0', {
          ownerReferences: [{ ...ofSet.ownerReferences[0], uid: 'before' }],
        }),
      ],
    },
    want: [],
  },
  {
    name: 'has the claims of a pod go with it that is scaled away',
    world: {
      spec: { replicas: 0, ...retention('Retain', 'Delete') },
      pods: [well(0)],
      claims: [claimOf('data-db-0')],
    },
    want: ['retainClaim data-db-0', 'deletePod db-0'],
  },
  {
    name: 'waits for the claim of an earlier pod to go with it',
    world: {
      spec: { replicas: 1, ...retention('Retain', 'Delete') },
      claims: [
        claimOf('data-db-0', {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'db-0', uid: 'before' }],
        }),
      ],
    },
    want: [],
  },
  {
    name: 'takes in orphans that are called after it',
    world: { spec: { replicas: 1 }, pods: [{ ...well(0), owner: '' }] },
    want: ['adoptPod db-0'],
  },
  {
    name: "leaves orphans alone whose number isn't written as its pods have it",
    world: { spec: { replicas: 1 }, pods: [{ ...well(0), name: 'db-00', owner: '' }] },
    want: ['createPod db-0'],
  },
  { name: 'leaves what is going alone', world: { isGoing: true, pods: [well(0)] }, want: [] },
];

for (const { name, world, want } of rows) {
  test(name, () => assert.deepEqual(summary(world), want));
}

const statusIn = (world: World) => {
  const action = reconcileStatefulSet(observed(world)).find(({ type }) => type === 'updateStatus');
  return action?.type === 'updateStatus' ? action.status : undefined;
};

test('counts pods by what they are', () => {
  const world: World = {
    spec: { minReadySeconds: 30 },
    image: 'app:2',
    currentImage: 'app:1',
    revisions: ['app:1', 'app:2'],
    pods: [well(0), { ordinal: 1, readyForS: 10 }, { ordinal: 2, image: 'app:2' }],
  };
  const { currentRevision, updateRevision, ...counts } = statusIn(world) ?? {};
  assert.deepEqual(counts, {
    observedGeneration: 3,
    replicas: 3,
    readyReplicas: 2,
    availableReplicas: 1,
    currentReplicas: 2,
    updatedReplicas: 1,
    collisionCount: 0,
  });
  assert.notEqual(currentRevision, updateRevision);
});

test('a pod that goes for an update is no longer counted with the old revision', () => {
  const status = statusIn({
    image: 'app:2',
    currentImage: 'app:1',
    revisions: ['app:1', 'app:2'],
    pods: [well(0), well(1), well(2)],
  });
  assert.equal(status?.currentReplicas, 2);
  assert.equal(status?.replicas, 3);
});

test('an update is complete when all pods have the revision and are ready', () => {
  const world: World = {
    image: 'app:2',
    currentImage: 'app:1',
    revisions: ['app:1', 'app:2'],
    pods: [0, 1, 2].map((i) => well(i, 'app:2')),
  };
  const status = statusIn(world);
  assert.equal(status?.currentRevision, status?.updateRevision);
  assert.equal(status?.currentReplicas, 3);
});

test('a settled set wants no write', () => {
  const world = observed({ pods: [0, 1, 2].map((i) => well(i)) });
  const told = reconcileStatefulSet(world);
  assert.deepEqual(
    told.map(({ type }) => type),
    ['updateStatus'],
  );
  const status = told[0]?.type === 'updateStatus' ? told[0].status : world.set.status;
  assert.deepEqual(reconcileStatefulSet({ ...world, set: { ...world.set, status } }), []);
});

test('a set of more pods than a machine can count is begun like any other', () => {
  const spec = { ...parallel, replicas: 2 ** 31 - 1 };
  const made = reconcileStatefulSet(observed({ spec, pods: [well(1), well(2_000_000_000)] }));
  const names = made.flatMap((each) => (each.type === 'createPod' ? [each.pod.metadata.name] : []));
  assert.deepEqual(
    [names.length, names[0], names[1], names.at(-1)],
    [500, 'db-0', 'db-2', 'db-500'],
  );
  const told = made.find((each) => each.type === 'updateStatus');
  assert.equal(told?.type === 'updateStatus' && told.status.replicas, 2);
});
