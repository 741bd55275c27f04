import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made, refusals } from '../fixture.ts';
import { priorityClasses } from './priority-class.ts';

// Goal: users stay below the system, and what a class means never changes.

const named = (name: string, value: number, more: object = {}) => ({
  metadata: { name },
  value,
  ...more,
});
const RESERVED =
  "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error:";

for (const { name, body, want } of [
  { name: 'the most there may be', body: named('a', 1_000_000_000), want: [] },
  {
    name: 'one more',
    body: named('a', 1_000_000_001),
    want: ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  },
  { name: "the system's own", body: named('system-node-critical', 2_000_001_000), want: [] },
  {
    name: "a name like the system's",
    body: named('system-a', 1),
    want: [`${RESERVED} system-a is not a known system priority class`],
  },
  {
    name: "the system's own as everybody's",
    body: named('system-cluster-critical', 2_000_000_000, { globalDefault: true }),
    want: [`${RESERVED} globalDefault of system-cluster-critical PriorityClass must be false`],
  },
  {
    name: 'a policy nobody knows',
    body: named('a', 1, { preemptionPolicy: 'Odd' }),
    want: [
      'preemptionPolicy: Unsupported value: "Odd": supported values: "PreemptLowerPriority", "Never"',
    ],
  },
]) {
  test(`a class with ${name}`, () => assert.deepEqual(refusals(priorityClasses, body), want));
}

test('its number stays, and its generation', () => {
  const previous = made(priorityClasses, named('a', 1));
  assert.equal(previous.preemptionPolicy, 'PreemptLowerPriority');
  const { object, errors } = changed(priorityClasses, previous, { description: 'x' });
  assert.deepEqual([object.metadata.generation, errors], [1, []]);
  assert.deepEqual(changed(priorityClasses, previous, { value: 2 }).errors, [
    'value: Forbidden: may not be changed in an update.',
  ]);
});
