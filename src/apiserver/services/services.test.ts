import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Service } from '../../api/generated/core/v1/types.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: no two services ever have the same address or node port, and none is lost.

const services = { plural: 'services', namespace: 'default' };
const ips = { group: 'networking.k8s.io', plural: 'ipaddresses' };

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart({ serviceCidrs: ['10.96.0.0/28', 'fd00::/120'] });
});

async function make(name: string, spec: object = {}): Promise<Service> {
  const body = { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
  return (await heart.send({ ...services, verb: 'create', body })) as unknown as Service;
}

const remove = (name: string) => heart.send({ ...services, verb: 'delete', name });

async function update(service: Service, spec: object): Promise<Service> {
  const body = { ...service, spec: { ...service.spec, ...spec } };
  const request = { ...services, verb: 'update', name: service.metadata.name, body } as const;
  return (await heart.send(request)) as unknown as Service;
}

async function claimed(): Promise<string[]> {
  const { items } = await heart.send({ ...ips, verb: 'list' });
  return (items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).sort();
}

test('services that are made at once get addresses of their own', async () => {
  const made = await Promise.all(Array.from({ length: 14 }, (_, i) => make(`s${i}`)));
  const addresses = made.map(({ spec }) => spec.clusterIP);
  assert.equal(new Set(addresses).size, 14);
  assert.deepEqual(await claimed(), [...addresses].sort());
});

test('when all addresses are taken, the next has to wait for one', async () => {
  await Promise.all(Array.from({ length: 14 }, (_, i) => make(`s${i}`)));
  await assert.rejects(
    make('more'),
    refusal(500, /failed to allocate IP for "more"|range is full/),
  );
  const { spec } = (await remove('s3')) as unknown as Service;
  assert.equal((await make('more')).spec.clusterIP, spec.clusterIP);
});

test('an address may be asked for, once', async () => {
  await make('a', { clusterIP: '10.96.0.9' });
  await assert.rejects(
    make('b', { clusterIP: '10.96.0.9' }),
    refusal(422, /spec\.clusterIPs: Invalid value: \["10\.96\.0\.9"\]: failed to allocate IP/),
  );
});

test('a service of two families has an address of each', async () => {
  const { spec } = await make('a', { ipFamilyPolicy: 'RequireDualStack' });
  assert.deepEqual(spec.ipFamilies, ['IPv4', 'IPv6']);
  assert.match(spec.clusterIPs?.[1] ?? '', /^fd00::/);
  assert.deepEqual(await claimed(), [...(spec.clusterIPs ?? [])].sort());
  await remove('a');
  assert.deepEqual(await claimed(), []);
});

const REFUSALS: readonly { name: string; spec: object; want: RegExp }[] = [
  {
    name: 'two families for a service that may have one',
    spec: { ipFamilies: ['IPv4', 'IPv6'] },
    want: /ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified/,
  },
  {
    name: 'two addresses for it',
    spec: { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00::5'] },
    want: /must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified/,
  },
];
for (const { name, spec, want } of REFUSALS) {
  test(`refuses ${name}`, () => assert.rejects(make('a', spec), refusal(422, want)));
}

test('a second family is given back by who says that one is enough', async () => {
  const made = await make('a', { ipFamilyPolicy: 'RequireDualStack' });
  const [first = ''] = made.spec.clusterIPs ?? [];
  await assert.rejects(
    update(made, { clusterIPs: [first], ipFamilies: ['IPv4'] }),
    refusal(422, /must be 'SingleStack' to release the secondary cluster IP/),
  );
  const { spec } = await update(made, { ipFamilyPolicy: 'SingleStack' });
  assert.deepEqual([spec.clusterIPs, spec.ipFamilies], [[first], ['IPv4']]);
  assert.deepEqual(await claimed(), [first]);
});

test('an address that a service asks for in place of its own is not looked at', async () => {
  const made = await make('a');
  const other = { clusterIP: '192.0.2.1', clusterIPs: ['192.0.2.1'] };
  await assert.rejects(update(made, other), refusal(422, /may not change once set/));
});

test('names without a selector lead to both families, even if one is said', async () => {
  const { spec } = await make('a', { clusterIP: 'None', ipFamilies: ['IPv6'] });
  assert.deepEqual(spec.ipFamilies, ['IPv6', 'IPv4']);
});

test('headless services need no address', async () => {
  const { spec } = await make('a', { clusterIP: 'None' });
  assert.deepEqual(spec.clusterIPs, ['None']);
  assert.deepEqual(await claimed(), []);
});

test('an address goes back when the service needs none any more', async () => {
  const service = await make('a');
  await update(service, {
    type: 'ExternalName',
    externalName: 'example.org',
    clusterIP: '',
    clusterIPs: undefined,
  });
  assert.deepEqual(await claimed(), []);
});

test('an address is a revision older than its service, and comes and goes with it', async () => {
  const { metadata, spec } = await make('a');
  const [address] = (await heart.send({ ...ips, verb: 'list' })).items as KubeObject[];
  assert.equal(address?.metadata.name, spec.clusterIP);
  assert.equal(Number(address?.metadata.resourceVersion), Number(metadata.resourceVersion) - 1);
});

test('the policy of a service that now leads out is stored and not shown', async () => {
  await make('a');
  const patch = (spec: object) =>
    heart.send({ ...services, verb: 'patch', patchType: 'merge', name: 'a', body: { spec } });
  const made = await patch({ type: 'ExternalName', externalName: 'x.example' });
  const seen = [made, await heart.send({ ...services, verb: 'get', name: 'a' })] as unknown[];
  const { items } = await heart.send({ ...services, verb: 'list' });
  for (const { spec } of [...seen, ...(items as unknown[])] as Service[]) {
    assert.equal(spec.internalTrafficPolicy, undefined);
  }
  const cleared = await patch({ internalTrafficPolicy: null });
  assert.notEqual(cleared.metadata.resourceVersion, made.metadata.resourceVersion);
  const again = await patch({ internalTrafficPolicy: null });
  assert.equal(again.metadata.resourceVersion, cleared.metadata.resourceVersion);
});

test('node ports are unlike each other, and free again after the service', async () => {
  const ports = [{ port: 80 }, { port: 81 }].map((port) => ({ ...port, name: `p${port.port}` }));
  const { spec } = await make('a', { type: 'NodePort', ports });
  const [first = 0, second = 0] = (spec.ports ?? []).map(({ nodePort = 0 }) => nodePort);
  assert.ok(first >= 30000 && first <= 32767 && second !== first);
  const same = { type: 'NodePort', ports: [{ port: 80, nodePort: first }] };
  await assert.rejects(
    make('b', same),
    refusal(
      422,
      /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/,
    ),
  );
  await remove('a');
  assert.equal((await make('b', same)).spec.ports?.[0]?.nodePort, first);
});

test('a load balancer without node ports has the one that it asks for', async () => {
  const balanced = (ports: object[]) => ({
    type: 'LoadBalancer',
    allocateLoadBalancerNodePorts: false,
    ports,
  });
  await make('a', balanced([{ port: 80, nodePort: 30_123 }]));
  const range = /nodePort: Invalid value: 80: provided port is not in the valid range/;
  await assert.rejects(make('b', balanced([{ port: 80, nodePort: 80 }])), refusal(422, range));
  const taken = /nodePort: Invalid value: 30123: provided port is already allocated/;
  await assert.rejects(make('b', balanced([{ port: 80, nodePort: 30_123 }])), refusal(422, taken));
  assert.equal((await make('b', balanced([{ port: 80 }]))).spec.ports?.[0]?.nodePort, undefined);
});

test('the same port has the same node port for all protocols', async () => {
  const ports = [
    { name: 'a', port: 53, protocol: 'UDP' },
    { name: 'b', port: 53, protocol: 'TCP' },
    { name: 'c', port: 80 },
  ];
  const { spec } = await make('a', { type: 'NodePort', ports });
  const [udp, tcp, other] = (spec.ports ?? []).map(({ nodePort }) => nodePort);
  assert.equal(udp, tcp);
  assert.notEqual(udp, other);
});

test('no two ports of a new service ask for the same node port', async () => {
  const ports = [
    { name: 'a', port: 53, protocol: 'UDP', nodePort: 30_053 },
    { name: 'b', port: 54, protocol: 'TCP', nodePort: 30_053 },
  ];
  const taken = /ports\[1\]\.nodePort: Invalid value: 30053: provided port is already allocated/;
  await assert.rejects(make('a', { type: 'NodePort', ports }), refusal(422, taken));
  const made = await make('a', { type: 'NodePort', ports: [{ port: 53 }] });
  const next = await update(made, { ports });
  assert.equal(next.spec.ports?.[1]?.nodePort, 30_053);
  const twice = ports.map((port) => ({ ...port, protocol: 'TCP' }));
  await assert.rejects(
    update(next, { ports: twice }),
    refusal(500, 'duplicate nodePort: {TCP 30053}'),
  );
});

test('a port for health checks that can not be had is an error of the server', async () => {
  const checked = (healthCheckNodePort: number) => ({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort,
  });
  await make('a', checked(30_500));
  const why =
    /^Internal error occurred: failed to allocate requested HealthCheck NodePort 30500: provided port is already allocated$/;
  await assert.rejects(make('b', checked(30_500)), refusal(500, why));
});

test('a node port is kept by an update that leaves it out', async () => {
  const made = await make('a', { type: 'NodePort' });
  const next = await update(made, { ports: [{ port: 80, protocol: 'TCP' }] });
  assert.equal(next.spec.ports?.[0]?.nodePort, made.spec.ports?.[0]?.nodePort);
});

test('what was only tried takes nothing', async () => {
  const body = { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }], type: 'NodePort' } };
  await heart.send({ ...services, verb: 'create', body, options: { dryRun: ['All'] } });
  assert.deepEqual(await claimed(), []);
});

