import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '../api/generated/core/v1/types.ts';
import { podRequests } from './pod-requests.ts';
import type { ResourceList } from './resources.ts';
import { testPod } from './test-objects.ts';

const container = (requests: ResourceList, more: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests },
  ...more,
});
const sidecar = (requests: ResourceList) => container(requests, { restartPolicy: 'Always' });
const cpus = (...all: string[]) => all.map((cpu) => container({ cpu }));

interface Row {
  name: string;
  spec: Partial<PodSpec>;
  status?: Pod['status'];
  cpu: number;
  memory?: number;
}

// Goal: what a pod takes of its node, in millicores and bytes, by hand.
for (const { name, spec, status = {}, cpu, memory = 0 } of [
  { name: 'containers add up', spec: { containers: cpus('1', '500m') }, cpu: 1500 },
  {
    name: 'an init container runs alone',
    spec: { containers: cpus('1'), initContainers: cpus('3', '2') },
    cpu: 3000,
  },
  {
    name: 'the largest of either, by resource',
    spec: {
      containers: [container({ cpu: '1', memory: '3' })],
      initContainers: [container({ cpu: '2', memory: '1' })],
    },
    cpu: 2000,
    memory: 3,
  },
  {
    name: 'sidecars run along',
    spec: { containers: cpus('1'), initContainers: [sidecar({ cpu: '1' }), sidecar({ cpu: '2' })] },
    cpu: 4000,
  },
  {
    name: 'an init container runs beside the sidecars before it',
    spec: { containers: cpus('1'), initContainers: [sidecar({ cpu: '2' }), ...cpus('3')] },
    cpu: 5000,
  },
  {
    name: 'but not beside those after it',
    spec: { containers: cpus('1'), initContainers: [...cpus('3'), sidecar({ cpu: '2' })] },
    cpu: 3000,
  },
  {
    name: 'overhead comes on top',
    spec: { containers: cpus('1'), overhead: { cpu: '250m', memory: '10' } },
    cpu: 1250,
    memory: 10,
  },
  {
    name: "the pod's own request counts instead",
    spec: { containers: cpus('1', '1'), resources: { requests: { cpu: '5' } } },
    cpu: 5000,
  },
  {
    name: 'for what it names only',
    spec: {
      containers: [container({ cpu: '1', memory: '7' })],
      resources: { requests: { cpu: '5' } },
    },
    cpu: 5000,
    memory: 7,
  },
  {
    name: 'growing: the new size counts at once',
    spec: { containers: cpus('2') },
    status: { containerStatuses: [{ name: 'c', resources: { requests: { cpu: '1' } } }] } as never,
    cpu: 2000,
  },
  {
    name: 'shrinking: the old size counts until it is given up',
    spec: { containers: cpus('1') },
    status: { containerStatuses: [{ name: 'c', resources: { requests: { cpu: '2' } } }] } as never,
    cpu: 2000,
  },
  {
    name: 'what can never be granted does not count',
    spec: { containers: cpus('9') },
    status: {
      conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
      containerStatuses: [{ name: 'c', resources: { requests: { cpu: '1' } } }],
    } as never,
    cpu: 1000,
  },
] as Row[]) {
  test(`requests: ${name}`, () => {
    const { requests } = podRequests(testPod('p', { spec, status }));
    assert.deepEqual([requests.cpuMilli, requests.memoryBytes], [cpu, memory]);
  });
}

const MiB = 1024 * 1024;
for (const { name, spec, want } of [
  {
    name: 'a container that says nothing',
    spec: { containers: [container({})] },
    want: [100, 200 * MiB],
  },
  {
    name: 'each by itself',
    spec: { containers: [container({}), container({ cpu: '1' })] },
    want: [1100, 400 * MiB],
  },
  {
    name: 'nothing is assumed of what is said',
    spec: { containers: [container({ cpu: '1', memory: '1Mi' })] },
    want: [1000, MiB],
  },
  {
    name: 'nothing of what the pod says for all',
    spec: { containers: [container({})], resources: { requests: { cpu: '1' } } },
    want: [1000, 200 * MiB],
  },
]) {
  test(`assumed for scoring: ${name}`, () => {
    const { scoring } = podRequests(testPod('p', { spec }));
    assert.deepEqual([scoring.cpuMilli, scoring.memoryBytes], want);
  });
}
