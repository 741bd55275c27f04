import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetSpec,
} from '../../api/generated/apps/v1/types.ts';
import type { Node, Pod, Taint } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { labelledRevision, REVISION_HASH } from '../controller-revisions.ts';
import { type Observed, reconcileDaemonSet } from './reconcile.ts';

// Goal: pin the decision table. Each row is one observed world and the actions it must produce.

const NOW = Date.UTC(2026, 0, 1);

const templateWith = (image: string): DaemonSetSpec['template'] => ({
  metadata: { labels: { app: 'log' } },
  spec: { containers: [{ name: 'main', image }] },
});

interface PodFacts {
  readonly name: string;
  readonly node: string;
  readonly image?: string;
  /** For how long; not ready unless said. */
  readonly readyForS?: number;
  readonly phase?: Pod['status']['phase'];
  readonly isGoing?: boolean;
  readonly isOrphan?: boolean;
  /** Tied to its node and not bound yet. */
  readonly isWaiting?: boolean;
}

function podOf(facts: PodFacts): Pod {
  const { name, node, image = 'log:1', readyForS, phase = 'Running' } = facts;
  const ready = readyForS !== undefined && {
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: toTime(NOW - readyForS * 1000) },
    ],
  };
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      namespace: 'shop',
      creationTimestamp: toTime(NOW),
      labels: { app: 'log', [REVISION_HASH]: image },
      ...(!facts.isOrphan && {
        ownerReferences: [{ kind: 'DaemonSet', uid: 'set', controller: true }],
      }),
      ...(facts.isGoing && { deletionTimestamp: toTime(NOW) }),
    },
    spec: {
      containers: [],
      ...(facts.isWaiting
        ? {
            affinity: {
              nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
            },
          }
        : { nodeName: node }),
    },
    status: { phase, ...ready },
  } as unknown as Pod;
}

interface NodeFacts {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
}

interface World {
  readonly spec?: Partial<DaemonSetSpec>;
  readonly image?: string;
  readonly nodes?: readonly (string | NodeFacts)[];
  readonly pods?: readonly PodFacts[];
  /** Of the history, oldest first; that of the set alone unless said. */
  readonly revisions?: readonly string[];
  readonly backoffMs?: number;
}

function observed(world: World): Observed {
  const { image = 'log:1', nodes = ['a', 'b'], backoffMs = 0 } = world;
  const set = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'log', uid: 'set', namespace: 'shop', generation: 2 },
    spec: {
      selector: { matchLabels: { app: 'log' } },
      template: templateWith(image),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      ...world.spec,
    },
    status: {},
  } as unknown as DaemonSet;
  const revisions = (world.revisions ?? [image]).map((hash, i) => {
    const template = hash === image ? set.spec.template : templateWith(hash);
    const made = labelledRevision(set, template, { number: i + 1, label: REVISION_HASH, hash });
    return { ...made, metadata: { ...made.metadata, uid: hash } } as unknown as ControllerRevision;
  });
  return {
    set,
    pods: (world.pods ?? []).map(podOf),
    revisions,
    nodes: nodes.map((node) => {
      const facts: NodeFacts = typeof node === 'string' ? { name: node } : node;
      const { name, labels = {}, taints } = facts;
      return { metadata: { name, uid: name, labels }, spec: { taints } } as unknown as Node;
    }),
    backoffMs: () => backoffMs,
    now: NOW,
  };
}

/** Actions in short; status writes are tested by themselves. */
const summary = (world: World): string[] =>
  reconcileDaemonSet(observed(world)).flatMap((action) => {
    switch (action.type) {
      case 'updateStatus':
        return [];
      case 'wait':
        return [`wait ${action.forMs}`];
      case 'createPod':
        return [`createPod on ${action.nodeName} of ${action.hash}`];
      case 'renumberRevision':
        return [`${action.type} ${action.revision.revision} to ${action.to}`];
      default:
        return 'revision' in action
          ? [`${action.type} ${action.revision.revision}`]
          : [`${action.type} ${action.pod.metadata.name}`];
    }
  });

const well = (name: string, node: string, image = 'log:1'): PodFacts => ({
  name,
  node,
  image,
  readyForS: 100,
});
const update = { image: 'log:2', revisions: ['log:1', 'log:2'] } as const;
const surging = {
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
} as const;
const taint = (effect: string): Taint => ({ key: 'dedicated', value: 'x', effect }) as Taint;

