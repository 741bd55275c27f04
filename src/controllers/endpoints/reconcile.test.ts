import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSubset, Endpoints, ServiceSpec } from '../../api/generated/core/v1/types.ts';
import { type ServingPod, servingPod, TURNED, testService } from '../test-objects.ts';
import { type EndpointsAction, reconcileEndpoints } from './reconcile.ts';

// Goal: pin which addresses Endpoints show, in which subsets, and what they say of themselves.

interface World {
  readonly spec?: Partial<ServiceSpec>;
  readonly metadata?: object;
  readonly endpoints?: Endpoints | undefined;
}

const reconcile = (pods: readonly ServingPod[], world: World = {}): EndpointsAction[] =>
  reconcileEndpoints({
    service: testService(world.spec, world.metadata),
    pods: pods.map(servingPod),
    endpoints: world.endpoints,
  });

const subsetsOf = (pods: readonly ServingPod[], spec: Partial<ServiceSpec> = {}) =>
  (reconcile(pods, { spec })[0]!.endpoints as Endpoints).subsets ?? [];

/** `a,b|c:80`: ready and other addresses by pod, and ports. */
const shown = (subsets: readonly EndpointSubset[]) =>
  subsets.map(({ addresses, notReadyAddresses, ports }) => {
    const names = (all: typeof addresses) => all?.map(({ targetRef }) => targetRef?.name).join();
    return `${names(addresses) ?? ''}|${names(notReadyAddresses) ?? ''}:${ports?.map(({ port }) => port).join() ?? ''}`;
  });

const [a, b] = [
  { name: 'a', ips: ['10.1.0.1'] },
  { name: 'b', ips: ['10.1.0.2'] },
];
const PUBLISH = { publishNotReadyAddresses: true };

for (const { name, pods, spec = {}, want } of [
  { name: 'ready and not', pods: [a, { ...b, ready: false }], want: ['a|b:8080'] },
  { name: 'by address', pods: [b, a], want: ['a,b|:8080'] },
  { name: 'not ready, wanted', pods: [{ ...a, ready: false }], spec: PUBLISH, want: ['a|:8080'] },
  { name: 'going', pods: [{ ...a, isGoing: true }], want: [] },
  { name: 'going, wanted', pods: [{ ...a, isGoing: true }], spec: PUBLISH, want: ['a|:8080'] },
  { name: 'finished, wanted', pods: [{ ...a, phase: 'Failed' }], spec: PUBLISH, want: [] },
  { name: 'without an address', pods: [{ name: 'a', ips: [] }], want: [] },
  {
    name: 'of the first family only',
    pods: [{ name: 'a', ips: ['10.1.0.1', 'fd00::1'] }],
    spec: { ipFamilies: ['IPv6', 'IPv4'] },
    want: ['a|:8080'],
  },
  {
    name: 'headless without ports',
    pods: [a],
    spec: { clusterIP: 'None', ports: [] },
    want: ['a|:'],
  },
  { name: 'without ports', pods: [a], spec: { ports: [] }, want: [] },
] as { name: string; pods: ServingPod[]; spec?: Partial<ServiceSpec>; want: string[] }[]) {
  test(`shows pods: ${name}`, () => {
    assert.deepEqual(shown(subsetsOf(pods, spec)), want);
  });
}

test('pods that offer a port under different numbers are in different subsets', () => {
  const at = (containerPort: number): Partial<ServingPod> => ({
    spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort }] }] },
  });
  const spec = { ports: [{ port: 80, targetPort: 'http' }] };
  const pods = [
    { ...a, ...at(81) },
    { ...b, ...at(82) },
  ];
  assert.deepEqual(shown(subsetsOf(pods, spec)), ['a|:81', 'b|:82']);
});

test('an address says whose it is', () => {
  const pod = { ...a, spec: { hostname: 'first', subdomain: 'web' } };
  assert.deepEqual(subsetsOf([pod])[0]?.addresses, [
    {
      ip: '10.1.0.1',
      hostname: 'first',
      nodeName: 'n1',
      targetRef: { kind: 'Pod', namespace: 'shop', name: 'a', uid: 'a' },
    },
  ]);
});

const crowd = (count: number, ready = true): ServingPod[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `${ready}-${i}`,
    ips: [`10.${ready ? 2 : 1}.${i >> 8}.${i & 255}`],
    ready,
  }));

test('of more than a thousand the ready ones are shown, and it says so', () => {
  const [action] = reconcile([...crowd(600, false), ...crowd(700)]);
  const { subsets = [], metadata } = action!.endpoints as Endpoints;
  assert.equal(subsets[0]?.addresses?.length, 700);
  assert.equal(subsets[0]?.notReadyAddresses?.length, 300);
  const capacity = 'endpoints.kubernetes.io/over-capacity';
  assert.equal(metadata.annotations?.[capacity], 'truncated');
  const fewer = reconcile(crowd(1000), { endpoints: action!.endpoints as Endpoints });
  assert.equal(fewer[0]?.endpoints.metadata.annotations?.[capacity], undefined);
});

test('bears the labels of the Service, and who keeps it', () => {
  const metadata = { labels: { team: 'x' } };
  const [action] = reconcile([a], { metadata, spec: { clusterIP: 'None' } });
  assert.equal(action?.type, 'create');
  assert.deepEqual(action?.endpoints.metadata.labels, {
    team: 'x',
    'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    'service.kubernetes.io/headless': '',
  });
});

const made = (pods: readonly ServingPod[]): Endpoints => {
  const { endpoints } = reconcile(pods)[0]!;
  return { ...endpoints, metadata: { ...endpoints.metadata, name: 'web' } } as Endpoints;
};

test('writes when something changed, with the time of it, and not else', () => {
  const endpoints = made([a]);
  assert.deepEqual(reconcile([a], { endpoints }), []);
  const [action] = reconcile([a, b], { endpoints });
  assert.equal(action?.type, 'update');
  const time = action?.endpoints.metadata.annotations;
  assert.deepEqual(time, { 'endpoints.kubernetes.io/last-change-trigger-time': TURNED });
});

test('goes with its Service, but what others made stays', () => {
  const endpoints = made([a]);
  const none = { service: undefined, pods: [] };
  assert.deepEqual(reconcileEndpoints({ ...none, endpoints }), [{ type: 'delete', endpoints }]);
  const { labels: _, ...metadata } = endpoints.metadata;
  assert.deepEqual(reconcileEndpoints({ ...none, endpoints: { ...endpoints, metadata } }), []);
});

for (const { name, spec } of [
  { name: 'has no selector', spec: { selector: undefined } },
  { name: 'is a name elsewhere', spec: { type: 'ExternalName' } },
]) {
  test(`is left to users when the Service ${name}`, () => {
    const world = { spec: spec as Partial<ServiceSpec>, endpoints: made([a]) };
    assert.deepEqual(reconcile([b], world), []);
  });
}
