import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import { renderService } from './service-rules.ts';

const CONTEXT = { node: { name: 'here' }, masqueradeMark: 0x4000 };
const MARK = 'meta mark set mark or 0x4000';

function service(spec: Partial<ServiceSpec>, ingress: string[] = []): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'ns',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.7',
      ports: [{ name: 'http', port: 80 }],
      ...spec,
    },
    status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } },
  };
}

function slice(
  endpoints: readonly (readonly [address: string, node: string])[],
  addressType: 'IPv4' | 'IPv6' = 'IPv4',
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'web-1',
      namespace: 'ns',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    addressType,
    endpoints: endpoints.map(([address, nodeName]) => ({ addresses: [address], nodeName })),
    ports: [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ],
  };
}

const BOTH = slice([
  ['10.244.0.1', 'here'],
  ['10.244.1.1', 'there'],
]);
const THERE = slice([['10.244.1.1', 'there']]);

/** Elements and chains as lines, without the hashes that make names distinct. */
function rendered(of: Service, slices: readonly EndpointSlice[]): string[] {
  const { chains, elements } = renderService(of, slices, CONTEXT);
  const short = (text: string) => text.replace(/-[0-9a-f]{8}-ns\/web\/(tcp|udp)([46])\/\w+/g, '');
  return [
    ...elements.map(
      ({ map, family, key, verdict }) => `${map}${family}: ${key} → ${short(verdict)}`,
    ),
    ...[...chains].flatMap(([name, { rules }]) =>
      rules.map((rule) => `${short(name)}: ${short(rule)}`),
    ),
  ];
}

const PICK =
  'meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.244.0.1 . 8080, 1 : 10.244.1.1 . 8080 }';
const HERE = 'meta l4proto tcp dnat ip to 10.244.0.1:8080';

// Goal: pin the rules of every kind of service. What they do to packets, test/e2e says.
for (const row of [
  {
    name: 'a cluster IP',
    service: service({}),
    want: ['service_ips4: 10.96.0.7 . tcp . 80 → goto service', `service: ${PICK}`],
  },
  {
    name: 'a service without endpoints',
    service: service({ type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] }),
    slices: [],
    want: [
      'unserved_ips4: 10.96.0.7 . tcp . 80 → goto refuse',
      'unserved_ports4: tcp . 30080 → goto refuse',
    ],
  },
  {
    name: 'internal traffic policy Local',
    service: service({ internalTrafficPolicy: 'Local' }),
    want: ['service_ips4: 10.96.0.7 . tcp . 80 → goto local', `local: ${HERE}`],
  },
  {
    name: 'internal traffic policy Local, with endpoints elsewhere',
    service: service({ internalTrafficPolicy: 'Local' }),
    slices: [THERE],
    want: [
      'service_ips4: 10.96.0.7 . tcp . 80 → goto local',
      'unserved_ips4: 10.96.0.7 . tcp . 80 → drop',
    ],
  },
  {
    name: 'a node port',
    service: service({ type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] }),
    want: [
      'service_ips4: 10.96.0.7 . tcp . 80 → goto service',
      'node_ports4: tcp . 30080 → goto external',
      `service: ${PICK}`,
      `external: ${MARK}`,
      'external: goto service',
    ],
  },
  {
    name: 'an external address',
    service: service({ externalIPs: ['192.0.2.9', '2001:db8::9'] }),
    want: [
      'service_ips4: 10.96.0.7 . tcp . 80 → goto service',
      'service_ips4: 192.0.2.9 . tcp . 80 → goto external',
      `service: ${PICK}`,
      `external: ${MARK}`,
      'external: goto service',
    ],
  },
  {
    name: 'external traffic policy Local',
    service: service({
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
    }),
    want: [
      'service_ips4: 10.96.0.7 . tcp . 80 → goto service',
      'node_ports4: tcp . 30080 → goto external',
      `service: ${PICK}`,
      `local: ${HERE}`,
      'external: ip saddr @pod_networks4 goto service',
      `external: fib saddr type local ${MARK} goto service`,
      'external: goto local',
    ],
  },
  {
    name: 'a load balancer with source ranges',
    service: service(
      {
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['10.0.0.0/8', ' 10.1.0.0/16', 'fd00::/8'],
      },
      ['192.0.2.1'],
    ),
    want: [
      'service_ips4: 10.96.0.7 . tcp . 80 → goto service',
      'service_ips4: 192.0.2.1 . tcp . 80 → goto fence',
      `service: ${PICK}`,
      `external: ${MARK}`,
      'external: goto service',
      'fence: ip saddr { 10.0.0.0/8, 192.0.2.1 } goto external',
      'fence: drop',
    ],
  },
  {
    name: 'a headless service',
    service: service({ clusterIP: 'None', clusterIPs: ['None'] }),
    want: [],
  },
  {
    name: 'an alias',
    service: service({ type: 'ExternalName', clusterIP: '', externalName: 'x' }),
    want: [],
  },
]) {
  test(`renders ${row.name}`, () => {
    assert.deepEqual(rendered(row.service, row.slices ?? [BOTH]), row.want);
  });
}

