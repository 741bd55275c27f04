import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeFacts } from '../node-info.ts';
import { PodInfo } from '../pod-info.ts';
import type { ResourceList } from '../resources.ts';
import { examine } from '../schedule.ts';
import { onlyPlugins, refusals, testCluster, testNode, testPod } from '../test-objects.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';

const profile = onlyPlugins({ filters: [nodeResourcesFit] });

// Goal: a node takes a pod exactly when it has left what the pod asks for, resource by resource.
for (const { name, has = {}, used = {}, asks, want } of [
  {
    name: 'exactly what is left',
    has: { cpu: '2' },
    used: { cpu: '1500m' },
    asks: { cpu: '500m' },
    want: undefined,
  },
  {
    name: 'a little too much',
    has: { cpu: '2' },
    used: { cpu: '1500m' },
    asks: { cpu: '501m' },
    want: 'Insufficient cpu',
  },
  {
    name: 'more than the node has',
    has: { cpu: '2' },
    asks: { cpu: '3' },
    want: '!Insufficient cpu',
  },
  {
    name: 'several at once',
    has: { cpu: '1', memory: '1Gi' },
    used: { cpu: '1', memory: '1Gi' },
    asks: { cpu: '1', memory: '1Mi' },
    want: 'Insufficient cpu, Insufficient memory',
  },
  {
    name: 'memory alone',
    has: { memory: '2Gi' },
    used: { memory: '1Gi' },
    asks: { memory: '1025Mi' },
    want: 'Insufficient memory',
  },
  {
    name: 'storage in use',
    has: { 'ephemeral-storage': '2Gi' },
    used: { 'ephemeral-storage': '1Gi' },
    asks: { 'ephemeral-storage': '1025Mi' },
    want: 'Insufficient ephemeral-storage',
  },
  {
    name: 'no such resource',
    asks: { 'nvidia.com/gpu': '1' },
    want: '!Insufficient nvidia.com/gpu',
  },
  {
    name: 'an extended resource in use',
    has: { 'nvidia.com/gpu': '2' },
    used: { 'nvidia.com/gpu': '2' },
    asks: { 'nvidia.com/gpu': '1' },
    want: 'Insufficient nvidia.com/gpu',
  },
  {
    name: 'huge pages',
    has: { 'hugepages-2Mi': '4Mi' },
    asks: { 'hugepages-2Mi': '4Mi' },
    want: undefined,
  },
  {
    name: 'storage',
    has: { 'ephemeral-storage': '1Gi' },
    asks: { 'ephemeral-storage': '2Gi' },
    want: '!Insufficient ephemeral-storage',
  },
  {
    name: 'who asks for nothing fits even where too much was given away',
    has: { cpu: '1' },
    used: { cpu: '2' },
    asks: {},
    want: undefined,
  },
  { name: 'as many pods as there may be', has: { pods: '1' }, asks: {}, want: 'Too many pods' },
  { name: 'no pods allowed at all', has: { pods: '0' }, asks: {}, want: '!Too many pods' },
  { name: 'what the scheduler does not count', asks: { storage: '1Gi' }, want: undefined },
] as {
  name: string;
  has?: ResourceList;
  used?: ResourceList;
  asks: ResourceList;
  want?: string;
}[]) {
  test(`NodeResourcesFit: ${name}`, () => {
    const running = testPod('q', { requests: used });
    const snapshot = testCluster([testNode('a', { allocatable: has })], { a: [running] });
    const got = refusals(profile, snapshot, testPod('p', { requests: asks }));
    assert.deepEqual(got, want === undefined ? {} : { a: want });
  });
}

test('NodeResourcesFit says what was asked and what is free', () => {
  const running = testPod('q', { requests: { cpu: '3' } });
  const snapshot = testCluster([testNode('a')], { a: [running] });
  const { verdicts } = examine(
    profile,
    snapshot,
    new PodInfo(testPod('p', { requests: { cpu: '2' } })),
  );
  assert.deepEqual(verdicts[0]!.rejection.reasons[0]!.evidence, {
    resource: 'cpu',
    asked: 2000,
    free: 1000,
    capacity: 4000,
  });
});

test('NodeResourcesFit waits for nodes that are large enough', () => {
  const pod = new PodInfo(testPod('p', { requests: { cpu: '8' } }));
  const nodeOf = (cpu: string): NodeFacts =>
    testCluster([testNode('a', { allocatable: { cpu } })]).nodes.get('a')!.facts;
  const helps = (cpu: string) =>
    nodeResourcesFit.helps!(pod, { event: 'Node/Add', node: nodeOf(cpu) });
  assert.equal(helps('4'), false);
  assert.equal(helps('8'), true);
});
