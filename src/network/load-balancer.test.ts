import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadBalancerIngress, Service, ServiceSpec } from '../api/generated/core/v1/types.ts';
import { type ObservedBalancer, reconcileBalancer } from './load-balancer.ts';

const ports = [{ port: 80, protocol: 'TCP' }] as const;
const given = (ip: string): LoadBalancerIngress => ({ ip, ipMode: 'VIP', ports });

function service(
  name: string,
  {
    created = '2026-01-01',
    ingress = [],
    ...spec
  }: Partial<ServiceSpec> & { created?: string; ingress?: LoadBalancerIngress[] } = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'ns',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: created,
    },
    spec: { type: 'LoadBalancer', clusterIP: '10.96.0.7', ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: { ingress } },
  };
}

const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];

function decide(observed: Partial<ObservedBalancer> & { service: Service }): string[] {
  const actions = reconcileBalancer({ rivals: [], addresses: ADDRESSES, taken: [], ...observed });
  return actions.map((action) => {
    if (action.type === 'setStatus') {
      const addresses = action.ingress.map(({ ip }) => ip).join(' ');
      return action.trouble === undefined ? `set ${addresses}` : 'set trouble';
    }
    if (action.type === 'claim') {
      return `claim ${action.ports.map(({ address, port }) => `${address}:${port}`).join(' ')}`;
    }
    return action.type === 'refuse' ? action.message : `wait ${action.forMs}`;
  });
}

const LOCAL = { protocol: 'TCP', address: '192.0.2.1', port: 80 };

const TAKEN = (by: string) =>
  `Error syncing load balancer: port 80/TCP of the nodes is taken by ${by}: choose another port, or free that one`;

// Goal: pin who gets the nodes' addresses, and who is told why not.
for (const row of [
  {
    name: 'a new service gets the addresses of its family',
    service: service('a'),
    want: ['set 192.0.2.1 192.0.2.2'],
  },
  {
    name: 'a dual-stack one gets all',
    service: service('a', { clusterIPs: ['10.96.0.7', 'fd96::7'] }),
    want: ['set 192.0.2.1 192.0.2.2 2001:db8::1'],
  },
  {
    name: 'one that has them is left alone',
    service: service('a', { ingress: [given('192.0.2.1'), given('192.0.2.2')] }),
    want: [],
  },
  {
    name: 'nodes that come are added',
    service: service('a', { ingress: [given('192.0.2.1')] }),
    want: ['set 192.0.2.1 192.0.2.2'],
  },
  {
    name: 'without nodes it has none',
    service: service('a', { ingress: [given('192.0.2.1')] }),
    addresses: [],
    want: ['set '],
  },
  {
    name: 'one that is no load balancer any more loses them',
    service: service('a', { type: 'ClusterIP', ingress: [given('192.0.2.1')] }),
    want: ['set '],
  },
  {
    name: 'one of another class is not ours',
    service: service('a', { loadBalancerClass: 'x', ingress: [given('203.0.113.1')] }),
    want: [],
  },
  {
    name: 'the older of two has the port',
    service: service('b', { created: '2026-02-01' }),
    rivals: [service('a')],
    want: ['set trouble', TAKEN('service ns/a'), 'wait 30000'],
  },
  {
    name: 'and is not disturbed by the younger',
    service: service('a'),
    rivals: [service('b', { created: '2026-02-01' })],
    want: ['set 192.0.2.1 192.0.2.2'],
  },
  {
    name: 'the younger keeps what it was given first',
    service: service('a'),
    rivals: [service('b', { created: '2026-02-01', ingress: [given('192.0.2.1')] })],
    want: ['set trouble', TAKEN('service ns/b'), 'wait 30000'],
  },
  {
    name: 'another port is no matter',
    service: service('b', { created: '2026-02-01', ports: [{ port: 81 }] }),
    rivals: [service('a')],
    want: ['set 192.0.2.1 192.0.2.2'],
  },
  {
    name: 'nor is another protocol',
    service: service('b', { created: '2026-02-01', ports: [{ port: 80, protocol: 'UDP' }] }),
    rivals: [service('a')],
    want: ['set 192.0.2.1 192.0.2.2'],
  },
  {
    name: 'a program of the machine has the port',
    service: service('a'),
    taken: [{ protocol: 'TCP', port: 80, by: 'nginx' }],
    want: ['set trouble', TAKEN('nginx'), 'wait 30000'],
  },
  {
    name: 'but not one that came later',
    service: service('a', { ingress: [given('192.0.2.1'), given('192.0.2.2')] }),
    taken: [{ protocol: 'TCP', port: 80, by: 'nginx' }],
    want: [],
  },
  {
    name: 'ports of this machine are claimed before anybody is told of them',
    service: service('a'),
    claim: { ports: [LOCAL], missing: undefined },
    want: ['claim 192.0.2.1:80'],
  },
  {
    name: 'ports that were claimed are given',
    service: service('a'),
    claim: { ports: [LOCAL], missing: [] },
    want: ['set 192.0.2.1 192.0.2.2'],
  },
  {
    name: 'a port that a program has is refused, and asked for again later',
    service: service('a'),
    claim: { ports: [LOCAL], missing: [LOCAL] },
    want: ['set trouble', TAKEN('a program of this machine'), 'wait 30000', 'claim 192.0.2.1:80'],
  },
  {
    name: 'also when a program got it while we were away',
    service: service('a', { ingress: [given('192.0.2.1')] }),
    claim: { ports: [LOCAL], missing: [LOCAL] },
    want: ['set trouble', TAKEN('a program of this machine'), 'wait 30000', 'claim 192.0.2.1:80'],
  },
  {
    name: 'who doesn’t get a port from another service claims nothing',
    service: service('b', { created: '2026-02-01' }),
    rivals: [service('a')],
    claim: { ports: [LOCAL], missing: undefined },
    want: ['set trouble', TAKEN('service ns/a'), 'wait 30000'],
  },
]) {
  test(row.name, () => assert.deepEqual(decide(row), row.want));
}