test('a service that could not be made leaves nothing behind', async () => {
  await make('a');
  const before = await claimed();
  await assert.rejects(make('a'), refusal(409, 'services "a" already exists'));
  assert.deepEqual(await claimed(), before);
});

const cidrs = { group: 'networking.k8s.io', plural: 'servicecidrs' };

async function addNetwork(name: string, cidr: string): Promise<void> {
  const body = { metadata: { name }, spec: { cidrs: [cidr] } };
  await heart.send({ ...cidrs, verb: 'create', body });
}

test('further networks give addresses too, for as long as they are ready', async () => {
  await addNetwork('kubernetes', '10.96.0.0/28');
  await assert.rejects(
    make('early', { clusterIP: '10.97.0.1' }),
    refusal(422, /failed to allocate IP 10.97.0.1: the provided network does not match/),
  );
  await addNetwork('more', '10.97.0.0/29');
  assert.equal((await make('asked', { clusterIP: '10.97.0.1' })).spec.clusterIP, '10.97.0.1');
  const made = await Promise.all(Array.from({ length: 19 }, (_, i) => make(`s${i}`)));
  assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, 19);
  const conditions = [{ type: 'Ready', status: 'False', reason: 'x', message: '' }];
  const status = { verb: 'patch', patchType: 'merge', subresource: 'status' } as const;
  await heart.send({ ...cidrs, ...status, name: 'more', body: { status: { conditions } } });
  await remove('asked');
  await assert.rejects(make('late'), refusal(500, /range is full/));
});

