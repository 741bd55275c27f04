import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec, Toleration } from '../../api/generated/core/v1/types.ts';
import { onlyPlugins, ratings, refusals, testCluster, testNode, testPod } from '../test-objects.ts';
import { nodeAffinity, nodeAffinityNames, nodePreference } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { taintPreference, taintToleration } from './taint-toleration.ts';

// Goal: each plugin refuses what it must, in Kubernetes' words, and says whether evicting would help.

test('NodeName: only the node that the pod names', () => {
  const snapshot = testCluster([testNode('a'), testNode('b')]);
  const profile = onlyPlugins({ filters: [nodeName] });
  const message = "!node(s) didn't match the requested node name";
  const pod = testPod('p', { spec: { nodeName: 'b' } });
  assert.deepEqual(refusals(profile, snapshot, pod), { a: message });
  assert.deepEqual(refusals(profile, snapshot, testPod('p')), {});
});

test('NodeUnschedulable: cordoned nodes, unless that is tolerated', () => {
  const snapshot = testCluster([testNode('a', { spec: { unschedulable: true } }), testNode('b')]);
  const profile = onlyPlugins({ filters: [nodeUnschedulable] });
  const tolerations: Toleration[] = [
    { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
  ];
  assert.deepEqual(refusals(profile, snapshot, testPod('p')), {
    a: '!node(s) were unschedulable',
  });
  assert.deepEqual(refusals(profile, snapshot, testPod('p', { spec: { tolerations } })), {});
});

const gpu = { key: 'gpu', value: 'a100', effect: 'NoSchedule' as const };
for (const { name, toleration, taint = gpu, fits } of [
  { name: 'nothing tolerated', toleration: undefined, fits: false },
  { name: 'equal value', toleration: { key: 'gpu', value: 'a100' }, fits: true },
  { name: 'another value', toleration: { key: 'gpu', value: 't4' }, fits: false },
  { name: 'any value', toleration: { key: 'gpu', operator: 'Exists' }, fits: true },
  { name: 'any key', toleration: { operator: 'Exists' }, fits: true },
  {
    name: 'another effect',
    toleration: { key: 'gpu', value: 'a100', effect: 'NoExecute' },
    fits: false,
  },
  {
    name: 'a larger number',
    toleration: { key: 'gpu', operator: 'Gt', value: '5' },
    taint: { ...gpu, value: '7' },
    fits: true,
  },
  {
    name: 'no larger number',
    toleration: { key: 'gpu', operator: 'Gt', value: '7' },
    taint: { ...gpu, value: '7' },
    fits: false,
  },
  {
    name: 'a smaller number',
    toleration: { key: 'gpu', operator: 'Lt', value: '9' },
    taint: { ...gpu, value: '7' },
    fits: true,
  },
  { name: 'no number', toleration: { key: 'gpu', operator: 'Lt', value: '9' }, fits: false },
  {
    name: 'a taint that only prefers',
    toleration: undefined,
    taint: { ...gpu, effect: 'PreferNoSchedule' as const },
    fits: true,
  },
  {
    name: 'a taint that evicts',
    toleration: undefined,
    taint: { ...gpu, effect: 'NoExecute' as const },
    fits: false,
  },
] as { name: string; toleration?: Toleration; taint?: typeof gpu; fits: boolean }[]) {
  test(`TaintToleration: ${name}`, () => {
    const snapshot = testCluster([testNode('a', { taints: [taint] })]);
    const tolerations = toleration ? [toleration] : [];
    const pod = testPod('p', { spec: { tolerations } });
    const want = fits ? {} : { a: '!node(s) had untolerated taint(s)' };
    assert.deepEqual(refusals(onlyPlugins({ filters: [taintToleration] }), snapshot, pod), want);
  });
}

test('TaintToleration prefers nodes with fewer taints that ask to be avoided', () => {
  const soft = (key: string) => ({ key, effect: 'PreferNoSchedule' as const });
  const snapshot = testCluster([
    testNode('none'),
    testNode('one', { taints: [soft('a')] }),
    testNode('two', { taints: [soft('a'), soft('b')] }),
  ]);
  assert.deepEqual(ratings(taintPreference, snapshot, testPod('p')), {
    none: 100,
    one: 50,
    two: 0,
  });
  const tolerant = testPod('p', { spec: { tolerations: [{ key: 'b', operator: 'Exists' }] } });
  assert.deepEqual(ratings(taintPreference, snapshot, tolerant), { none: 100, one: 0, two: 0 });
});

const requires = (...terms: object[]): Partial<PodSpec> =>
  ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
      },
    },
  }) as Partial<PodSpec>;
const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

