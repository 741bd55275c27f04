import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { podDisruptionBudgets } from './pod-disruption-budget.ts';

// Goal: a budget says one of two numbers, and its status counts.

for (const { name, spec, want } of [
  { name: 'neither', spec: {}, want: [] },
  { name: 'a percentage', spec: { maxUnavailable: '100%' }, want: [] },
  {
    name: 'both',
    spec: { minAvailable: 1, maxUnavailable: '5%' },
    want: [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"5%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
  },
  {
    name: 'less than none',
    spec: { maxUnavailable: -1 },
    want: ['spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0'],
  },
]) {
  test(`a budget of ${name}`, () =>
    assert.deepEqual(refusals(podDisruptionBudgets, { spec }), want));
}

test('its status counts no less than none', () => {
  const previous = made(podDisruptionBudgets, { spec: { minAvailable: 1 } });
  const status = { disruptionsAllowed: -1, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  assert.deepEqual(changed(podDisruptionBudgets, previous, { status }, 'status').errors, [
    'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
  ]);
});

test('cells', () => {
  const cells = cellsOf(
    podDisruptionBudgets,
    made(podDisruptionBudgets, { spec: { minAvailable: '5%' } }),
  );
  assert.deepEqual([cells['Min Available'], cells['Max Unavailable']], ['5%', 'N/A']);
});
