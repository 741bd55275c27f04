import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSpec } from '../../api/generated/core/v1/types.ts';
import type { Endpoint, EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { type ServingPod, servingPod, TURNED, testService, zonedNode } from '../test-objects.ts';
import { type EndpointSliceAction, reconcileEndpointSlices } from './reconcile.ts';

// Goal: pin which endpoints slices hold, with which conditions and hints, and how few writes it
// takes to keep them so.

function reconcile(
  pods: readonly ServingPod[],
  { spec = {}, slices = [] as readonly EndpointSlice[], metadata = {} } = {},
): EndpointSliceAction[] {
  const service = testService(spec, metadata);
  return reconcileEndpointSlices({
    service,
    pods: pods.map(servingPod),
    slices,
    nodeOf: zonedNode,
  });
}

/** The slices as the actions leave them. */
function applied(slices: readonly EndpointSlice[], actions: readonly EndpointSliceAction[]) {
  const byName = new Map(slices.map((slice) => [slice.metadata.name, slice]));
  for (const { type, slice } of actions) {
    const name = slice.metadata.name ?? `made-${byName.size}`;
    if (type === 'deleteSlice') byName.delete(name);
    else byName.set(name, { ...slice, metadata: { ...slice.metadata, name } } as EndpointSlice);
  }
  return [...byName.values()];
}

const slicesOf = (pods: readonly ServingPod[], spec: Partial<ServiceSpec> = {}) =>
  applied([], reconcile(pods, { spec }));

const onlyEndpoint = (pod: Omit<ServingPod, 'name'>, spec: Partial<ServiceSpec> = {}) =>
  slicesOf([{ name: 'p', ...pod }], spec)[0]?.endpoints?.[0];

const shown = (endpoint: Endpoint | undefined) => {
  const { ready, serving, terminating } = endpoint?.conditions ?? {};
  return endpoint && [ready, serving, terminating].map(Number).join('');
};

const PUBLISH = { publishNotReadyAddresses: true };

for (const { name, pod, spec = {}, want } of [
  { name: 'ready', pod: {}, want: '110' },
  { name: 'not ready', pod: { ready: false }, want: '000' },
  { name: 'going, and still serving', pod: { isGoing: true }, want: '011' },
  { name: 'going, and serving no more', pod: { isGoing: true, ready: false }, want: '001' },
  { name: 'not ready, wanted all the same', pod: { ready: false }, spec: PUBLISH, want: '100' },
  { name: 'going, wanted all the same', pod: { isGoing: true }, spec: PUBLISH, want: '111' },
  { name: 'finished', pod: { phase: 'Succeeded' }, want: undefined },
  { name: 'without an address', pod: { ips: [] }, want: undefined },
  { name: 'of another family', pod: { ips: ['fd00::1'] }, want: undefined },
  { name: 'on a node that is gone', pod: { node: 'gone' }, want: undefined },
  { name: 'on a node that is gone, wanted', pod: { node: 'gone' }, spec: PUBLISH, want: '110' },
] as { name: string; pod: Omit<ServingPod, 'name'>; spec?: object; want?: string }[]) {
  test(`conditions of a pod that is ${name}`, () => {
    const endpoint = onlyEndpoint(pod, spec);
    assert.equal(shown(endpoint), want);
  });
}

test('an endpoint says what it is, and where', () => {
  assert.deepEqual(onlyEndpoint({}), {
    addresses: ['10.1.0.1'],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: 'Pod', namespace: 'shop', name: 'p', uid: 'p' },
    nodeName: 'n1',
    zone: 'a',
  });
});

for (const { distribution, ready, want } of [
  { distribution: undefined, ready: true, want: undefined },
  { distribution: 'PreferClose', ready: true, want: { forZones: [{ name: 'a' }] } },
  { distribution: 'PreferSameZone', ready: true, want: { forZones: [{ name: 'a' }] } },
  { distribution: 'PreferSameZone', ready: false, want: undefined },
  {
    distribution: 'PreferSameNode',
    ready: true,
    want: { forZones: [{ name: 'a' }], forNodes: [{ name: 'n1' }] },
  },
]) {
  test(`hints of trafficDistribution ${distribution}, ready ${ready}`, () => {
    const spec = distribution ? { trafficDistribution: distribution } : {};
    assert.deepEqual(onlyEndpoint({ ready }, spec)?.hints, want);
  });
}

