import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shared, sharedJson } from './shared-parts.ts';

// Goal: equal parts become one, which nobody can change and whose JSON is known.

const spec = (image: string) => ({ containers: [{ name: 'main', image }] });

test('what is alike is the same', () => {
  const first = shared(spec('a'));
  assert.equal(shared(spec('a')), first);
  assert.notEqual(shared(spec('b')), first);
  assert.equal(shared(first), first);
});

test('a shared part is frozen through and through', () => {
  const part = shared(spec('frozen'));
  assert.ok(Object.isFrozen(part) && Object.isFrozen(part.containers[0]));
});

test('its JSON is known', () => {
  const part = shared(spec('known'));
  assert.equal(sharedJson(part), JSON.stringify(part));
  assert.equal(sharedJson(spec('known')), undefined);
});

test('what is long is frozen and not kept', () => {
  const part = shared(spec('x'.repeat(20_000)));
  assert.ok(Object.isFrozen(part.containers[0]));
  assert.equal(sharedJson(part), undefined);
});

test('what is out of use is forgotten, what is in use is not', () => {
  const [used, unused] = [shared(spec('used')), shared(spec('unused'))];
  for (let i = 0; i < 800; i++) {
    shared(spec(`${i}`.padEnd(10_000)));
    assert.equal(shared(spec('used')), used);
  }
  assert.equal(sharedJson(unused), undefined);
  assert.notEqual(sharedJson(used), undefined);
});
