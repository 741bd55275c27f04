import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Taint } from '../../api/generated/core/v1/types.ts';
import { pick, type Random, randomInt, seededRandom } from '../../base/random.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { testNode, testPod } from '../../scheduler/test-objects.ts';
import { advise } from './advise.ts';
import { type ClusterObjects, Scenario } from './scenario.ts';

// Goal: whatever keeps a pod from its node, following the advice gives it one, and nothing that
// somebody could try by hand is a smaller change than the one advised.

const SEEDS = 400;
const TAINTS: readonly Taint[] = [
  { key: 'team', value: 'a', effect: 'NoSchedule' },
  { key: 'gpu', effect: 'NoExecute' },
];

function randomNode(random: Random, name: string): Node {
  const cpu = String(1 + randomInt(random, 4));
  return testNode(name, {
    allocatable: { cpu, memory: '2Gi', pods: String(1 + randomInt(random, 3)) },
    labels: random.float() < 0.5 ? { disk: pick(random, ['ssd', 'hdd']) } : {},
    taints: TAINTS.filter(() => random.float() < 0.25),
    spec: random.float() < 0.3 ? { unschedulable: true } : {},
  });
}

const apart = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
};

function randomPod(random: Random, name: string): Pod {
  const cpu = `${1 + randomInt(random, 30)}00m`;
  const hostPort = { containerPort: 80, hostPort: 80, protocol: 'TCP' } as const;
  const ports = random.float() < 0.2 ? [hostPort] : [];
  return testPod(name, {
    labels: { app: pick(random, ['web', 'db']) },
    spec: {
      containers: [{ name: 'main', image: 'app', ports, resources: { requests: { cpu } } }],
      ...(random.float() < 0.3 && { nodeSelector: { disk: 'ssd' } }),
      ...(random.float() < 0.3 && { affinity: apart }),
    },
  });
}

function randomCluster(random: Random): ClusterObjects {
  const nodes = Array.from({ length: 1 + randomInt(random, 3) }, (_, i) =>
    randomNode(random, `n${i}`),
  );
  const pods = Array.from({ length: randomInt(random, 5) }, (_, i) => {
    const pod = randomPod(random, `p${i}`);
    return { ...pod, spec: { ...pod.spec, nodeName: pick(random, nodes).metadata.name } };
  });
  return { nodes, pods, namespaces: [], claims: [], volumes: [], storageClasses: [] };
}

/** Every single change that one could make by hand, without asking what is in the way. */
function byHand({ nodes, pods, ...rest }: ClusterObjects, pod: Pod): Scenario[] {
  const withNodes = (changed: readonly Node[]) =>
    Scenario.of(pod, { nodes: changed, pods, ...rest });
  const changeNode = (name: string, spec: object, labels: object = {}) =>
    nodes.map((node) =>
      node.metadata.name === name
        ? {
            ...node,
            metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
            spec: { ...node.spec, ...spec },
          }
        : node,
    );
  const { nodeSelector: _, affinity: __, ...plain } = pod.spec;
  const { nodeSelector, affinity } = pod.spec;
  const withSpec = (spec: Partial<Pod['spec']>) =>
    Scenario.of({ ...pod, spec: { ...pod.spec, ...spec } }, { nodes, pods, ...rest });
  const withoutWish = (wishes: Partial<Pod['spec']>) =>
    Scenario.of({ ...pod, spec: { ...plain, ...wishes } }, { nodes, pods, ...rest });
  return [
    ...nodes.map(({ metadata }) => withNodes(changeNode(metadata.name, { unschedulable: false }))),
    ...nodes.flatMap(({ metadata, spec }) =>
      (spec?.taints ?? []).map((taint) => {
        const taints = (spec?.taints ?? []).filter((each) => each !== taint);
        return withNodes(changeNode(metadata.name, { taints }));
      }),
    ),
    ...TAINTS.map(({ key }) => withSpec({ tolerations: [{ key, operator: 'Exists' }] })),
    ...pods.map((gone) =>
      Scenario.of(pod, { nodes, pods: pods.filter((each) => each !== gone), ...rest }),
    ),
    withoutWish(affinity ? { affinity } : {}),
    withoutWish(nodeSelector ? { nodeSelector } : {}),
  ];
}

test(`${SEEDS} clusters: advice works, and is one change where one is enough`, () => {
  let advised = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seededRandom(seed);
    const cluster = randomCluster(random);
    const pod = randomPod(random, 'pending');
    const scenario = Scenario.of(pod, cluster);
    if (scenario.isPlaceable) continue;
    const advice = advise(scenario);
    assert.ok(advice.length > 0, `seed=${seed}: no advice`);
    for (const { changes } of advice) {
      const after = changes.reduce((before, change) => change.apply(before), scenario);
      assert.ok(after.isPlaceable, `seed=${seed}: ${changes.map(({ text }) => text)} didn't help`);
    }
    const isOneEnough = byHand(cluster, pod).some(({ isPlaceable }) => isPlaceable);
    if (isOneEnough) {
      assert.equal(advice[0]?.changes.length, 1, `seed=${seed}: one change would be enough`);
      const isBought = advice[0]?.changes[0]?.key === 'add node';
      assert.ok(!isBought, `seed=${seed}: no machine has to be bought`);
    }
    advised++;
  }
  assert.ok(advised > SEEDS / 3, `only ${advised} pods were without a node`);
});

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web' };
const ofWeb = (pod: Pod): Pod => {
  const ownerReferences = [{ ...owner, controller: true }];
  return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
};

/** Two nodes, on each of them two pods of one workload. */
function crowded(): ClusterObjects {
  const { apiVersion, kind, name, uid } = owner;
  const set = { apiVersion, kind, metadata: { name, uid }, spec: { replicas: 4 } };
  const onNode = (pod: string, nodeName: string): Pod =>
    ofWeb(testPod(pod, { requests: { cpu: '1' }, spec: { nodeName } }));
  return {
    nodes: ['n1', 'n2'].map((each) => testNode(each, { allocatable: { cpu: '2', pods: '9' } })),
    pods: [onNode('a', 'n1'), onNode('b', 'n1'), onNode('c', 'n2'), onNode('d', 'n2')],
    ...{ namespaces: [], claims: [], volumes: [], storageClasses: [] },
    workloads: [set as unknown as KubeObject],
  };
}

const scaleDownsFor = (pod: Pod): string[] =>
  advise(Scenario.of(pod, crowded()))
    .flatMap(({ changes }) => changes.map(({ text }) => text))
    .filter((text) => text.startsWith('scale'))
    .map((text) => text.split(',')[0] ?? '');

test('what to scale down is said once, whichever of its pods makes room', () => {
  const asked = testPod('asked', { requests: { cpu: '900m' } });
  assert.deepEqual(scaleDownsFor(asked), ['scale down replicaset/web in default to 3']);
});

test('no workload is to be scaled down for another pod of its own', () => {
  assert.deepEqual(scaleDownsFor(ofWeb(testPod('asked', { requests: { cpu: '900m' } }))), []);
});

test('a large cluster is advised on in good time', () => {
  const nodes = Array.from({ length: 2000 }, (_, i) =>
    testNode(`n${i}`, { taints: [TAINTS[i % 2]!], spec: { unschedulable: i % 3 === 0 } }),
  );
  const pod = testPod('web', { requests: { cpu: '6' }, spec: { nodeSelector: { disk: 'ssd' } } });
  const cluster = { nodes, pods: [], namespaces: [], claims: [], volumes: [], storageClasses: [] };
  assert.equal(advise(Scenario.of(pod, cluster))[0]?.changes[0]?.key, 'add node');
});
