import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { endpointSlices } from './endpoint-slice.ts';

// Goal: what is filled in, refused, kept and shown of an EndpointSlice.

const body = (more: object = {}) => ({
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'] }],
  ports: [{ port: 80 }],
  ...more,
});

test('ports have a name and a protocol', () => {
  assert.deepEqual(made(endpointSlices, body()).ports, [{ name: '', protocol: 'TCP', port: 80 }]);
});

for (const { name, more, want } of [
  { name: 'nothing wrong', more: {}, want: [] },
  {
    name: 'an address of the other family',
    more: { endpoints: [{ addresses: ['2001:db8::1'] }] },
    want: ['endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address'],
  },
  {
    name: 'no address',
    more: { endpoints: [{ addresses: [] }] },
    want: ['endpoints[0].addresses: Required value: must contain at least 1 address'],
  },
  {
    name: 'no type',
    more: { addressType: '', endpoints: [] },
    want: ['addressType: Required value'],
  },
  {
    name: 'a zone twice',
    more: {
      endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }],
    },
    want: ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"'],
  },
  {
    name: 'two ports of a name',
    more: {
      ports: [
        { name: 'a', port: 1 },
        { name: 'a', port: 2 },
      ],
    },
    want: ['ports[1].name: Duplicate value: "a"'],
  },
  {
    name: 'a thousand endpoints and one',
    more: { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.0.0.1'] })) },
    want: ['endpoints: Too many: 1001: must have at most 1000 items'],
  },
]) {
  test(`a slice with ${name}`, () => assert.deepEqual(refusals(endpointSlices, body(more)), want));
}

test('the type of its addresses stays, and addresses that are there are no news', () => {
  const { errors } = changed(endpointSlices, made(endpointSlices, body()), { addressType: 'IPv6' });
  assert.deepEqual(errors, ['addressType: Invalid value: "IPv6": field is immutable']);
});

test('labels count as a change', () => {
  const previous = made(endpointSlices, body());
  const { object } = changed(endpointSlices, previous, { metadata: { labels: { a: 'b' } } });
  assert.equal(object.metadata.generation, 2);
  const same = changed(endpointSlices, previous, { metadata: { annotations: { a: 'b' } } });
  assert.equal(same.object.metadata.generation, 1);
});

test('cells', () => {
  const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
  const cells = cellsOf(endpointSlices, made(endpointSlices, body({ endpoints: [{ addresses }] })));
  assert.equal(cells.Endpoints, '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...');
  assert.equal(cells.Ports, '80');
});
