import { createHash } from 'node:crypto';
import { encode } from 'dns-packet';
import type { Service } from '../../src/api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery/v1/types.ts';
import { seededRandom } from '../../src/base/random.ts';
import { DnsIndex } from '../../src/network/dns/dns-view.ts';
import { createResolver } from '../../src/network/dns/resolver.ts';
import { type NodeTableOptions, renderNodeTable } from '../../src/network/node-table.ts';
import { renderService } from '../../src/network/service-rules.ts';
import { changeTable } from '../../src/runtime/nft-table.ts';

// What the network costs this process: rules of a service, a change among many, a name answered.
// What it costs the kernel and sockets is not in here. The tests run it tiny, so that it doesn't rot.

export interface NetworkBenchSize {
  readonly rounds: number;
  readonly services: number;
  readonly questions: number;
}

const FULL: NetworkBenchSize = { rounds: 5, services: 1_000, questions: 50_000 };
const ENDPOINTS = 3;
const CONTEXT = { node: { name: 'node1' }, masqueradeMark: 0x4000 };
const TABLE: NodeTableOptions = {
  name: 'bench',
  bridge: 'bench0',
  podNetworks: ['10.244.0.0/16'],
  localPodNetworks: ['10.244.0.0/24'],
  serviceNetworks: ['10.96.0.0/12'],
  masqueradeMark: 0x4000,
  filtersBridge: true,
};

export interface Measurement {
  readonly bench: 'network';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'us';
  readonly hash: string;
}

const address = (network: string, n: number): string => `${network}.${(n >> 8) & 255}.${n & 255}`;
const meta = (name: string) => ({
  name,
  namespace: 'bench',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

const serviceOf = (n: number): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(`service-${n}`),
  spec: {
    type: 'NodePort',
    clusterIP: address('10.96', n),
    ports: [{ name: 'http', port: 80, nodePort: 30_000 + (n % 2_768) }],
  },
  status: {},
});

const sliceOf = (n: number, generation = 0): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    ...meta(`service-${n}-1`),
    labels: { 'kubernetes.io/service-name': `service-${n}` },
  },
  addressType: 'IPv4',
  endpoints: Array.from({ length: ENDPOINTS }, (_, i) => ({
    addresses: [address('10.244', ENDPOINTS * n + i + generation)],
    nodeName: i === 0 ? 'node1' : 'node2',
  })),
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
});

type Note = (measure: string, us: number, result: string) => void;

/** Measures everything at the given size. */
export function benchNetwork(size: NetworkBenchSize): Measurement[] {
  const figures = new Map<string, { values: number[]; hash: string }>();
  const note: Note = (measure, us, result) => {
    const hash = createHash('sha256').update(result).digest('hex').slice(0, 12);
    const figure = figures.get(measure) ?? { values: [], hash };
    figure.values.push(us);
    figures.set(measure, figure);
  };
  for (let round = 0; round < size.rounds; round++) {
    rules(size, note);
    names(size, note);
  }
  return [...figures].map(([measure, { values, hash }]) => {
    const value = values.toSorted((a, b) => a - b)[values.length >> 1]!;
    return { bench: 'network', measure, value: Math.round(value * 10) / 10, unit: 'us', hash };
  });
}

/** All rules at first, then one service that changes again and again. */
function rules({ services }: NetworkBenchSize, note: Note): void {
  const partOf = (n: number, generation = 0) => {
    const part = renderService(serviceOf(n), [sliceOf(n, generation)], CONTEXT);
    return { rank: `${n}`, part };
  };
  const parts = new Map<number, ReturnType<typeof partOf>>();
  const rendering = timed(() => {
    for (let n = 0; n < services; n++) parts.set(n, partOf(n));
  });
  note('rules of a service', rendering / services, [...parts.get(0)!.part.chains.keys()].join());
  let table = renderNodeTable(parts.values(), TABLE);
  const changes = 20;
  const commands: string[] = [];
  const changing = timed(() => {
    for (let generation = 1; generation <= changes; generation++) {
      parts.set(0, partOf(0, generation));
      const next = renderNodeTable(parts.values(), TABLE);
      commands.push(...changeTable(table, next).commands);
      table = next;
    }
  });
  note(`a change among ${services} services`, changing / changes, commands.join('\n'));
}

function names({ services, questions }: NetworkBenchSize, note: Note): void {
  const index = new DnsIndex();
  index.changeNamespace({ before: undefined, after: { metadata: { name: 'bench' } } });
  for (let n = 0; n < services; n++) {
    index.changeService({ before: undefined, after: serviceOf(n) });
    index.changeSlice({ before: undefined, after: sliceOf(n) });
  }
  const upstream = { exchange: () => Promise.reject(new Error('offline')) };
  const zone = { clusterDomain: 'cluster.local', ttlSeconds: 5, clusterNetworks: [] };
  const resolve = createResolver(seededRandom(1), index, upstream, zone);
  for (const [measure, host] of [
    ['a name', 'service-7.bench.svc.cluster.local'],
    ['a name that is not there', 'example.com.bench.svc.cluster.local'],
  ] as const) {
    const query = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: host }] });
    let last: ReturnType<typeof resolve>;
    const took = timed(() => {
      for (let n = 0; n < questions; n++) last = resolve(query, 'udp');
    });
    note(measure, took / questions, Buffer.from(last as Uint8Array).toString('hex'));
  }
}

/** Microseconds of CPU. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(user + system, 1);
}

if (import.meta.main) {
  for (const measurement of benchNetwork(FULL)) console.log(JSON.stringify(measurement));
}
