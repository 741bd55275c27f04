import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { ingresses } from './ingress.ts';
import { ingressClasses } from './ingress-class.ts';
import { ipAddresses } from './ip-address.ts';
import { networkPolicies } from './network-policy.ts';
import { serviceCidrs } from './service-cidr.ts';

// Goal: what is filled in, refused, kept and shown of the kinds of the network.

const service = { name: 'web', port: { number: 80 } };
const rule = (path: object) => ({
  spec: { rules: [{ http: { paths: [{ backend: { service }, ...path }] } }] },
});
const at = 'spec.rules[0].http.paths[0]';

for (const { name, body, want } of [
  { name: 'a path', body: rule({ path: '/a', pathType: 'Prefix' }), want: [] },
  { name: 'any path', body: rule({ pathType: 'ImplementationSpecific' }), want: [] },
  {
    name: 'a path that leads up',
    body: rule({ path: '/a/..', pathType: 'Exact' }),
    want: [`${at}.path: Invalid value: "/a/..": cannot end with '/..'`],
  },
  {
    name: 'no path for a prefix',
    body: rule({ pathType: 'Prefix' }),
    want: [`${at}.path: Invalid value: "": must be an absolute path`],
  },
  {
    name: 'a service without a port',
    body: { spec: { defaultBackend: { service: { name: 'web' } } } },
    want: ['spec.defaultBackend: Required value: port name or number is required'],
  },
  {
    name: 'two backends in one',
    body: { spec: { defaultBackend: { service, resource: { kind: 'A', name: 'b' } } } },
    want: ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
  },
]) {
  test(`an ingress with ${name}`, () => assert.deepEqual(refusals(ingresses, body), want));
}

test('a class by annotation is of old', () => {
  const annotations = { 'kubernetes.io/ingress.class': 'a' };
  const ingress = made(ingresses, { metadata: { annotations }, ...rule({ pathType: 'Exact' }) });
  assert.equal(ingresses.warnings?.(ingress, undefined).length, 1);
  assert.deepEqual(ingresses.warnings?.(ingress, ingress), []);
});

test('where an ingress is reached', () => {
  const ingress = made(ingresses, rule({ path: '/', pathType: 'Prefix' }));
  const loadBalancer = { ingress: [{ hostname: 'b.example' }, { ip: '192.0.2.1' }, {}] };
  const cells = cellsOf(ingresses, withStatus(ingress, { loadBalancer }));
  assert.deepEqual([cells.Hosts, cells.Address, cells.Ports], ['*', '192.0.2.1,b.example', '80']);
  const bad = { status: { loadBalancer: { ingress: [{ ip: 'x' }] } } };
  assert.equal(changed(ingresses, ingress, bad, 'status').errors.length, 1);
});

const parameters = { kind: 'Wide', name: 'a' };

for (const { name, spec, want } of [
  { name: 'parameters of the cluster', spec: { controller: 'a.example/b', parameters }, want: [] },
  {
    name: 'parameters of no namespace',
    spec: { controller: 'a.example/b', parameters: { ...parameters, scope: 'Namespace' } },
    want: ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
  },
  {
    name: 'parameters of an empty scope',
    spec: { controller: 'a.example/b', parameters: { ...parameters, scope: '' } },
    want: [
      'spec.parameters.scope: Unsupported value: "": supported values: "Cluster", "Namespace"',
    ],
  },
  { name: 'no controller', spec: {}, want: ['spec.controller: Required value'] },
]) {
  test(`an ingress class with ${name}`, () =>
    assert.deepEqual(refusals(ingressClasses, { spec }), want));
}

test('the controller of a class stays', () => {
  const previous = made(ingressClasses, { spec: { controller: 'a.example/b', parameters } });
  assert.equal(previous.spec.parameters?.scope, 'Cluster');
  assert.equal(cellsOf(ingressClasses, previous).Parameters, 'Wide/a');
  const { errors } = changed(ingressClasses, previous, { spec: { controller: 'a.example/c' } });
  assert.deepEqual(errors, ['spec.controller: Invalid value: "a.example/c": field is immutable']);
});

for (const { name, spec, want } of [
  { name: 'nothing said', spec: {}, want: ['Ingress'] },
  { name: 'traffic out', spec: { egress: [{}] }, want: ['Ingress', 'Egress'] },
  { name: 'traffic out only', spec: { egress: [{}], policyTypes: ['Egress'] }, want: ['Egress'] },
]) {
  test(`a network policy with ${name} is about ${want}`, () =>
    assert.deepEqual(made(networkPolicies, { spec }).spec.policyTypes, want));
}

for (const { name, peer, want } of [
  {
    name: 'a network',
    peer: { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
    want: [],
  },
  {
    name: 'all of a network but all of it',
    peer: { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } },
    want: [
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    ],
  },
  { name: 'pods', peer: { podSelector: {}, namespaceSelector: {} }, want: [] },
]) {
  test(`a network policy for ${name}`, () =>
    assert.deepEqual(refusals(networkPolicies, { spec: { ingress: [{ from: [peer] }] } }), want));
}

test('what is wrong with a changed network policy is told twice', () => {
  const previous = made(networkPolicies, { spec: {} });
  const { errors } = changed(networkPolicies, previous, { spec: { policyTypes: ['Odd'] } });
  const odd =
    'spec.policyTypes[0]: Unsupported value: "Odd": supported values: "Ingress", "Egress"';
  assert.deepEqual(errors, [odd, odd]);
});

test('an address has its own name, and one parent', () => {
  const parentRef = { resource: 'services', namespace: 'a', name: 'b' };
  const body = { metadata: { name: '10.0.0.1' }, spec: { parentRef } };
  assert.deepEqual(refusals(ipAddresses, body), []);
  assert.equal(cellsOf(ipAddresses, made(ipAddresses, body)).ParentRef, 'services/a/b');
  const zeros = { metadata: { name: '2001:db8:0::1' }, spec: { parentRef } };
  assert.match(refusals(ipAddresses, zeros).join(), /must be in canonical form \("2001:db8::1"\)/);
  assert.deepEqual(refusals(ipAddresses, { metadata: { name: '10.0.0.1' } }), [
    'spec.parentRef: Required value',
  ]);
});

for (const { name, cidrs, isAllowed } of [
  { name: 'a second family', cidrs: ['10.0.0.0/24', '2001:db8::/112'], isAllowed: true },
  { name: 'more of the same', cidrs: ['10.0.0.0/24', '10.1.0.0/24'], isAllowed: false },
  { name: 'another range', cidrs: ['10.1.0.0/24'], isAllowed: false },
  { name: 'none', cidrs: [], isAllowed: false },
]) {
  test(`a range of services ${isAllowed ? 'may get' : 'may not get'} ${name}`, () => {
    const previous = made(serviceCidrs, { spec: { cidrs: ['10.0.0.0/24'] } });
    const { errors } = changed(serviceCidrs, previous, { spec: { cidrs } });
    assert.equal(errors.length === 0, isAllowed, errors.join());
  });
}
