import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made, refusals } from '../fixture.ts';
import { replicationControllers } from './replication-controller.ts';

// Goal: what is taken over from the template, and refused, of a ReplicationController.

const labels = { app: 'old' };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: 'main', image: 'old:1' }] },
};

test("the template's labels are taken over where there are none", () => {
  const plain = made(replicationControllers, { spec: { template } });
  assert.deepEqual(plain.spec.selector, labels);
  assert.deepEqual(plain.metadata.labels, labels);
  const own = { metadata: { labels: { a: 'b' } }, spec: { template, selector: { app: 'old' } } };
  assert.deepEqual(made(replicationControllers, own).metadata.labels, { a: 'b' });
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: { template }, want: [] },
  {
    name: 'no template',
    spec: {},
    want: ['spec.selector: Required value', 'spec.template: Required value'],
  },
  {
    name: 'other pods',
    spec: { template, selector: { app: 'new' } },
    want: [
      'spec.template.metadata.labels: Invalid value: {"app":"old"}: `selector` does not match template `labels`',
    ],
  },
]) {
  test(`refuses: ${name}`, () =>
    assert.deepEqual(refusals(replicationControllers, { spec }), want));
}

test('of a refused change, the faults of the spec are told twice', () => {
  const previous = made(replicationControllers, { spec: { template } });
  const { errors } = changed(replicationControllers, previous, { spec: { replicas: -1 } });
  const negative = 'spec.replicas: Invalid value: -1: must be greater than or equal to 0';
  assert.deepEqual(errors, [negative, negative]);
});
