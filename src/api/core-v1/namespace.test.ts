import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, decoded, made, refusals } from '../fixture.ts';
import { namespaces } from './namespace.ts';

// Goal: a namespace is labelled with its name, and stays until all in it is gone.

test('it has its label, its finalizer and its phase', () => {
  const { metadata, spec, status } = made(namespaces, {});
  assert.deepEqual(metadata.labels, { 'kubernetes.io/metadata.name': 'x' });
  assert.deepEqual(spec.finalizers, ['kubernetes']);
  assert.deepEqual(status, { phase: 'Active' });
  const twice = made(namespaces, { spec: { finalizers: ['kubernetes', 'a.example/b'] } });
  assert.deepEqual(twice.spec.finalizers, ['kubernetes', 'a.example/b']);
});

test('finalizers are written by their own path only', () => {
  const previous = made(namespaces, {});
  const patch = { spec: { finalizers: [] } };
  const plain = changed(namespaces, previous, patch);
  assert.deepEqual(plain.object.spec.finalizers, ['kubernetes']);
  const { object, errors } = changed(namespaces, previous, patch, 'finalize');
  assert.deepEqual([errors, namespaces.isHeld?.(object)], [[], false]);
  assert.equal(namespaces.isHeld?.(previous), true);
});

test('a finalizer is a known one, or has a domain', () => {
  assert.deepEqual(refusals(namespaces, { spec: { finalizers: ['a.example/b'] } }), []);
  assert.match(refusals(namespaces, { spec: { finalizers: ['odd'] } }).join(), /"odd"/);
});

test('its phase says whether it is on its way out', () => {
  const draft = decoded(namespaces, {});
  namespaces.prepareDelete?.(draft);
  assert.equal(draft.status.phase, 'Terminating');
  const wrong = changed(
    namespaces,
    made(namespaces, {}),
    { status: { phase: 'Terminating' } },
    'status',
  );
  assert.deepEqual(wrong.errors, [
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  ]);
});

test('it is selected by its phase, and by its name only as all objects are', () => {
  assert.deepEqual(Object.keys(namespaces.selectableFields ?? {}), ['status.phase']);
});