test('a new slice bears the labels of its Service and of its keeper, and when it began', () => {
  const metadata = { labels: { team: 'x', 'service.kubernetes.io/headless': 'mine' } };
  const [action] = reconcile([{ name: 'p' }], { metadata });
  assert.deepEqual(action?.slice.metadata, {
    generateName: 'web-',
    namespace: 'shop',
    labels: {
      team: 'x',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
    annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
    ownerReferences: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        name: 'web',
        uid: 'service',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  });
});

test('slices of a headless Service say so', () => {
  const [slice] = slicesOf([], { clusterIP: 'None' });
  assert.equal(slice?.metadata.labels?.['service.kubernetes.io/headless'], '');
});

test('without endpoints there is an empty slice of each family', () => {
  const slices = slicesOf([], { ipFamilies: ['IPv4', 'IPv6'] });
  assert.deepEqual(
    slices.map(({ addressType, endpoints, ports }) => [addressType, endpoints, ports]),
    [
      ['IPv4', [], []],
      ['IPv6', [], []],
    ],
  );
});

test('a dual-stack Service has slices of both families', () => {
  const ips = ['10.1.0.1', 'fd00::1'];
  const slices = slicesOf([{ name: 'p', ips }], { ipFamilies: ['IPv6', 'IPv4'] });
  assert.deepEqual(
    slices.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses]),
    [
      ['IPv6', ['fd00::1']],
      ['IPv4', ['10.1.0.1']],
    ],
  );
});

test('a port by name is looked up in each pod, sidecars included', () => {
  const named = (containerPort: number) => ({
    containers: [{ name: 'main', ports: [{ name: 'http', containerPort }] }],
  });
  const sidecar = {
    containers: [{ name: 'main' }],
    initContainers: [
      {
        name: 'proxy',
        restartPolicy: 'Always',
        ports: [{ name: 'http', containerPort: 82, protocol: 'TCP' }],
      },
    ],
  };
  const spec = { ports: [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' } as const] };
  const slices = slicesOf(
    [
      { name: 'a', spec: named(81) },
      { name: 'b', spec: named(81) },
      { name: 'c', spec: sidecar },
      { name: 'd' },
    ] as ServingPod[],
    spec,
  );
  assert.deepEqual(
    slices.map(({ ports, endpoints }) => [
      ports?.map(({ port }) => port),
      endpoints?.map(({ targetRef }) => targetRef?.name).join(''),
    ]),
    [
      [[81], 'ab'],
      [[82], 'c'],
      [[], 'd'],
    ],
  );
});

const crowd = (count: number, from = 0): ServingPod[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `p${from + i}`,
    ips: [`10.1.${(from + i) >> 8}.${(from + i) & 255}`],
  }));

const summary = (actions: readonly EndpointSliceAction[]) =>
  actions.map(({ type, slice }) => `${type} ${slice.endpoints?.length}`);

test('a slice holds a hundred endpoints at most', () => {
  assert.deepEqual(summary(reconcile(crowd(250))), [
    'createSlice 100',
    'createSlice 100',
    'createSlice 50',
  ]);
});

for (const { name, pods, want } of [
  { name: 'nothing has changed', pods: crowd(250), want: [] },
  { name: 'a pod came', pods: crowd(251), want: ['updateSlice 51'] },
  { name: 'a pod of a full slice went', pods: crowd(249, 1), want: ['updateSlice 99'] },
  {
    name: 'a pod of a full slice was replaced',
    pods: [...crowd(249, 1), ...crowd(1, 300)],
    want: ['updateSlice 100'],
  },
  { name: 'all pods of a slice went', pods: crowd(200), want: ['deleteSlice 50'] },
  {
    name: 'more came than there is room',
    pods: crowd(310),
    want: ['createSlice 60'],
  },
]) {
  test(`writes as little as it takes: ${name}`, () => {
    const slices = applied([], reconcile(crowd(250)));
    const actions = reconcile(pods, { slices });
    assert.deepEqual(summary(actions), want);
    const held = applied(slices, actions).flatMap(({ endpoints }) => endpoints ?? []);
    assert.equal(new Set(held.map(({ targetRef }) => targetRef?.name)).size, pods.length);
    assert.equal(held.length, pods.length, 'none is held twice');
    assert.deepEqual(reconcile(pods, { slices: applied(slices, actions) }), [], 'and rests then');
  });
}

test('a change bears the time of what changed', () => {
  const slices = applied([], reconcile(crowd(2)));
  const [action] = reconcile([...crowd(1), { ...crowd(1, 1)[0]!, ready: false }], { slices });
  const time = action?.slice.metadata.annotations;
  assert.deepEqual(time, { 'endpoints.kubernetes.io/last-change-trigger-time': TURNED });
});

test('slices of a Service of the same name before are removed', () => {
  const before = applied([], reconcile(crowd(1), { metadata: { uid: 'before' } }));
  const named = before.map((slice) => ({
    ...slice,
    metadata: { ...slice.metadata, name: 'old' },
  }));
  assert.deepEqual(summary(reconcile(crowd(2), { slices: named })), [
    'createSlice 2',
    'deleteSlice 1',
  ]);
});

test('a Service without a selector loses the slices that were made for it', () => {
  const slices = applied([], reconcile(crowd(1)));
  const spec = { selector: undefined } as Partial<ServiceSpec>;
  assert.deepEqual(summary(reconcile(crowd(1), { slices, spec })), ['deleteSlice 1']);
});

test('a Service that is going gets no new slices', () => {
  const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.deepEqual(reconcile(crowd(1), { metadata }), []);
});