const rows: readonly { name: string; world: World; want: string[] }[] = [
  {
    name: 'keeps the template before anything is made of it',
    world: { revisions: [] },
    want: ['createRevision 1'],
  },
  {
    name: 'makes the revision of a template that is back the newest again',
    world: { nodes: [], revisions: ['log:1', 'log:2'] },
    want: ['renumberRevision 1 to 3'],
  },
  {
    name: 'makes a pod for each node that has none',
    world: { pods: [well('p', 'a')] },
    want: ['createPod on b of log:1'],
  },
  {
    name: 'makes none where the selector does not match',
    world: {
      spec: {
        template: {
          ...templateWith('log:1'),
          spec: { containers: [], nodeSelector: { disk: 'ssd' } },
        },
      },
      nodes: ['a', { name: 'b', labels: { disk: 'ssd' } }],
    },
    want: ['createPod on b of log:1'],
  },
  {
    name: 'makes none on a tainted node, and lets one stay that is there',
    world: {
      nodes: [
        { name: 'a', taints: [taint('NoSchedule')] },
        { name: 'b', taints: [taint('NoSchedule')] },
      ],
      pods: [well('p', 'b')],
    },
    want: [],
  },
  {
    name: 'takes it from a node whose taint drives pods out',
    world: { nodes: [{ name: 'a', taints: [taint('NoExecute')] }], pods: [well('p', 'a')] },
    want: ['deletePod p'],
  },
  {
    name: 'runs on nodes that are in trouble themselves',
    world: {
      nodes: [
        {
          name: 'a',
          taints: [
            { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
            { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
          ],
        },
      ],
    },
    want: ['createPod on a of log:1'],
  },
  {
    name: 'waits until a pod that is going is gone',
    world: { nodes: ['a'], pods: [{ ...well('p', 'a'), isGoing: true }] },
    want: [],
  },
  {
    name: 'replaces a pod that has failed',
    world: { nodes: ['a'], pods: [{ name: 'p', node: 'a', phase: 'Failed' }] },
    want: ['deleteEndedPod p'],
  },
  {
    name: 'leaves it for a while when those before it have failed, too',
    world: {
      nodes: ['a'],
      pods: [{ name: 'p', node: 'a', phase: 'Failed' }],
      backoffMs: 4000,
    },
    want: ['wait 4000'],
  },
  {
    name: 'replaces a pod that has succeeded at once',
    world: {
      nodes: ['a'],
      pods: [{ name: 'p', node: 'a', phase: 'Succeeded' }],
      backoffMs: 4000,
    },
    want: ['deleteEndedPod p'],
  },
  {
    name: 'keeps the oldest of several',
    world: { nodes: ['a'], pods: [well('q', 'a'), well('p', 'a')] },
    want: ['deletePod q'],
  },
  {
    name: 'gives up a pod that waits for a node which is gone',
    world: { nodes: [], pods: [{ name: 'p', node: 'z', isWaiting: true }, well('q', 'z')] },
    want: ['deletePod p'],
  },
  {
    name: 'updates as many at a time as may be unavailable',
    world: { ...update, pods: [well('p', 'a'), well('q', 'b')] },
    want: ['deletePod p'],
  },
  {
    name: 'waits for the new pod before it goes on',
    world: { ...update, pods: [{ name: 'p', node: 'a', image: 'log:2' }, well('q', 'b')] },
    want: [],
  },
  {
    name: 'replaces old pods that are not available whatever the others do',
    world: {
      ...update,
      pods: [
        { name: 'p', node: 'a' },
        { name: 'q', node: 'b' },
      ],
    },
    want: ['deletePod p', 'deletePod q'],
  },
  {
    name: 'leaves updates to whoever deletes the pods, when told so',
    world: {
      ...update,
      spec: { updateStrategy: { type: 'OnDelete' } },
      pods: [well('p', 'a'), well('q', 'b')],
    },
    want: [],
  },
  {
    name: 'makes new pods beside old ones when it may surge',
    world: { ...update, spec: surging, pods: [well('p', 'a'), well('q', 'b')] },
    want: ['createPod on a of log:2'],
  },
  {
    name: 'makes a new pod beside one that is going when it may surge',
    world: { spec: surging, nodes: ['a'], pods: [{ ...well('p', 'a'), isGoing: true }] },
    want: ['createPod on a of log:1'],
  },
  {
    name: 'surges no further while a new pod is not available',
    world: {
      ...update,
      spec: surging,
      pods: [well('p', 'a'), well('q', 'b'), { name: 'r', node: 'a', image: 'log:2' }],
    },
    want: [],
  },
  {
    name: 'gives up the old one when the new one is available',
    world: {
      ...update,
      spec: surging,
      pods: [well('p', 'a'), well('q', 'b'), well('r', 'a', 'log:2')],
    },
    want: ['deletePod p'],
  },
  {
    name: 'forgets revisions beyond the limit, but none that a pod has',
    world: {
      spec: { revisionHistoryLimit: 1, updateStrategy: { type: 'OnDelete' } },
      nodes: ['a'],
      image: 'log:4',
      revisions: ['log:1', 'log:2', 'log:3', 'log:4'],
      pods: [well('p', 'a', 'log:1')],
    },
    want: ['deleteRevision 2', 'deleteRevision 3'],
  },
  {
    name: 'takes in orphans',
    world: { nodes: ['a'], pods: [{ ...well('p', 'a'), isOrphan: true }] },
    want: ['adoptPod p'],
  },
  {
    name: 'looks again when a pod will have been ready for long enough',
    world: {
      spec: { minReadySeconds: 30 },
      nodes: ['a'],
      pods: [{ name: 'p', node: 'a', readyForS: 10 }],
    },
    want: ['wait 20000'],
  },
];

for (const { name, world, want } of rows) {
  test(name, () => assert.deepEqual(summary(world), want));
}

const statusIn = (world: Observed) => {
  const action = reconcileDaemonSet(world).find(({ type }) => type === 'updateStatus');
  return action?.type === 'updateStatus' ? action.status : undefined;
};

test('counts nodes', () => {
  const world = observed({
    ...update,
    nodes: ['a', 'b', 'c', { name: 'd', taints: [taint('NoSchedule')] }],
    pods: [well('p', 'a', 'log:2'), { name: 'q', node: 'b' }, well('r', 'd')],
  });
  assert.deepEqual(statusIn(world), {
    observedGeneration: 2,
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    numberReady: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 2,
  });
});

test('a settled set wants no write', () => {
  const world = observed({ pods: [well('p', 'a'), well('q', 'b')] });
  const status = statusIn(world) ?? world.set.status;
  assert.deepEqual(reconcileDaemonSet({ ...world, set: { ...world.set, status } }), []);
});
