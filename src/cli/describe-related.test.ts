import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointLines, podLines } from './describe-related.ts';

test('the endpoints of a service', () => {
  const slice = {
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        targetRef: { kind: 'Pod', name: 'a' },
        conditions: { ready: true },
      },
      { addresses: ['10.0.0.2'], conditions: { ready: false } },
    ],
  };
  assert.deepEqual(endpointLines([slice] as never), [
    'Endpoints:',
    '  10.0.0.1:80 pod/a',
    '  10.0.0.2:80 (not ready)',
  ]);
  assert.deepEqual(endpointLines([]), ['Endpoints:  none']);
});

test('the pods of a node, with what they ask for in sum', () => {
  const asking = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
  const pod = (name: string, spec: object, phase = 'Running') => ({
    metadata: { name, namespace: 'shop' },
    spec,
    status: { phase },
  });
  const all = [
    pod('a', { containers: [asking('250m', '64Mi'), {}] }),
    pod('b', { containers: [asking('1', '1Gi')], initContainers: [asking('2', '1Mi')] }),
    pod('done', { containers: [asking('9', '9Gi')] }, 'Succeeded'),
  ];
  const node = { status: { allocatable: { cpu: '4', memory: '8Gi' } } };
  assert.deepEqual(podLines(node as never, all as never), [
    'Pods, and what they request:',
    '  NAMESPACE   NAME   CPU     MEMORY',
    '  shop        a      250m    64Mi',
    '  shop        b      2000m   1024Mi',
    '  In sum 2250m of 4 cpu and 1088Mi of 8Gi memory',
  ]);
  assert.deepEqual(podLines(node as never, []), ['Pods:  none']);
});
