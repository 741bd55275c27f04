// Goal: pin how names are resolved in a pod, and by which it is known itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '../../api/generated/core/v1/types.ts';
import { podOf } from '../testing.ts';
import { type ClusterDns, hostsFile, parseResolvConf, podDns, podHostName } from './dns.ts';

const HOST = parseResolvConf(
  '# the machine\nnameserver 192.0.2.53\nsearch example.com .\noptions edns0 trust-ad\n',
);
const CLUSTER = { addresses: ['10.96.0.10'], domain: 'cluster.local' };
const OWN = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];

test('reads resolv.conf', () =>
  assert.deepEqual(HOST, {
    servers: ['192.0.2.53'],
    searches: ['example.com'],
    options: ['edns0', 'trust-ad'],
  }));

const rows: {
  name: string;
  spec: object;
  cluster?: ClusterDns;
  servers: readonly string[];
  searches: readonly string[];
  options: readonly string[];
}[] = [
  {
    name: 'the cluster first',
    spec: {},
    servers: ['10.96.0.10'],
    searches: [...OWN, 'example.com'],
    options: ['ndots:5'],
  },
  { name: 'the machine', spec: { dnsPolicy: 'Default' }, ...HOST },
  { name: 'the machine, on its network', spec: { hostNetwork: true }, ...HOST },
  {
    name: 'the machine, where the cluster has none',
    spec: {},
    cluster: { ...CLUSTER, addresses: [] },
    ...HOST,
  },
  {
    name: 'the cluster, on the network of the machine',
    spec: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
    servers: ['10.96.0.10'],
    searches: [...OWN, 'example.com'],
    options: ['ndots:5'],
  },
  {
    name: 'nobody but whom it names',
    spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'] } },
    servers: ['1.1.1.1'],
    searches: ['x'],
    options: [],
  },
  {
    name: 'with additions of its own',
    spec: {
      dnsConfig: {
        nameservers: ['1.1.1.1', '10.96.0.10'],
        options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
      },
    },
    servers: ['10.96.0.10', '1.1.1.1'],
    searches: [...OWN, 'example.com'],
    options: ['ndots:2', 'rotate'],
  },
];
for (const { name, spec, cluster = CLUSTER, servers, searches, options } of rows) {
  test(`asks ${name}`, () =>
    assert.deepEqual(podDns(podOf(spec as Partial<PodSpec>), cluster, HOST), {
      servers,
      searches,
      options,
    }));
}

for (const { spec, metadata = {}, want } of [
  { spec: {}, want: 'web ' },
  { spec: { hostname: 'db-0' }, want: 'db-0 ' },
  { spec: { hostname: 'db-0', subdomain: 'db' }, want: 'db-0 db.default.svc.cluster.local' },
  {
    spec: { subdomain: 'db', setHostnameAsFQDN: true },
    want: 'web.db.default.svc.cluster.local db.default.svc.cluster.local',
  },
  { spec: {}, metadata: { name: `${'x'.repeat(62)}-y` }, want: `${'x'.repeat(62)} ` },
]) {
  test(`is known as ${want}`, () => {
    const { name, domain } = podHostName(podOf(spec, metadata), 'cluster.local');
    assert.equal(`${name} ${domain}`, want);
  });
}

test('writes the hosts file', () => {
  const pod = podOf({
    hostname: 'db-0',
    subdomain: 'db',
    hostAliases: [{ ip: '192.0.2.7', hostnames: ['a', 'b'] }],
  });
  const text = hostsFile(pod, { ips: ['10.0.0.9', 'fd00::9'], clusterDomain: 'cluster.local' });
  assert.deepEqual(text.split('\n').slice(7), [
    '10.0.0.9\tdb-0.db.default.svc.cluster.local\tdb-0',
    'fd00::9\tdb-0.db.default.svc.cluster.local\tdb-0',
    '',
    '# Entries added by HostAliases.',
    '192.0.2.7\ta\tb',
    '',
  ]);
});
