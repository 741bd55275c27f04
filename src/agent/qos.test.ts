// Goal: pin how requests and limits become numbers for the kernel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec } from '../api/generated/core/v1/types.ts';
import { containerResources, podResources, podTotal } from './qos.ts';
import { container, podOf } from './testing.ts';

const GIB = 2 ** 30;
const asks = (requests?: object, limits?: object): Partial<Container> =>
  ({ resources: { ...(requests && { requests }), ...(limits && { limits }) } }) as never;
const full = { cpu: '500m', memory: '1Gi' };
const main = (...resources: [object?, object?]): Partial<PodSpec> => ({
  containers: [container('main', asks(...resources))],
});

for (const { name, spec, want } of [
  { name: 'nothing asked', spec: {}, want: { cpuShares: 2, oomScoreAdj: 1000 } },
  {
    name: 'a request of half a core and a quarter of the memory',
    spec: main({ cpu: '500m', memory: '1Gi' }),
    want: { cpuShares: 512, oomScoreAdj: 750 },
  },
  {
    name: 'limits',
    spec: main({ cpu: '1500m', memory: '64Mi' }, { cpu: '1500m', memory: '64Mi' }),
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
