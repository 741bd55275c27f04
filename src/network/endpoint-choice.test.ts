import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint, EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import { chooseTargets } from './endpoint-choice.ts';

const NODE = { name: 'here', zone: 'z1' };
const PORT = { name: 'http', port: 80 };

interface Words extends Partial<Endpoint> {
  /** The end of its address: `1` is 10.0.0.1. */
  readonly at: string;
}

const addressAt = (at: string): string => `10.0.0.${at}`;

const endpoint = ({ at, ...rest }: Words): Endpoint => ({
  addresses: [addressAt(at)],
  nodeName: 'here',
  ...rest,
});

function slice(
  words: readonly Words[],
  ports: EndpointSlice['ports'] = [{ name: 'http', port: 8080 }],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    addressType: 'IPv4',
    endpoints: words.map(endpoint),
    ports,
  };
}

const ready = { ready: true };
const draining = { ready: false, serving: true, terminating: true };
const broken = { ready: false, serving: false, terminating: true };
const starting = { ready: false, serving: false };
const zone = (name: string) => ({ forZones: [{ name }] });

// Goal: pin which endpoints get traffic, from anywhere (`cluster`) and from this node only (`local`).
for (const row of [
  {
    name: 'ready ones',
    slices: [
      slice([
        { at: '2', conditions: ready },
        { at: '1', conditions: ready },
      ]),
    ],
    cluster: ['1', '2'],
    local: ['1', '2'],
  },
  {
    name: 'those without conditions',
    slices: [slice([{ at: '1' }])],
    cluster: ['1'],
    local: ['1'],
  },
  {
    name: 'not those that start',
    slices: [slice([{ at: '1' }, { at: '2', conditions: starting }])],
    cluster: ['1'],
    local: ['1'],
  },
  {
    name: 'not those that end, while others are ready',
    slices: [slice([{ at: '1' }, { at: '2', conditions: draining }])],
    cluster: ['1'],
    local: ['1'],
  },
  {
    name: 'those that end and still serve, for want of others',
    slices: [
      slice([
        { at: '1', conditions: draining },
        { at: '2', conditions: broken },
      ]),
    ],
    cluster: ['1'],
    local: ['1'],
  },
  {
    name: 'local ones that still serve, when ready ones are elsewhere',
    slices: [
      slice([
        { at: '1', conditions: draining },
        { at: '2', nodeName: 'there' },
      ]),
    ],
    cluster: ['2'],
    local: ['1'],
  },
  {
    name: 'none here',
    slices: [slice([{ at: '2', nodeName: 'there' }])],
    cluster: ['2'],
    local: [],
  },
  {
    name: 'each once, from several slices',
    slices: [slice([{ at: '1' }]), slice([{ at: '1' }, { at: '3' }])],
    cluster: ['1', '3'],
    local: ['1', '3'],
  },
  {
    name: 'those of the port of that name',
    slices: [slice([{ at: '1' }], [{ name: 'other', port: 1 }])],
    cluster: [],
    local: [],
    anywhere: false,
  },
  {
    name: 'those of the protocol',
    slices: [slice([{ at: '1' }], [{ name: 'http', protocol: 'UDP', port: 1 }])],
    cluster: [],
    local: [],
    anywhere: false,
  },
  {
    name: 'nothing that is no address, which rules would take for rules',
    slices: [slice([{ at: '1' }, { at: '2 }; flush ruleset' }])],
    cluster: ['1'],
    local: ['1'],
  },
  {
    name: 'nothing of an empty slice',
    slices: [{ ...slice([]), endpoints: null, ports: null }],
    cluster: [],
    local: [],
    anywhere: false,
  },
  {
    name: 'those of our zone',
    slices: [
      slice([
        { at: '1', hints: zone('z1') },
        { at: '2', hints: zone('z2') },
      ]),
    ],
    cluster: ['1'],
    local: ['1', '2'],
  },
  {
    name: 'all, when some have no hint',
    slices: [slice([{ at: '1', hints: zone('z1') }, { at: '2' }])],
    cluster: ['1', '2'],
    local: ['1', '2'],
  },
  {
    name: 'all, when none is for our zone',
    slices: [
      slice([
        { at: '1', hints: zone('z2') },
        { at: '2', hints: zone('z2') },
      ]),
    ],
    cluster: ['1', '2'],
    local: ['1', '2'],
  },
  {
    name: 'those of our node before those of our zone',
    slices: [
      slice([
        { at: '1', hints: { ...zone('z1'), forNodes: [{ name: 'here' }] } },
        { at: '2', hints: zone('z1') },
      ]),
    ],
    cluster: ['1'],
    local: ['1', '2'],
  },
]) {
  test(`traffic goes to ${row.name}`, () => {
    const { cluster, local, anywhere } = chooseTargets(row.slices, PORT, 'IPv4', NODE);
    assert.deepEqual(
      cluster.map(({ address }) => address),
      row.cluster.map(addressAt),
    );
    assert.deepEqual(
      local.map(({ address }) => address),
      row.local.map(addressAt),
    );
    assert.equal(anywhere, row.anywhere ?? true);
    assert.ok(cluster.every(({ port }) => port === 8080));
  });
}

test('slices of the other family are another service as far as we are concerned', () => {
  assert.equal(chooseTargets([slice([{ at: '1' }])], PORT, 'IPv6', NODE).anywhere, false);
});
