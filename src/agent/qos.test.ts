// Goal: pin how requests and limits become a class, and numbers for the kernel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec } from '../api/generated/core/v1/types.ts';
import { containerResources, podResources, podTotal, qosClassOf } from './qos.ts';
import { container, podOf } from './testing.ts';

const GIB = 2 ** 30;
const asks = (requests?: object, limits?: object): Partial<Container> =>
  ({ resources: { ...(requests && { requests }), ...(limits && { limits }) } }) as never;
const full = { cpu: '500m', memory: '1Gi' };
const main = (...resources: [object?, object?]): Partial<PodSpec> => ({
  containers: [container('main', asks(...resources))],
});

for (const { name, spec, want } of [
  { name: 'nothing asked', spec: {}, want: 'BestEffort' },
  { name: 'zero asked', spec: main({ cpu: '0' }), want: 'BestEffort' },
  { name: 'a request', spec: main({ cpu: '1' }), want: 'Burstable' },
  { name: 'limits only', spec: main(undefined, full), want: 'Guaranteed' },
  {
    name: 'requests equal limits',
    spec: main({ cpu: '0.5', memory: '1024Mi' }, full),
    want: 'Guaranteed',
  },
  { name: 'requests below limits', spec: main({ cpu: '1m' }, full), want: 'Burstable' },
  { name: 'no limit of memory', spec: main({ cpu: '1' }, { cpu: '1' }), want: 'Burstable' },
  {
    name: 'an init container that asks for less',
    spec: { ...main(undefined, full), initContainers: [container('i')] },
    want: 'Burstable',
  },
  {
    name: 'limits of the pod',
    spec: { resources: { limits: full, requests: full } },
    want: 'Guaranteed',
  },
]) {
  test(`${name}: ${want}`, () => assert.equal(qosClassOf(podOf(spec as Partial<PodSpec>)), want));
}

for (const { name, spec, want } of [
  { name: 'nothing asked', spec: {}, want: { cpuShares: 2, oomScoreAdj: 1000 } },
  {
    name: 'a request of half a core and a quarter of the memory',
    spec: main({ cpu: '500m', memory: '1Gi' }),
    want: { cpuShares: 512, oomScoreAdj: 750 },
  },
  {
    name: 'limits',
    spec: main(undefined, { cpu: '1500m', memory: '64Mi' }),
    want: {
      cpuShares: 1536,
      cpuPeriod: 100_000,
      cpuQuota: 150_000,
      memoryLimitBytes: 64 * 2 ** 20,
      oomScoreAdj: -997,
    },
  },
  {
    name: 'a tiny limit is kept above what the kernel takes',
    spec: main({ memory: '4Gi' }, { cpu: '1m' }),
    want: { cpuShares: 2, cpuPeriod: 100_000, cpuQuota: 1000, oomScoreAdj: 3 },
  },
]) {
  test(`to the kernel: ${name}`, () => {
    const pod = podOf(spec);
    assert.deepEqual(containerResources(pod, pod.spec.containers[0]!, 4 * GIB), want);
  });
}

test('a pod needs what stays, or its worst init container with the sidecars before it', () => {
  const pod = podOf({
    containers: [container('a', asks({ cpu: '100m' })), container('b', asks({ cpu: '200m' }))],
    initContainers: [
      container('s', { restartPolicy: 'Always', ...asks({ cpu: '50m' }) }),
      container('i', asks({ cpu: '400m' })),
    ],
    overhead: { cpu: '1m' },
  });
  assert.equal(podTotal(pod, 'requests', 'cpu')?.milliValue, 451);
});

test('a pod is limited where each of its containers is', () => {
  const limited = container('a', asks(undefined, full));
  const both = podResources(podOf({ containers: [limited, { ...limited, name: 'b' }] }));
  assert.deepEqual(both, {
    cpuShares: 1024,
    cpuPeriod: 100_000,
    cpuQuota: 100_000,
    memoryLimitBytes: 2 * GIB,
  });
  const one = podResources(podOf({ containers: [limited, container('b')] }));
  assert.deepEqual(one, { cpuShares: 2 });
});
