import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResourceQuota } from '../../generated/core/v1/types.ts';
import { evaluatorOf, isScopedIn } from './evaluators.ts';
import type { QuotaEvaluator } from './usage.ts';

// Goal: pin what each kind's objects use of what quotas limit, and which scopes they are in.

const NOW = Date.UTC(2026, 0, 1, 12);
const core = (plural: string) => evaluatorOf({ group: '', plural }) as QuotaEvaluator<unknown>;

const used = (evaluator: QuotaEvaluator<unknown>, object: object) =>
  Object.fromEntries(
    [...evaluator.usageOf(object, NOW)].map(([name, amount]) => [name, `${amount}`]),
  );

const podOf = (spec: object = {}, more: object = {}) => ({
  metadata: {},
  spec: { containers: [{ name: 'main' }], ...spec },
  status: {},
  ...more,
});
const asking = (requests: object, limits: object = {}) => ({
  containers: [{ name: 'main', resources: { requests, limits } }],
});

describe('pods', () => {
  const pods = core('pods');
  for (const { name, pod, want } of [
    { name: 'nothing asked for', pod: podOf(), want: { pods: '1', 'count/pods': '1' } },
    {
      name: 'compute',
      pod: podOf(asking({ cpu: '100m', memory: '1Gi' }, { cpu: '1', 'ephemeral-storage': '2Gi' })),
      want: {
        pods: '1',
        cpu: '100m',
        'requests.cpu': '100m',
        memory: '1Gi',
        'requests.memory': '1Gi',
        'limits.cpu': '1',
        'limits.ephemeral-storage': '2Gi',
        'count/pods': '1',
      },
    },
    {
      name: 'huge pages and what vendors offer',
      pod: podOf(asking({ 'hugepages-2Mi': '4Mi', 'vendor.example/gpu': '2' })),
      want: {
        pods: '1',
        'hugepages-2Mi': '4Mi',
        'requests.hugepages-2Mi': '4Mi',
        'requests.vendor.example/gpu': '2',
        'count/pods': '1',
      },
    },
    {
      name: 'overhead, of limits only where there are any',
      pod: podOf({ ...asking({ cpu: '1' }), overhead: { cpu: '250m' } }),
      want: { pods: '1', cpu: '1250m', 'requests.cpu': '1250m', 'count/pods': '1' },
    },
    {
      name: 'what is asked for as a whole',
      pod: podOf({ ...asking({ cpu: '1' }), resources: { requests: { cpu: '3' } } }),
      want: { pods: '1', cpu: '3', 'requests.cpu': '3', 'count/pods': '1' },
    },
    {
      name: 'what a container still has while it shrinks',
      pod: podOf(asking({ cpu: '1' }), {
        status: { containerStatuses: [{ name: 'main', resources: { requests: { cpu: '2' } } }] },
      }),
      want: { pods: '1', cpu: '2', 'requests.cpu': '2', 'count/pods': '1' },
    },
    {
      name: 'one that has ended is only counted',
      pod: podOf(asking({ cpu: '1' }), { status: { phase: 'Succeeded' } }),
      want: { 'count/pods': '1' },
    },
    {
      name: 'one that should be gone by now',
      pod: podOf(asking({ cpu: '1' }), {
        metadata: { deletionTimestamp: '2026-01-01T11:59:00Z', deletionGracePeriodSeconds: 30 },
      }),
      want: { 'count/pods': '1' },
    },
    {
      name: 'one that still has time to end',
      pod: podOf(
        {},
        {
          metadata: { deletionTimestamp: '2026-01-01T11:59:50Z', deletionGracePeriodSeconds: 30 },
        },
      ),
      want: { pods: '1', 'count/pods': '1' },
    },
  ]) {
    test(`use: ${name}`, () => assert.deepEqual(used(pods, pod), want));
  }

  const gpu = { priorityClassName: 'high', activeDeadlineSeconds: 0, ...asking({ cpu: '1' }) };
  const elsewhere = {
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'x', namespaceSelector: {} } },
        ],
      },
    },
  };
  for (const { scope, spec, want } of [
    { scope: 'Terminating', spec: gpu, want: true },
    { scope: 'NotTerminating', spec: gpu, want: false },
    { scope: 'Terminating', spec: {}, want: false },
    { scope: 'NotTerminating', spec: {}, want: true },
    { scope: 'BestEffort', spec: gpu, want: false },
    { scope: 'BestEffort', spec: {}, want: true },
    { scope: 'NotBestEffort', spec: gpu, want: true },
    { scope: 'PriorityClass', spec: gpu, want: true },
    { scope: 'PriorityClass', spec: {}, want: false },
    { scope: 'CrossNamespacePodAffinity', spec: elsewhere, want: true },
    { scope: 'CrossNamespacePodAffinity', spec: {}, want: false },
    { scope: 'VolumeAttributesClass', spec: {}, want: false },
  ]) {
    test(`${JSON.stringify(Object.keys(spec))} ${want ? 'is' : 'is not'} ${scope}`, () => {
      const quota = { spec: { scopes: [scope] } } as unknown as ResourceQuota;
      assert.equal(isScopedIn(quota, pods, podOf(spec)), want);
    });
  }

  for (const { operator, values, named, want } of [
    { operator: 'In', values: ['high'], named: 'high', want: true },
    { operator: 'In', values: ['low'], named: 'high', want: false },
    { operator: 'In', values: ['low'], named: undefined, want: false },
    { operator: 'NotIn', values: ['low'], named: 'high', want: true },
    { operator: 'NotIn', values: ['low'], named: undefined, want: true },
    { operator: 'NotIn', values: ['low'], named: 'low', want: false },
    { operator: 'DoesNotExist', values: undefined, named: undefined, want: true },
    { operator: 'DoesNotExist', values: undefined, named: 'low', want: false },
  ]) {
    test(`PriorityClass ${operator} ${values}: ${named}`, () => {
      const matchExpressions = [{ scopeName: 'PriorityClass', operator, values }];
      const quota = { spec: { scopeSelector: { matchExpressions } } } as unknown as ResourceQuota;
      assert.equal(isScopedIn(quota, pods, podOf({ priorityClassName: named })), want);
    });
  }

  test('what each container has to say is missing in those that do not', () => {
    const spec = {
      containers: [{ name: 'b' }, { name: 'a', resources: { requests: { cpu: '1' } } }],
      initContainers: [{ name: 'c' }],
    };
    const names = ['requests.cpu', 'limits.memory', 'pods', 'requests.ephemeral-storage'];
    assert.equal(
      pods.missing?.(podOf(spec), names),
      'must specify limits.memory for: a,b,c; requests.cpu for: b,c',
    );
    const whole = { ...spec, resources: { requests: { cpu: '1' } } };
    assert.equal(pods.missing?.(podOf(whole), names), undefined);
  });
});

