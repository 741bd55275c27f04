import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestHeart } from '../testing.ts';

// Goal: who owns a field still does when somebody writes the object in another version.

test('managers of one version of a kind outlive writes in another', async () => {
  const { send } = await createTestHeart();
  const at = { group: 'autoscaling', plural: 'horizontalpodautoscalers', namespace: 'default' };
  const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' };
  const spec = { maxReplicas: 3, scaleTargetRef };
  const options = { fieldManager: 'second' };
  const body = { metadata: { name: 'h' }, spec };
  await send({ ...at, version: 'v2', verb: 'create', body, options });
  const { metadata } = await send({
    ...at,
    version: 'v1',
    verb: 'patch',
    patchType: 'merge',
    name: 'h',
    body: { spec: { maxReplicas: 5 } },
    options: { fieldManager: 'first' },
  });
  const owned = metadata.managedFields?.map(({ manager, apiVersion, fieldsV1 }) => [
    manager,
    apiVersion,
    Object.keys((fieldsV1 as Record<string, object>)['f:spec'] ?? {}),
  ]);
  assert.deepEqual(owned, [
    ['first', 'autoscaling/v1', ['f:maxReplicas']],
    ['second', 'autoscaling/v2', ['f:metrics', 'f:minReplicas', 'f:scaleTargetRef']],
  ]);
});

test('an event is of the same managers in both groups', async () => {
  const { send } = await createTestHeart();
  const core = { plural: 'events', namespace: 'default' };
  const involvedObject = { kind: 'Pod', name: 'p', namespace: 'default' };
  const body = { metadata: { name: 'e' }, involvedObject, reason: 'A', message: 'a' };
  await send({ ...core, verb: 'create', body, options: { fieldManager: 'old' } });
  const { metadata } = await send({
    ...core,
    group: 'events.k8s.io',
    verb: 'patch',
    patchType: 'merge',
    name: 'e',
    body: { metadata: { labels: { l: '1' } } },
    options: { fieldManager: 'new' },
  });
  const owned = metadata.managedFields?.map(({ manager, apiVersion, fieldsV1 = {} }) => [
    manager,
    apiVersion,
    Object.keys(fieldsV1).includes('f:reason'),
  ]);
  assert.deepEqual(owned, [
    ['new', 'events.k8s.io/v1', false],
    ['old', 'v1', true],
  ]);
});
