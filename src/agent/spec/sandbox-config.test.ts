// Goal: pin what the runtime is told of a pod's ports on its node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { container, podOf } from '../testing.ts';
import { sandboxConfig } from './sandbox-config.ts';

const facts = {
  owner: 'o',
  dns: { addresses: [], domain: 'cluster.local' },
  hostDns: { servers: [], searches: [], options: [] },
  logDirectory: '/logs',
  cgroupParent: '/pods',
};
const mappings = (port: object, spec = {}) =>
  sandboxConfig(
    podOf({
      containers: [container('main', { ports: [{ containerPort: 80, ...port }] })],
      ...spec,
    }),
    0,
    facts,
  ).portMappings.map(({ protocol, containerPort, hostPort, hostIp }) => {
    return `${protocol} ${hostIp}:${hostPort} ${containerPort}`;
  });

for (const { name, port, spec, want } of [
  { name: 'no port of the node', port: {}, want: [] },
  { name: 'a port of all addresses', port: { hostPort: 8080 }, want: ['TCP :8080 80'] },
  {
    name: 'one of an address',
    port: { hostPort: 53, hostIP: '192.0.2.1', protocol: 'UDP' },
    want: ['UDP 192.0.2.1:53 80'],
  },
  { name: "on the node's network", port: { hostPort: 80 }, spec: { hostNetwork: true }, want: [] },
]) {
  test(name, () => assert.deepEqual(mappings(port, spec), want));
}

test('an address that is none is told of', () => {
  const message = 'hostIP "localhost" is not an IP address';
  assert.throws(() => mappings({ hostPort: 80, hostIP: 'localhost' }), { message });
});
