import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, decoded, made, refusals, withStatus } from '../fixture.ts';
import { daemonSets } from './daemon-set.ts';

// Goal: what is filled in, refused, counted and shown of a DaemonSet.

const GENERATION = 'deprecated.daemonset.template.generation';
const container = { name: 'main', image: 'log:1' };
const body = (spec: object = {}) => ({
  spec: {
    selector: { matchLabels: { app: 'log' } },
    template: { metadata: { labels: { app: 'log' } }, spec: { containers: [container] } },
    ...spec,
  },
});

test('one node at a time, unless said', () => {
  const { updateStrategy, revisionHistoryLimit } = made(daemonSets, body()).spec;
  const rollingUpdate = { maxUnavailable: 1, maxSurge: 0 };
  assert.deepEqual(updateStrategy, { type: 'RollingUpdate', rollingUpdate });
  assert.equal(revisionHistoryLimit, 10);
});

test('generations of the template are counted', () => {
  const generationOf = (object: { metadata: { annotations?: Record<string, string> } }) =>
    object.metadata.annotations?.[GENERATION];
  assert.equal(generationOf(decoded(daemonSets, body())), '0', 'owned by who sends the set');
  const previous = made(daemonSets, body());
  assert.equal(generationOf(previous), '1');
  assert.equal(previous.metadata.generation, 1);
  const image = {
    spec: { template: { spec: { containers: [{ ...container, image: 'log:2' }] } } },
  };
  assert.equal(generationOf(changed(daemonSets, previous, image).object), '2');
  const other = { spec: { minReadySeconds: 3 } };
  assert.equal(generationOf(changed(daemonSets, previous, other).object), '1');
});

const at = 'spec.updateStrategy.rollingUpdate';

for (const { name, rollingUpdate, want } of [
  { name: 'a surge instead', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, want: [] },
  {
    name: 'both',
    rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
    want: [`${at}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero`],
  },
  {
    name: 'neither',
    rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' },
    want: [`${at}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`],
  },
]) {
  test(`a rolling update with ${name}`, () => {
    const spec = { updateStrategy: { rollingUpdate } };
    assert.deepEqual(refusals(daemonSets, body(spec)), want);
  });
}

for (const { name, spec, want } of [
  { name: 'pods replaced by hand', spec: { updateStrategy: { type: 'OnDelete' } }, want: [] },
  {
    name: 'pods of others',
    spec: { selector: { matchLabels: { app: 'db' } } },
    want: [
      'spec.template.metadata.labels: Invalid value: {"app":"log"}: `selector` does not match template `labels`',
    ],
  },
  {
    name: 'a selector that can not be read',
    spec: { selector: { matchLabels: { 'a b': 'c' } } },
    want: [/^spec\.selector\.matchLabels: Invalid value: "a b": name part must consist/],
  },
]) {
  test(`a set with ${name}`, () => {
    const found = refusals(daemonSets, body(spec));
    assert.equal(found.length, want.length, found.join());
    for (const [i, text] of want.entries()) {
      if (typeof text === 'string') assert.equal(found[i], text);
      else assert.match(found[i]!, text);
    }
  });
}

test('cells', () => {
  const status = { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 };
  const object = withStatus(made(daemonSets, body()), { ...status, numberMisscheduled: 0 });
  const { Desired, Current, Ready, 'Node Selector': nodes } = cellsOf(daemonSets, object);
  assert.deepEqual([Desired, Current, Ready, nodes], [3, 2, 1, '<none>']);
});