for (const { name, spec, ports, balancers } of [
  { name: 'inside', spec: { type: 'ClusterIP', ports: [{}] }, ports: '0', balancers: '0' },
  { name: 'on nodes', spec: { type: 'NodePort', ports: [{}, {}] }, ports: '2', balancers: '0' },
  { name: 'balanced', spec: { type: 'LoadBalancer', ports: [{}] }, ports: '1', balancers: '1' },
  {
    name: 'balanced, with the one port it asks for',
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      ports: [{}, { nodePort: 30000 }],
    },
    ports: '1',
    balancers: '1',
  },
]) {
  test(`a service ${name}`, () =>
    assert.deepEqual(used(core('services'), { spec }), {
      'count/services': '1',
      services: '1',
      'services.loadbalancers': balancers,
      'services.nodeports': ports,
    }));
}

describe('claims', () => {
  const claims = core('persistentvolumeclaims');
  const claimOf = (spec: object, status: object = {}) => ({ metadata: {}, spec, status });

  test('storage is rounded up to bytes, and counted for the class too', () => {
    const resources = { requests: { storage: '1500m' } };
    assert.deepEqual(used(claims, claimOf({ resources, storageClassName: 'gold' })), {
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'requests.storage': '2',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '2',
    });
    assert.ok(claims.counts('gold.storageclass.storage.k8s.io/requests.storage'));
    assert.ok(!claims.counts('gold.storageclass.storage.k8s.io/pods'));
  });

  test('what a volume was given counts while it is more', () => {
    const spec = { resources: { requests: { storage: '1Gi' } } };
    const usage = used(claims, claimOf(spec, { allocatedResources: { storage: '2Gi' } }));
    assert.equal(usage['requests.storage'], '2Gi');
  });

  test('the class it is being changed to counts as one of its own', () => {
    const matchExpressions = [
      { scopeName: 'VolumeAttributesClass', operator: 'In', values: ['fast'] },
    ];
    const quota = { spec: { scopeSelector: { matchExpressions } } } as unknown as ResourceQuota;
    const modifyVolumeStatus = { targetVolumeAttributesClassName: 'fast' };
    assert.ok(isScopedIn(quota, claims, claimOf({}, { modifyVolumeStatus })));
    assert.ok(!isScopedIn(quota, claims, claimOf({ volumeAttributesClassName: 'slow' })));
  });
});

test('devices are counted by class, in the worst case', () => {
  const claims = evaluatorOf({ group: 'resource.k8s.io', plural: 'resourceclaims' });
  const requests = [
    { exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 } },
    {
      firstAvailable: [
        { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 4 },
        { deviceClassName: 'nic', allocationMode: 'All' },
        { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 },
      ],
    },
  ];
  assert.deepEqual(
    used(claims as QuotaEvaluator<unknown>, { metadata: {}, spec: { devices: { requests } } }),
    {
      'count/resourceclaims.resource.k8s.io': '1',
      'gpu.deviceclass.resource.k8s.io/devices': '6',
      'requests.deviceclass.resource.kubernetes.io/gpu': '6',
      'nic.deviceclass.resource.k8s.io/devices': '32',
      'requests.deviceclass.resource.kubernetes.io/nic': '32',
    },
  );
});

test('all other kinds are counted, some of them by a short name too', () => {
  assert.deepEqual(used(core('secrets'), {}), { 'count/secrets': '1', secrets: '1' });
  const jobs = evaluatorOf({ group: 'batch', plural: 'jobs' }) as QuotaEvaluator<unknown>;
  assert.deepEqual(used(jobs, {}), { 'count/jobs.batch': '1' });
  assert.equal(evaluatorOf({ group: 'events.k8s.io', plural: 'events' }), undefined);
});
