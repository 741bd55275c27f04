import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { controllerRevisions } from './controller-revision.ts';

// Goal: a revision holds an object that never changes.

for (const { name, body, want } of [
  { name: 'an object', body: { revision: 1, data: {} }, want: [] },
  { name: 'nothing', body: { revision: 1 }, want: ['data: Required value: data is mandatory'] },
  {
    name: 'a text',
    body: { revision: 1, data: 'x' },
    want: ['data: Required value: data must be a valid JSON object'],
  },
  {
    name: 'a list',
    body: { revision: -1, data: [] },
    want: [
      'data: Required value: data must be a valid JSON object',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ],
  },
]) {
  test(`holds ${name}`, () => assert.deepEqual(refusals(controllerRevisions, body), want));
}

test('only its number may change', () => {
  const previous = made(controllerRevisions, { revision: 1, data: { b: 1, a: 2 } });
  assert.deepEqual(changed(controllerRevisions, previous, { revision: 2 }).errors, []);
  const { errors } = changed(controllerRevisions, previous, { data: { b: 3 } });
  assert.deepEqual(errors, ['data: Invalid value: {"a":2,"b":3}: field is immutable']);
});

test('cells tell whose it is', () => {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    name: 'db',
    uid: 'u',
    controller: true,
  };
  const cell = (ownerReferences: object[]) => {
    const body = { metadata: { ownerReferences }, revision: 3, data: {} };
    return cellsOf(controllerRevisions, made(controllerRevisions, body)).Controller;
  };
  assert.equal(cell([owner]), 'statefulset.apps/db');
  assert.equal(cell([]), '<none>');
});