for (const { name, spec } of [
  {
    name: 'the address of the network itself',
    spec: { clusterIP: '10.96.0.0' },
  },
  {
    name: 'the address that reaches all of it',
    spec: { clusterIP: '10.96.0.15' },
  },
]) {
  test(`nobody gets ${name}`, () =>
    assert.rejects(make('a', spec), refusal(422, /does not match the current range/)));
}

test('an address of a family that the cluster does not have is refused as such', async () => {
  heart = await createTestHeart({ serviceCidrs: ['10.96.0.0/28'] });
  await assert.rejects(
    make('a', { clusterIP: 'fd00::1' }),
    refusal(
      422,
      'Service "a" is invalid: spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
    ),
  );
});

test('what a service held is free when its last finalizer goes', async () => {
  const finalizers = ['example.com/load-balancer'];
  const metadata = { name: 'held', finalizers };
  const spec = { type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }], clusterIP: '10.96.0.9' };
  await heart.send({ ...services, verb: 'create', body: { metadata, spec } });
  await remove('held');
  assert.deepEqual(await claimed(), ['10.96.0.9']);
  const body = { metadata: { finalizers: null } };
  await heart.send({ ...services, verb: 'patch', patchType: 'merge', name: 'held', body });
  assert.deepEqual(await claimed(), []);
  const { spec: next } = await make('next', spec);
  assert.deepEqual([next.clusterIP, next.ports?.[0]?.nodePort], ['10.96.0.9', 30123]);
});
