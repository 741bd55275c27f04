import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '../../api/generated/core/v1/types.ts';
import type { Endpoint, EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { parseCidr } from '../../base/ip.ts';
import { type Answer, answer, type Zone } from './answer.ts';
import { DnsIndex } from './dns-view.ts';
import { type ResourceRecord, TYPES } from './message.ts';

const ZONE: Zone = {
  clusterDomain: 'cluster.local',
  ttlSeconds: 5,
  clusterNetworks: [parseCidr('10.96.0.0/12')!, parseCidr('10.244.0.0/16')!],
};

const meta = (name: string) => ({
  name,
  namespace: 'ns',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '',
});

function service(name: string, spec: Partial<ServiceSpec>): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: meta(name), spec, status: {} };
}

function slice(name: string, of: string, endpoints: Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...meta(name), labels: { 'kubernetes.io/service-name': of } },
    addressType: endpoints[0]?.addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
    endpoints,
    ports: [
      { name: 'http', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 5353 },
    ],
  };
}

const ports = [
  { name: 'http', port: 80 },
  { name: 'dns', protocol: 'UDP', port: 53 },
] as const;
const headless = { clusterIP: 'None', clusterIPs: ['None'], ports };

function view(): DnsIndex {
  const index = new DnsIndex();
  index.changeNamespace({ before: undefined, after: { metadata: { name: 'ns' } } });
  for (const after of [
    service('web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd96::7'], ports }),
    service('v4', { clusterIP: '10.96.0.8', ports: [{ port: 80 }] }),
    service('db', headless),
    service('empty', headless),
    service('out', { type: 'ExternalName', externalName: 'www.Example.com.' }),
    service('in', { type: 'ExternalName', externalName: 'v4.ns.svc.cluster.local' }),
    service('loop', { type: 'ExternalName', externalName: 'loop.ns.svc.cluster.local' }),
  ])
    index.changeService({ before: undefined, after });
  const unready = { addresses: ['10.244.0.9'], conditions: { ready: false } };
  for (const after of [
    slice('db-1', 'db', [
      { addresses: ['10.244.0.1'], hostname: 'db-0' },
      { addresses: ['10.244.0.2'] },
      unready,
    ]),
    slice('db-2', 'db', [{ addresses: ['fd44::1'], hostname: 'db-0' }]),
    slice('web-1', 'web', [{ addresses: ['10.244.0.5'] }]),
    slice('empty-1', 'empty', [unready]),
  ])
    index.changeSlice({ before: undefined, after });
  return index;
}

const ask = (name: string, type: keyof typeof TYPES, turn = 0): Answer =>
  answer({ name, type: TYPES[type], turn }, view(), ZONE);

function text(record: ResourceRecord): string {
  const start = `${record.name} ${record.type}`;
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return `${start} ${record.address}`;
    case 'SRV':
      return `${start} ${record.weight} ${record.port} ${record.target}`;
    case 'TXT':
      return `${start} ${record.text}`;
    case 'SOA':
      return start;
    default:
      return `${start} ${record.target}`;
  }
}

const N = 'ns.svc.cluster.local';

