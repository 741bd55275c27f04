import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { ClusterCache } from './cluster-cache.ts';
import { PodInfo } from './pod-info.ts';
import { type PodParts, testNode, testPod } from './test-objects.ts';

const bound = (name: string, node: string, parts: PodParts = {}): Pod =>
  testPod(name, { requests: { cpu: '1' }, ...parts, spec: { nodeName: node, ...parts.spec } });
const cpuOn = (cache: ClusterCache, node: string): number | undefined =>
  cache.snapshot.nodes.get(node)?.load.requested.cpuMilli;
const events = (changes: readonly { event: string }[]) => changes.map(({ event }) => event);

function withNodes(...names: string[]): ClusterCache {
  const cache = new ClusterCache(1);
  for (const name of names) cache.putNode(testNode(name));
  return cache;
}

// Goal: what was assumed counts from the start, once, until it is confirmed, taken back or wrong.

test('an assumed pod counts at once, and not twice when it is confirmed', () => {
  const cache = withNodes('a');
  cache.assume(new PodInfo(testPod('p', { requests: { cpu: '1' } })), 'a');
  assert.equal(cpuOn(cache, 'a'), 1000);
  const before = cache.snapshot;
  assert.deepEqual(events(cache.putPod(bound('p', 'a'))), ['AssignedPod/Add']);
  assert.equal(cache.snapshot, before, 'a confirmation changes nothing');
  assert.equal(cache.isAssumed('uid-default-p'), false);
  assert.deepEqual(cache.forget('uid-default-p'), [], 'what is confirmed is not taken back');
  assert.equal(cpuOn(cache, 'a'), 1000);
});

test('an assumed pod that failed to be bound frees its room', () => {
  const cache = withNodes('a');
  cache.assume(new PodInfo(testPod('p', { requests: { cpu: '1' } })), 'a');
  assert.deepEqual(events(cache.forget('uid-default-p')), ['AssignedPod/Delete']);
  assert.equal(cpuOn(cache, 'a'), 0);
});

test('a pod that turns out to be elsewhere moves', () => {
  const cache = withNodes('a', 'b');
  cache.assume(new PodInfo(testPod('p', { requests: { cpu: '1' } })), 'a');
  cache.putPod(bound('p', 'b'));
  assert.deepEqual([cpuOn(cache, 'a'), cpuOn(cache, 'b')], [0, 1000]);
});

test('statuses that do not matter change nothing; what matters does', () => {
  const cache = withNodes('a');
  cache.putPod(bound('p', 'a'));
  const before = cache.snapshot;
  cache.putPod(bound('p', 'a', { status: { phase: 'Running', podIP: '10.0.0.1' } }));
  assert.equal(cache.snapshot, before);
  const relabelled = cache.putPod(bound('p', 'a', { labels: { app: 'x' } }));
  assert.deepEqual(events(relabelled), ['AssignedPod/UpdateLabels']);
  const smaller = cache.putPod(
    bound('p', 'a', { labels: { app: 'x' }, requests: { cpu: '500m' } }),
  );
  assert.deepEqual(events(smaller), ['AssignedPod/ScaleDown']);
  assert.equal(cpuOn(cache, 'a'), 500);
});

test('pods are counted whichever comes first, they or their node', () => {
  const cache = new ClusterCache(1);
  cache.putPod(bound('p', 'a'));
  assert.equal(cpuOn(cache, 'a'), undefined);
  assert.deepEqual(events(cache.putNode(testNode('a'))), ['Node/Add']);
  assert.equal(cpuOn(cache, 'a'), 1000);
  assert.deepEqual(events(cache.deleteNode('a')), ['Node/Delete']);
  cache.deletePod('uid-default-p');
  cache.putNode(testNode('a'));
  assert.equal(cpuOn(cache, 'a'), 0);
});

test("a node's heartbeat is no change", () => {
  const cache = withNodes('a');
  const before = cache.snapshot;
  const node = testNode('a');
  const beat = { ...node, status: { ...node.status, conditions: [] } };
  assert.deepEqual(cache.putNode(beat), []);
  assert.equal(cache.snapshot, before);
  const tainted = testNode('a', { taints: [{ key: 'x', effect: 'NoSchedule' }] });
  assert.deepEqual(events(cache.putNode(tainted)), ['Node/UpdateTaints']);
});

test('a promise keeps room until it is used, broken, or the node comes back', () => {
  const cache = withNodes('a');
  const nominated = () => cache.snapshot.nodes.get('a')?.nominated.length;
  const pod = new PodInfo(testPod('p'), 'a');
  cache.promise(pod, 'a');
  assert.equal(nominated(), 1);
  cache.deleteNode('a');
  cache.putNode(testNode('a'));
  assert.equal(nominated(), 1);
  cache.assume(pod, 'a');
  assert.equal(nominated(), 0);
  assert.equal(cache.promisedNode(pod.uid), undefined);
});
