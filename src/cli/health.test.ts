import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import type { KubeObject } from '../machinery/object.ts';
import { healthOf, healthOnTutti, troubleOf, urlsOf } from './health.ts';

const of = (kind: string, spec: object, status: object = {}, generation = 1): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name: 'a', generation }, spec, status }) as never;
const seen = { observedGeneration: 1 };
const condition = (type: string, status = 'True', more = {}) => ({ type, status, ...more });
const container = (state: object, lastState = {}) => ({ name: 'c', state, lastState });

test('what nothing acts on is neither waited for nor a failure', () => {
  const claim = of('PersistentVolumeClaim', {}, { phase: 'Pending' });
  const want = { state: 'idle', text: 'stored; nothing acts on it yet' };
  assert.deepEqual(healthOnTutti(claim), want);
  assert.equal(healthOnTutti(of('ConfigMap', {})).state, 'healthy');
});

describe('health', () => {
  for (const { name, object, want } of [
    { name: 'what has no progress', object: of('ConfigMap', {}), want: 'healthy: there' },
    {
      name: 'a deployment that nobody has looked at',
      object: of('Deployment', { replicas: 3 }),
      want: 'progressing: waiting to be seen',
    },
    {
      name: 'a deployment that changed since',
      object: of(
        'Deployment',
        { replicas: 1 },
        { ...seen, updatedReplicas: 1, availableReplicas: 1 },
        2,
      ),
      want: 'progressing: waiting to be seen',
    },
    {
      name: 'pods that are still to be made',
      object: of('Deployment', { replicas: 3 }, { ...seen, updatedReplicas: 1 }),
      want: 'progressing: 1 of 3 updated',
    },
    {
      name: 'pods of the version before',
      object: of(
        'Deployment',
        { replicas: 2 },
        { ...seen, updatedReplicas: 2, replicas: 3, availableReplicas: 3 },
      ),
      want: 'progressing: 1 old pod has yet to go',
    },
    {
      name: 'pods that are not ready',
      object: of(
        'Deployment',
        { replicas: 2 },
        { ...seen, updatedReplicas: 2, replicas: 2, availableReplicas: 1 },
      ),
      want: 'progressing: 1 of 2 ready',
    },
    {
      name: 'a deployment that is done',
      object: of(
        'Deployment',
        { replicas: 2 },
        { ...seen, updatedReplicas: 2, replicas: 2, availableReplicas: 2 },
      ),
      want: 'healthy: 2 of 2 ready',
    },
    {
      name: 'none wanted',
      object: of('Deployment', { replicas: 0 }, seen),
      want: 'healthy: 0 of 0 ready',
    },
    {
      name: 'one that makes no progress',
      object: of(
        'Deployment',
        { replicas: 2 },
        {
          ...seen,
          conditions: [condition('Progressing', 'False', { reason: 'ProgressDeadlineExceeded' })],
        },
      ),
      want: 'failed: makes no progress: 0 of 2 available',
    },
    {
      name: 'a stateful set',
      object: of('StatefulSet', {}, { ...seen, readyReplicas: 1 }),
      want: 'healthy: 1 of 1 ready',
    },
    {
      name: 'a daemon set',
      object: of('DaemonSet', {}, { ...seen, desiredNumberScheduled: 2, numberAvailable: 1 }),
      want: 'progressing: 1 of 2 ready',
    },
    {
      name: 'a job under way',
      object: of('Job', { completions: 3 }, { succeeded: 1 }),
      want: 'progressing: 1 of 3 succeeded',
    },
    {
      name: 'a job that is done',
      object: of('Job', {}, { conditions: [condition('Complete')] }),
      want: 'healthy: complete',
    },
    {
      name: 'a job that failed',
      object: of(
        'Job',
        {},
        { conditions: [condition('Failed', 'True', { message: 'too often' })] },
      ),
      want: 'failed: failed: too often',
    },
    { name: 'a new pod', object: of('Pod', {}), want: 'progressing: starting' },
    {
      name: 'a ready pod',
      object: of('Pod', {}, { phase: 'Running', conditions: [condition('Ready')] }),
      want: 'healthy: ready',
    },
    {
      name: 'a pod that ended well',
      object: of('Pod', {}, { phase: 'Succeeded' }),
      want: 'healthy: succeeded',
    },
    {
      name: 'a pod that was evicted',
      object: of('Pod', {}, { phase: 'Failed', message: 'no disk' }),
      want: 'failed: no disk',
    },
    { name: 'a service', object: of('Service', { type: 'ClusterIP' }), want: 'healthy: there' },
    {
      name: 'a balancer without an address',
      object: of('Service', { type: 'LoadBalancer' }),
      want: 'progressing: waiting for an address',
    },
    {
      name: 'a balancer that cannot give its port',
      object: of(
        'Service',
        { type: 'LoadBalancer' },
        {
          conditions: [
            { type: 'LoadBalancerPortsError', status: 'True', message: 'port 80 is taken' },
          ],
        },
      ),
      want: 'idle: port 80 is taken',
    },
    {
      name: 'a balancer',
      object: of(
        'Service',
        { type: 'LoadBalancer' },
        { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      ),
      want: 'healthy: at 192.0.2.1',
    },
  ]) {
    test(name, () => {
      const { state, text } = healthOf(object);
      assert.equal(`${state}: ${text}`, want);
    });
  }
});

describe('what keeps a pod from running', () => {
  for (const { name, status, want } of [
    { name: 'nothing known', status: {}, want: undefined },
    {
      name: 'just starting',
      status: { containerStatuses: [container({ waiting: { reason: 'ContainerCreating' } })] },
      want: undefined,
    },
    {
      name: 'no node',
      status: {
        conditions: [
          condition('PodScheduled', 'False', { reason: 'Unschedulable', message: '0/1 nodes' }),
        ],
      },
      want: 'Unschedulable: 0/1 nodes',
    },
    {
      name: 'a crash',
      status: {
        containerStatuses: [
          container(
            { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
            { terminated: { exitCode: 3, reason: 'Error' } },
          ),
        ],
      },
      want: 'CrashLoopBackOff: back-off 10s; last exit 3 (Error)',
    },
    {
      name: 'init containers count, and come first',
      status: {
        initContainerStatuses: [container({ waiting: { reason: 'ErrImagePull' } })],
        containerStatuses: [container({ waiting: { reason: 'PodInitializing' } })],
      },
      want: 'ErrImagePull',
    },
  ]) {
    test(name, () => assert.equal(troubleOf({ status } as Pod), want));
  }
});

describe('URLs', () => {
  const service = (type: string, ports: object[], ingress: object[] = []) =>
    ({ spec: { type, ports }, status: { loadBalancer: { ingress } } }) as unknown as Service;
  for (const { name, given, want } of [
    { name: 'none of a cluster IP', given: service('ClusterIP', [{ port: 80 }]), want: [] },
    {
      name: 'a balancer: TCP alone, usual ports left out',
      given: service(
        'LoadBalancer',
        [
          { port: 80 },
          { port: 443 },
          { port: 8080, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
          { port: 9000, name: 'https-x' },
        ],
        [{ ip: '192.0.2.1' }],
      ),
      want: [
        'http://192.0.2.1',
        'https://192.0.2.1',
        'http://192.0.2.1:8080',
        'https://192.0.2.1:9000',
      ],
    },
    {
      name: 'IPv6',
      given: service('LoadBalancer', [{ port: 8080 }], [{ ip: 'fd00::1' }]),
      want: ['http://[fd00::1]:8080'],
    },
    {
      name: 'a host name',
      given: service('LoadBalancer', [{ port: 80 }], [{ hostname: 'web' }]),
      want: ['http://web'],
    },
    {
      name: 'a node port',
      given: service('NodePort', [{ port: 80, nodePort: 30_080 }]),
      want: ['http://10.0.0.1:30080'],
    },
    {
      name: 'a balancer without an address',
      given: service('LoadBalancer', [{ port: 80, nodePort: 30_080 }]),
      want: ['http://10.0.0.1:30080'],
    },
  ]) {
    test(name, () => assert.deepEqual(urlsOf(given, '10.0.0.1'), want));
  }
});
