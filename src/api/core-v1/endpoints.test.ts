import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, made, refusals } from '../fixture.ts';
import { endpoints } from './endpoints.ts';

// Goal: what is refused and shown of the Endpoints of old, which say that they are.

const of = (...subsets: object[]) => ({ subsets });
const addresses = (...ips: string[]) => ips.map((ip) => ({ ip }));

for (const { name, body, want } of [
  { name: 'nothing', body: {}, want: [] },
  {
    name: 'an address',
    body: of({ addresses: addresses('10.0.0.1'), ports: [{ port: 80 }] }),
    want: [],
  },
  {
    name: 'no address at all',
    body: of({ ports: [{ port: 80 }] }),
    want: ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  },
  {
    name: 'two ports without names',
    body: of({ addresses: addresses('10.0.0.1'), ports: [{ port: 80 }, { port: 81 }] }),
    want: ['subsets[0].ports[0].name: Required value', 'subsets[0].ports[1].name: Required value'],
  },
]) {
  test(`endpoints with ${name}`, () => assert.deepEqual(refusals(endpoints, body), want));
}

test('addresses of the machine itself are no endpoints', () => {
  const found = refusals(endpoints, of({ addresses: addresses('127.0.0.1') }));
  assert.match(found.join(), /subsets\[0\]\.addresses\[0\]\.ip: Invalid value: "127\.0\.0\.1"/);
});

test('the cell shows three', () => {
  const body = of({
    addresses: addresses('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'),
    ports: [{ port: 80 }],
  });
  const cell = cellsOf(endpoints, made(endpoints, body)).Endpoints;
  assert.equal(cell, '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...');
  assert.equal(cellsOf(endpoints, made(endpoints, {})).Endpoints, '<none>');
});

test('every answer says what to use instead', () => {
  assert.match(endpoints.deprecation ?? '', /use discovery\.k8s\.io\/v1 EndpointSlice$/);
});
