import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerPort, Pod } from '../api/generated/core/v1/types.ts';
import { renderHostPorts } from './host-ports.ts';

const pod = (
  port: ContainerPort,
  more: Partial<Pod['spec']> = {},
  phase: Pod['status']['phase'] = 'Running',
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
  },
  spec: { containers: [{ name: 'main', resources: {}, ports: [port] }], ...more },
  status: { phase, podIPs: [{ ip: '10.0.0.1' }, { ip: 'FD00::1' }] },
});

// Goal: at which addresses of the machine a pod's port can be reached.
for (const { name, given, want } of [
  {
    name: 'all, in both families',
    given: pod({ containerPort: 80, hostPort: 8080 }),
    want: ['node_ports4 tcp . 8080', 'node_ports6 tcp . 8080'],
  },
  {
    name: 'all of a family',
    given: pod({ containerPort: 80, hostPort: 8080, hostIP: '0.0.0.0', protocol: 'UDP' }),
    want: ['node_ports4 udp . 8080'],
  },
  {
    name: 'one, in its canonical text',
    given: pod({ containerPort: 80, hostPort: 8080, hostIP: '2001:DB8:0::1' }),
    want: ['service_ips6 2001:db8::1 . tcp . 8080'],
  },
  {
    name: 'none that is no address, which a rule would take for a rule',
    given: pod({
      containerPort: 80,
      hostPort: 8080,
      hostIP: '1.1.1.1 . tcp . 1 : drop }\nflush ruleset',
    }),
    want: [],
  },
  { name: 'none without a host port', given: pod({ containerPort: 80 }), want: [] },
  {
    name: 'none of its own on the network of the host',
    given: pod({ containerPort: 80, hostPort: 80 }, { hostNetwork: true }),
    want: [],
  },
  {
    name: 'none any more',
    given: pod({ containerPort: 80, hostPort: 80 }, {}, 'Succeeded'),
    want: [],
  },
]) {
  test(`a pod is reached at ${name}`, () => {
    const { elements, chains } = renderHostPorts(given, { masqueradeMark: 0x4000 });
    assert.deepEqual(
      elements.map(({ map, family, key }) => `${map}${family} ${key}`),
      want,
    );
    assert.equal(chains.size, want.length);
  });
}

test('a packet for a host port is led to the pod', () => {
  const { chains } = renderHostPorts(pod({ containerPort: 80, hostPort: 8080, hostIP: '::' }), {
    masqueradeMark: 0x4000,
  });
  assert.deepEqual([...chains.values()][0]?.rules, [
    'fib saddr type local meta mark set mark or 0x4000',
    'meta l4proto tcp dnat ip6 to [fd00::1]:80',
  ]);
});