// Goal: the specification's records, name by name. `.N` stands for the namespace's domain.
for (const [name, type, want, additional = []] of [
  [`web.${N}`, 'A', [`web.${N} A 10.96.0.7`]],
  [`web.${N}`, 'AAAA', [`web.${N} AAAA fd96::7`]],
  [`web.${N}`, 'ANY', [`web.${N} A 10.96.0.7`, `web.${N} AAAA fd96::7`]],
  [`v4.${N}`, 'AAAA', 'NODATA'],
  [`v4.${N}`, 'TXT', 'NODATA'],
  [`none.${N}`, 'A', 'NXDOMAIN'],
  ['web.other.svc.cluster.local', 'A', 'NXDOMAIN'],
  [
    `_http._tcp.web.${N}`,
    'SRV',
    [`_http._tcp.web.${N} SRV 100 80 web.${N}`],
    [`web.${N} A 10.96.0.7`, `web.${N} AAAA fd96::7`],
  ],
  [
    `_dns._udp.web.${N}`,
    'SRV',
    [`_dns._udp.web.${N} SRV 100 53 web.${N}`],
    [`web.${N} A 10.96.0.7`, `web.${N} AAAA fd96::7`],
  ],
  [`_dns._tcp.web.${N}`, 'SRV', 'NXDOMAIN'],
  [`_http._tcp.web.${N}`, 'A', 'NODATA'],
  [`_tcp.web.${N}`, 'A', 'NODATA'],
  [`_sctp.web.${N}`, 'A', 'NXDOMAIN'],
  [`db.${N}`, 'A', [`db.${N} A 10.244.0.1`, `db.${N} A 10.244.0.2`]],
  [`db.${N}`, 'AAAA', [`db.${N} AAAA fd44::1`]],
  [`db-0.db.${N}`, 'A', [`db-0.db.${N} A 10.244.0.1`]],
  [`db-0.db.${N}`, 'AAAA', [`db-0.db.${N} AAAA fd44::1`]],
  [`10-244-0-2.db.${N}`, 'A', [`10-244-0-2.db.${N} A 10.244.0.2`]],
  [`10-244-0-9.db.${N}`, 'A', 'NXDOMAIN'],
  [`db-1.db.${N}`, 'A', 'NXDOMAIN'],
  [`x.db-0.db.${N}`, 'A', 'NXDOMAIN'],
  [
    `_http._tcp.db.${N}`,
    'SRV',
    [
      `_http._tcp.db.${N} SRV 33 8080 db-0.db.${N}`,
      `_http._tcp.db.${N} SRV 33 8080 10-244-0-2.db.${N}`,
      `_http._tcp.db.${N} SRV 33 8080 db-0.db.${N}`,
    ],
    [`db-0.db.${N} A 10.244.0.1`, `10-244-0-2.db.${N} A 10.244.0.2`, `db-0.db.${N} AAAA fd44::1`],
  ],
  [`empty.${N}`, 'A', 'NXDOMAIN'],
  [`in.${N}`, 'A', [`in.${N} CNAME v4.${N}`, `v4.${N} A 10.96.0.8`]],
  [`in.${N}`, 'CNAME', [`in.${N} CNAME v4.${N}`]],
  [`loop.${N}`, 'A', 'SERVFAIL'],
  ['10-244-0-3.ns.pod.cluster.local', 'A', ['10-244-0-3.ns.pod.cluster.local A 10.244.0.3']],
  ['fd44--3.ns.pod.cluster.local', 'AAAA', ['fd44--3.ns.pod.cluster.local AAAA fd44::3']],
  ['10-244-0-3.ns.pod.cluster.local', 'AAAA', 'NODATA'],
  ['10-244-0-3.nope.pod.cluster.local', 'A', 'NXDOMAIN'],
  ['pod-1.ns.pod.cluster.local', 'A', 'NXDOMAIN'],
  [N, 'A', 'NODATA'],
  ['svc.cluster.local', 'A', 'NODATA'],
  ['nope.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['nope.cluster.local', 'A', 'NXDOMAIN'],
  ['web.ns.svc.cluster.local.svc.cluster.local', 'A', 'NXDOMAIN'], // What search paths try first.
  ['cluster.local', 'SOA', ['cluster.local SOA']],
  ['cluster.local', 'NS', ['cluster.local NS ns.dns.cluster.local']],
  ['dns-version.cluster.local', 'TXT', ['dns-version.cluster.local TXT 1.1.0']],
  ['7.0.96.10.in-addr.arpa', 'PTR', [`7.0.96.10.in-addr.arpa PTR web.${N}`]],
  ['1.0.244.10.in-addr.arpa', 'PTR', [`1.0.244.10.in-addr.arpa PTR db-0.db.${N}`]],
  ['2.0.244.10.in-addr.arpa', 'PTR', [`2.0.244.10.in-addr.arpa PTR 10-244-0-2.db.${N}`]],
  ['7.0.96.10.in-addr.arpa', 'A', 'NODATA'],
  ['99.0.96.10.in-addr.arpa', 'PTR', 'NXDOMAIN'],
  [
    `${'7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.d.f'}.ip6.arpa`,
    'PTR',
    [`7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.d.f.ip6.arpa PTR web.${N}`],
  ],
  ['1.2.0.192.in-addr.arpa', 'PTR', 'forward'],
  ['www.example.com', 'A', 'forward'],
  ['mycluster.local', 'A', 'forward'],
  ['', 'NS', 'forward'],
] as [string, keyof typeof TYPES, string[] | string, string[]?][]) {
  test(`${type} of ${name || 'the root'} is ${[want].flat().length > 1 ? 'its records' : want}`, () => {
    const found = ask(name, type);
    if (found.kind !== 'response') return assert.equal(found.kind, want);
    const { rcode, answers = [], authorities = [], additionals = [] } = found.response;
    if (typeof want === 'string') {
      assert.equal({ 0: 'NODATA', 2: 'SERVFAIL', 3: 'NXDOMAIN' }[rcode as number], want);
      assert.deepEqual(answers, []);
      // Without it, nobody could remember that there is nothing (RFC 2308).
      assert.match(text(authorities[0]!), / SOA$/);
      return;
    }
    assert.equal(rcode, 0);
    assert.deepEqual(answers.map(text), want);
    assert.deepEqual(additionals.map(text), additional);
  });
}

test('an alias of a name outside is followed outside', () => {
  const found = ask(`out.${N}`, 'A');
  assert.ok(found.kind === 'alias');
  assert.equal(found.target, 'www.example.com');
  assert.deepEqual(found.records.map(text), [`out.${N} CNAME www.example.com`]);
});

test('several addresses take turns at being the first', () => {
  const firsts = [0, 1, 2, 3].map((turn) => {
    const found = ask(`db.${N}`, 'A', turn);
    return found.kind === 'response' && text(found.response.answers![0]!).split(' ')[2];
  });
  assert.deepEqual(firsts, ['10.244.0.1', '10.244.0.2', '10.244.0.1', '10.244.0.2']);
});

test('what is deleted or changed is no longer answered', () => {
  const index = view();
  const has = (name: string) => {
    const found = answer({ name, type: TYPES.A, turn: 0 }, index, ZONE);
    return found.kind === 'response' && !!found.response.answers?.length;
  };
  const before = index.service('ns', 'web')!;
  index.changeService({ before, after: { ...before, spec: { clusterIP: '10.96.0.70', ports } } });
  assert.equal(index.serviceAt('10.96.0.7'), undefined);
  assert.equal(index.serviceAt('10.96.0.70')?.metadata.name, 'web');
  assert.equal(has(`db-0.db.${N}`), true);
  const old = slice('db-1', 'db', [
    { addresses: ['10.244.0.1'], hostname: 'db-0' },
    { addresses: ['10.244.0.2'] },
  ]);
  index.changeSlice({ before: old, after: slice('db-1', 'db', [{ addresses: ['10.244.0.2'] }]) });
  assert.equal(has(`db-0.db.${N}`), false);
  assert.deepEqual(index.servicesThrough('10.244.0.1'), []);
  assert.equal(index.servicesThrough('10.244.0.2').length, 1);
  const twice = slice('db-3', 'db', [{ addresses: ['10.244.0.2'] }]);
  index.changeSlice({ before: undefined, after: twice });
  index.changeSlice({ before: twice, after: undefined });
  assert.equal(index.servicesThrough('10.244.0.2').length, 1); // The other slice still has it.
  index.changeService({ before: index.service('ns', 'db'), after: undefined });
  assert.equal(has(`db.${N}`), false);
  index.changeNamespace({ before: { metadata: { name: 'ns' } }, after: undefined });
  assert.equal(has('10-244-0-3.ns.pod.cluster.local'), false);
});
