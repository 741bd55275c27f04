import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PodInfo } from '../pod-info.ts';
import type { ResourceList } from '../resources.ts';
import { ratings, testCluster, testNode, testPod } from '../test-objects.ts';
import { imageLocality } from './image-locality.ts';
import { balancedAllocation, resourceScore, type ScoringStrategy } from './resource-scores.ts';

const least: ScoringStrategy = { type: 'LeastAllocated' };
const most: ScoringStrategy = { type: 'MostAllocated' };
const binPacking: ScoringStrategy = {
  type: 'RequestedToCapacityRatio',
  shape: [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ],
};

interface Row {
  name: string;
  strategy: ScoringStrategy;
  used?: ResourceList;
  asks: ResourceList;
  want: number;
}

// Goal: the score formulas, by hand-worked numbers. The node has 4 cpu and 8Gi.
for (const { name, strategy, used = {}, asks, want } of [
  {
    name: 'least: the mean of what stays free',
    strategy: least,
    asks: { cpu: '1', memory: '4Gi' },
    want: 62,
  },
  {
    name: 'least: with what runs already',
    strategy: least,
    used: { cpu: '1', memory: '2Gi' },
    asks: { cpu: '1', memory: '2Gi' },
    want: 50,
  },
  {
    name: 'least: overfull counts as full',
    strategy: least,
    used: { cpu: '4', memory: '4Gi' },
    asks: { cpu: '1', memory: '1Gi' },
    want: 18,
  },
  {
    name: 'least: who asks for nothing is taken to use something',
    strategy: least,
    asks: {},
    want: 97,
  },
  {
    name: 'most: the mean of what is in use',
    strategy: most,
    asks: { cpu: '1', memory: '4Gi' },
    want: 37,
  },
  {
    name: 'ratio: a straight line packs',
    strategy: binPacking,
    asks: { cpu: '1', memory: '4Gi' },
    want: 38,
  },
  {
    name: 'ratio: a bend',
    strategy: {
      ...binPacking,
      shape: [
        { utilization: 0, score: 10 },
        { utilization: 50, score: 5 },
        { utilization: 100, score: 0 },
      ],
    },
    asks: { cpu: '1', memory: '2Gi' },
    want: 75,
  },
  {
    name: 'weights',
    strategy: {
      type: 'MostAllocated',
      resources: [
        { name: 'cpu', weight: 3 },
        { name: 'memory', weight: 1 },
      ],
    },
    asks: { cpu: '1', memory: '4Gi' },
    want: 31,
  },
  {
    name: 'a resource that the node lacks does not count',
    strategy: {
      type: 'MostAllocated',
      resources: [
        { name: 'cpu', weight: 1 },
        { name: 'x.io/y', weight: 9 },
      ],
    },
    asks: { cpu: '1' },
    want: 25,
  },
] as Row[]) {
  test(`resource score, ${name}`, () => {
    const running = Object.keys(used).length > 0 ? [testPod('q', { requests: used })] : [];
    const node = testCluster([testNode('a')], { a: running }).nodes.get('a')!;
    const pod = new PodInfo(testPod('p', { requests: asks }));
    assert.equal(resourceScore(strategy).score(pod, node), want);
  });
}

for (const { name, asks, want } of [
  { name: 'equal shares are best', asks: { cpu: '1', memory: '2Gi' }, want: 100 },
  { name: 'half the difference is lost', asks: { cpu: '3', memory: '2Gi' }, want: 75 },
  { name: 'shares end at all there is', asks: { cpu: '9', memory: '0' }, want: 50 },
] as { name: string; asks: ResourceList; want: number }[]) {
  test(`balance, ${name}`, () => {
    const node = testCluster([testNode('a')]).nodes.get('a')!;
    const pod = new PodInfo(testPod('p', { requests: asks }));
    assert.equal(balancedAllocation.score(pod, node), want);
  });
}

test('balance has no say for pods that ask for nothing', () => {
  assert.equal(balancedAllocation.concerns!(new PodInfo(testPod('p'))), false);
});

test('image locality: larger and wider spread images count more', () => {
  const MiB = 1024 * 1024;
  const snapshot = testCluster([
    testNode('a', { images: { 'app:latest': 500 * MiB, 'tool:1': 20 * MiB } }),
    testNode('b', { images: { 'app:latest': 500 * MiB } }),
    testNode('c', { images: { 'tool:1': 20 * MiB } }),
    testNode('d'),
  ]);
  // 500 MiB on half of the nodes count as 250, of which 23 are the threshold of 1000.
  const app = testPod('p', { image: 'app' });
  assert.deepEqual(ratings(imageLocality, snapshot, app), { a: 23, b: 23, c: 0, d: 0 });
  const tool = testPod('p', { image: 'tool:1' });
  assert.deepEqual(ratings(imageLocality, snapshot, tool), { a: 0, b: 0, c: 0, d: 0 });
});