for (const { name, spec, fits } of [
  { name: 'a selector that matches', spec: { nodeSelector: { disk: 'ssd' } }, fits: ['a'] },
  { name: 'In', spec: requires(expression('disk', 'In', 'hdd', 'ssd')), fits: ['a', 'b'] },
  {
    name: 'NotIn matches what lacks the label',
    spec: requires(expression('disk', 'NotIn', 'ssd')),
    fits: ['b', 'c'],
  },
  { name: 'Exists', spec: requires(expression('disk', 'Exists')), fits: ['a', 'b'] },
  { name: 'DoesNotExist', spec: requires(expression('disk', 'DoesNotExist')), fits: ['c'] },
  { name: 'Gt', spec: requires(expression('cores', 'Gt', '8')), fits: ['b'] },
  { name: 'Lt', spec: requires(expression('cores', 'Lt', '9')), fits: ['a'] },
  {
    name: 'any of the terms',
    spec: requires(expression('disk', 'In', 'ssd'), expression('disk', 'In', 'hdd')),
    fits: ['a', 'b'],
  },
  {
    name: 'all of a term',
    spec: requires({
      matchExpressions: [
        { key: 'disk', operator: 'Exists' },
        { key: 'cores', operator: 'Gt', values: ['8'] },
      ],
    }),
    fits: ['b'],
  },
  { name: 'an empty term matches nothing', spec: requires({}), fits: [] },
  {
    name: 'selector and affinity together',
    spec: { nodeSelector: { disk: 'ssd' }, ...requires(expression('cores', 'Gt', '8')) },
    fits: [],
  },
] as { name: string; spec: Partial<PodSpec>; fits: string[] }[]) {
  test(`NodeAffinity: ${name}`, () => {
    const snapshot = testCluster([
      testNode('a', { labels: { disk: 'ssd', cores: '8' } }),
      testNode('b', { labels: { disk: 'hdd', cores: '64' } }),
      testNode('c'),
    ]);
    const refused = refusals(
      onlyPlugins({ filters: [nodeAffinity] }),
      snapshot,
      testPod('p', { spec }),
    );
    assert.deepEqual(
      ['a', 'b', 'c'].filter((node) => refused[node] === undefined),
      fits,
    );
    for (const reason of Object.values(refused)) {
      assert.equal(reason, "!node(s) didn't match Pod's node affinity/selector");
    }
  });
}

const named = (...values: string[]) => ({
  matchFields: [{ key: 'metadata.name', operator: 'In', values }],
});
for (const { name, terms, want } of [
  {
    name: 'looks at no other node',
    terms: [named('b')],
    want: { '*': "!node(s) didn't satisfy plugin(s) [NodeAffinity]" },
  },
  {
    name: 'that exists nowhere',
    terms: [named('x')],
    want: { '*': "!node(s) didn't satisfy plugin(s) [NodeAffinity]" },
  },
  {
    name: 'a term without names leaves all',
    terms: [named('b'), expression('disk', 'DoesNotExist')],
    want: {},
  },
  {
    name: 'lists that contradict each other',
    terms: [{ matchFields: [...named('a').matchFields, ...named('b').matchFields] }],
    want: { '*': '!pod affinity terms conflict' },
  },
]) {
  test(`NodeAffinity by name: ${name}`, () => {
    const snapshot = testCluster([testNode('a'), testNode('b')]);
    const profile = onlyPlugins({ prefilters: [nodeAffinityNames], filters: [nodeAffinity] });
    assert.deepEqual(refusals(profile, snapshot, testPod('p', { spec: requires(...terms) })), want);
  });
}

test('NodeAffinity prefers nodes by the weights of the terms that match', () => {
  const prefers = (weight: number, key: string) => ({
    weight,
    preference: expression(key, 'Exists'),
  });
  const nodeAffinity = {
    preferredDuringSchedulingIgnoredDuringExecution: [prefers(30, 'a'), prefers(10, 'b')],
  };
  const snapshot = testCluster([
    testNode('both', { labels: { a: '', b: '' } }),
    testNode('little', { labels: { b: '' } }),
    testNode('none'),
  ]);
  const pod = testPod('p', { spec: { affinity: { nodeAffinity } } as unknown as PodSpec });
  assert.deepEqual(ratings(nodePreference, snapshot, pod), { both: 100, little: 25, none: 0 });
});

const port = (hostPort: number, more: object = {}) => ({
  containers: [{ name: 'c', ports: [{ hostPort, containerPort: 80, ...more }] }],
});
for (const { name, held, wanted, fits } of [
  { name: 'the same port', held: port(80), wanted: port(80), fits: false },
  { name: 'another port', held: port(80), wanted: port(81), fits: true },
  { name: 'another protocol', held: port(80), wanted: port(80, { protocol: 'UDP' }), fits: true },
  {
    name: 'another address',
    held: port(80, { hostIP: '10.0.0.1' }),
    wanted: port(80, { hostIP: '10.0.0.2' }),
    fits: true,
  },
  {
    name: 'one address and all',
    held: port(80, { hostIP: '10.0.0.1' }),
    wanted: port(80),
    fits: false,
  },
]) {
  test(`NodePorts: ${name}`, () => {
    const snapshot = testCluster([testNode('a')], { a: [testPod('q', { spec: held })] });
    const want = fits ? {} : { a: "node(s) didn't have free ports for the requested pod ports" };
    const pod = testPod('p', { spec: wanted });
    assert.deepEqual(refusals(onlyPlugins({ filters: [nodePorts] }), snapshot, pod), want);
  });
}