test('a service that another proxy serves is left alone', () => {
  const other = service({});
  const labels = { 'service.kubernetes.io/service-proxy-name': 'x' };
  assert.deepEqual(rendered({ ...other, metadata: { ...other.metadata, labels } }, [BOTH]), []);
});

test('IPv6 is written as nft wants it', () => {
  const dual = service({ clusterIPs: ['10.96.0.7', 'fd96::7'] });
  const six = slice([['fd44::1', 'here']], 'IPv6');
  assert.deepEqual(rendered(dual, [six]), [
    'unserved_ips4: 10.96.0.7 . tcp . 80 → goto refuse',
    'service_ips6: fd96::7 . tcp . 80 → goto service',
    'service: meta l4proto tcp dnat ip6 to [fd44::1]:8080',
  ]);
});

test('with client affinity each target has a chain, and a set of its clients', () => {
  const sticky = service({
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 9 } },
  });
  const { sets, chains } = renderService(sticky, [BOTH], CONTEXT);
  assert.equal(sets.size, 2);
  for (const [name, { spec, elements }] of sets) {
    assert.equal(spec, 'type ipv4_addr; flags dynamic,timeout; timeout 9s; size 65536;');
    assert.equal(elements, undefined); // The kernel's to fill.
    const users = [...chains].filter(([, { rules }]) =>
      rules.some((rule) => rule.includes(`@${name} `)),
    );
    assert.equal(users.length, 2); // Looked up in one, kept up in the other.
  }
});

test('names stay within what nft takes, and differ, however long the names of services are', () => {
  const long = (name: string): Service => {
    const one = service({ sessionAffinity: 'ClientIP' });
    return { ...one, metadata: { ...one.metadata, name, namespace: 'n'.repeat(63) } };
  };
  const [a, b] = ['a', 'b'].map((end) =>
    renderService(long(`${'x'.repeat(62)}${end}`), [BOTH], CONTEXT),
  );
  for (const name of [...a!.chains.keys(), ...a!.sets.keys()]) assert.ok(name.length <= 127, name);
  assert.equal(new Set([...a!.chains.keys(), ...b!.chains.keys()]).size, a!.chains.size * 2);
});

test('UDP flows are known by every way in, for each endpoint', () => {
  const dns = service({
    type: 'NodePort',
    ports: [{ name: 'dns', protocol: 'UDP', port: 53, nodePort: 30053 }],
  });
  assert.deepEqual(renderService(dns, [THERE], CONTEXT).udpFlows, [
    { address: '10.96.0.7', port: 53, endpoint: '10.244.1.1' },
    { address: undefined, port: 30053, endpoint: '10.244.1.1' },
  ]);
});
