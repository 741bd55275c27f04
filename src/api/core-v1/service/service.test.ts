import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../../fixture.ts';
import type { Service } from '../../generated/core/v1/types.ts';
import { shownService } from './prepare.ts';
import { services } from './service.ts';

// Goal: what is filled in, refused, carried over and shown of a Service. Addresses are others' job.

const body = (spec: object = {}) => ({ spec: { ports: [{ port: 80 }], ...spec } });
const allotted = (spec: object) => made(services, body({ clusterIP: '10.0.0.9', ...spec }));

test('what is left out is filled in, by type', () => {
  const plain = made(services, body()).spec;
  assert.deepEqual(plain.ports, [{ protocol: 'TCP', port: 80, targetPort: 80 }]);
  assert.deepEqual([plain.type, plain.sessionAffinity], ['ClusterIP', 'None']);
  assert.equal(plain.internalTrafficPolicy, 'Cluster');
  assert.equal(plain.externalTrafficPolicy, undefined);
  const balanced = made(services, body({ type: 'LoadBalancer' })).spec;
  assert.equal(balanced.externalTrafficPolicy, 'Cluster');
  assert.equal(balanced.allocateLoadBalancerNodePorts, true);
  const sticky = made(services, body({ sessionAffinity: 'ClientIP' })).spec;
  assert.equal(sticky.sessionAffinityConfig?.clientIP?.timeoutSeconds, 10_800);
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  { name: 'no ports', spec: { ports: [] }, want: ['spec.ports: Required value'] },
  { name: 'no ports of a headless one', spec: { ports: [], clusterIP: 'None' }, want: [] },
  {
    name: 'two ports without names',
    spec: { ports: [{ port: 80 }, { port: 81 }] },
    want: ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  },
  {
    name: 'a port of a protocol twice',
    spec: {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
    want: [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  },
  {
    name: 'an external name without a name',
    spec: { type: 'ExternalName' },
    want: ['spec.externalName: Required value'],
  },
  {
    name: 'a type nobody knows',
    spec: { type: 'Odd' },
    want: [
      'spec.type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  },
  {
    name: 'clients that stick for days',
    spec: {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
    },
    want: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(services, body(spec)), want));
}

test('what was allotted is kept, when a client does not send it back', () => {
  const previous = allotted({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] });
  const patch = { spec: { clusterIP: null, clusterIPs: null, ports: [{ port: 80 }] } };
  const { spec } = changed(services, previous, patch).object;
  assert.equal(spec.clusterIP, '10.0.0.9');
  assert.deepEqual(spec.clusterIPs, ['10.0.0.9']);
  assert.equal(spec.ports?.[0]?.nodePort, 30_080);
});

test('an address does not change', () => {
  const { errors } = changed(services, allotted({}), { spec: { clusterIP: '10.0.0.10' } });
  assert.equal(errors.length, 1, errors.join());
  assert.match(errors[0]!, /^spec\.clusterIPs\[0\]: Invalid value: .*: may not change once set$/);
});

test('what another type has no use for is dropped', () => {
  const patch = { spec: { type: 'ExternalName', externalName: 'a.example' } };
  const { object, errors } = changed(services, allotted({}), patch);
  assert.deepEqual(errors, []);
  const { clusterIP, clusterIPs, ipFamilies, internalTrafficPolicy } = object.spec;
  assert.deepEqual([clusterIP, clusterIPs, ipFamilies], [undefined, undefined, undefined]);
  assert.equal(internalTrafficPolicy, 'Cluster'); // It stays, and is shown to nobody.
  const shown = shownService(object as unknown as Service);
  assert.deepEqual(Object.keys(shown.spec).includes('internalTrafficPolicy'), false);
});

test('ports on nodes go with the type, as long as no new one is asked for', () => {
  const ports = [
    { name: 'a', port: 80, nodePort: 30_080 },
    { name: 'b', port: 81, nodePort: 30_081 },
  ];
  const previous = allotted({ type: 'NodePort', ports });
  const fewer = { spec: { type: 'ClusterIP', ports: ports.slice(0, 1) } };
  const { object, errors } = changed(services, previous, fewer);
  assert.deepEqual(errors, []);
  assert.equal(object.spec.ports?.[0]?.nodePort, undefined);
  const other = { spec: { type: 'ClusterIP', ports: [{ port: 80, nodePort: 30_082 }] } };
  assert.match(changed(services, previous, other).errors.join(), /may not be used when `type` is/);
});

test('a load balancer that gets no ports on nodes any more keeps those that it has', () => {
  const ports = [{ port: 80, nodePort: 30_080 }];
  const patch = { spec: { allocateLoadBalancerNodePorts: false } };
  const { object } = changed(services, allotted({ type: 'LoadBalancer', ports }), patch);
  assert.equal(object.spec.ports?.[0]?.nodePort, 30_080);
});

test('where traffic comes in is forgotten with the load balancer', () => {
  const ingress = [{ ip: '192.0.2.1' }];
  const conditions = [{ type: 'A', status: 'True' }];
  const status = { loadBalancer: { ingress }, conditions };
  const balanced = withStatus(allotted({ type: 'LoadBalancer' }), status);
  const { object } = changed(services, balanced, { spec: { type: 'ClusterIP' } });
  assert.deepEqual(object.status.loadBalancer, {});
  assert.equal(object.status.conditions?.length, 1);
});

for (const { name, object, want } of [
  {
    name: 'inside',
    object: allotted({ selector: { b: '2', a: '1' } }),
    want: ['ClusterIP', '10.0.0.9', '<none>', '80/TCP', 'a=1,b=2'],
  },
  {
    name: 'headless',
    object: made(services, body({ clusterIP: 'None' })),
    want: ['ClusterIP', 'None', '<none>', '80/TCP', '<none>'],
  },
  {
    name: 'on nodes',
    object: allotted({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }),
    want: ['NodePort', '10.0.0.9', '<none>', '80:30080/TCP', '<none>'],
  },
  {
    name: 'balanced, not yet',
    object: allotted({ type: 'LoadBalancer' }),
    want: ['LoadBalancer', '10.0.0.9', '<pending>', '80/TCP', '<none>'],
  },
  {
    name: 'balanced',
    object: withStatus(allotted({ type: 'LoadBalancer' }), {
      loadBalancer: { ingress: [{ ip: '192.0.2.1' }] },
    }),
    want: ['LoadBalancer', '10.0.0.9', '192.0.2.1', '80/TCP', '<none>'],
  },
  {
    name: 'elsewhere',
    object: made(services, body({ type: 'ExternalName', externalName: 'a.example' })),
    want: ['ExternalName', '<none>', 'a.example', '80/TCP', '<none>'],
  },
] as readonly { name: string; object: Service; want: readonly string[] }[]) {
  test(`cells of a service ${name}`, () => {
    const cells = cellsOf(services, object);
    const shown = ['Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Selector'].map((c) => cells[c]);
    assert.deepEqual(shown, want);
  });
}

const EXTERNAL_IPS_GONE =
  'spec.externalIPs is deprecated and may no longer be implemented in some clusters';

for (const { name, spec, want } of [
  { name: 'nothing odd', spec: {}, want: [] },
  {
    name: 'addresses of its own that are written oddly',
    spec: { externalIPs: ['192.0.2.01'] },
    want: [
      'spec.externalIPs[0]: non-standard IP address "192.0.2.01" is invalid: use "192.0.2.1"',
      EXTERNAL_IPS_GONE,
    ],
  },
  {
    name: 'addresses that no name elsewhere has',
    spec: { type: 'ExternalName', externalName: 'a.example', externalIPs: ['192.0.2.1'] },
    want: ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
  },
  {
    name: 'a name elsewhere that it does not use',
    spec: { externalName: 'a.example' },
    want: ['spec.externalName is ignored when spec.type is not "ExternalName"'],
  },
]) {
  test(`warns of ${name}`, () =>
    assert.deepEqual(services.warnings?.(made(services, body(spec)), undefined), want));
}

test('warns of odd addresses of its load balancer, by their places', () => {
  const ingress = [{ ip: '192.0.2.1' }, { ip: '2001:db8::0' }, { hostname: 'a.example' }];
  const told = withStatus(made(services, body({})), { loadBalancer: { ingress } });
  assert.deepEqual(services.status?.warnings?.(told, told), [
    'status.loadBalancer.ingress[1]: IPv6 address "2001:db8::0" should be in RFC 5952 canonical format ("2001:db8::")',
  ]);
});
