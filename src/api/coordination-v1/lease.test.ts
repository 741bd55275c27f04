import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, made, refusals } from '../fixture.ts';
import { leases } from './lease.ts';

// Goal: a lease lasts some time and changes hands no less than never.

for (const { name, spec, want } of [
  { name: 'nothing said', spec: {}, want: [] },
  {
    name: 'no time',
    spec: { leaseDurationSeconds: 0 },
    want: ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
  },
  {
    name: 'fewer hands than none',
    spec: { leaseTransitions: -1 },
    want: ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
  },
]) {
  test(`a lease with ${name}`, () => assert.deepEqual(refusals(leases, { spec }), want));
}

test('the cell tells who holds it', () => {
  const lease = made(leases, { spec: { holderIdentity: 'node-a' } });
  assert.equal(cellsOf(leases, lease).Holder, 'node-a');
});
