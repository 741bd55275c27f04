import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made, refusals } from '../fixture.ts';
import { runtimeClasses } from './runtime-class.ts';

// Goal: a runtime class names a handler, which stays.

const toleration = { key: 'a', operator: 'Exists' };

for (const { name, more, want } of [
  { name: 'a cost', more: { overhead: { podFixed: { cpu: '250m' } } }, want: 0 },
  { name: 'a place', more: { scheduling: { tolerations: [toleration] } }, want: 0 },
  {
    name: 'a place twice',
    more: { scheduling: { tolerations: [toleration, toleration] } },
    want: 1,
  },
]) {
  test(`a class with ${name}`, () => {
    const found = refusals(runtimeClasses, { handler: 'vm', ...more });
    assert.equal(found.length, want, found.join());
  });
}

test('a toleration is the same however long it lasts', () => {
  const brief = { ...toleration, effect: 'NoExecute', tolerationSeconds: 3 };
  const scheduling = { tolerations: [{ ...brief, tolerationSeconds: 9 }, brief] };
  assert.deepEqual(refusals(runtimeClasses, { handler: 'vm', scheduling }), [
    'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute","TolerationSeconds":3}',
  ]);
});

test('its handler stays', () => {
  const { errors } = changed(runtimeClasses, made(runtimeClasses, { handler: 'vm' }), {
    handler: 'w',
  });
  assert.deepEqual(errors, ['handler: Invalid value: "w": field is immutable']);
});
