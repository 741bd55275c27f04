import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceOfKind } from './discovery.ts';
import { SERVED } from './testing.ts';

const find = (group: string, version: string, kind: string) =>
  resourceOfKind(SERVED, { group, version, kind });

test('the resource of a kind is that of its very version', () => {
  assert.equal(find('apps', 'v1', 'Deployment').plural, 'deployments');
  assert.equal(find('autoscaling', 'v1', 'HorizontalPodAutoscaler').version, 'v1');
});

for (const { name, group, version, kind, message, advice } of [
  {
    name: 'a kind of another version',
    group: 'apps',
    version: 'v1beta1',
    kind: 'Deployment',
    message: 'the server has no kind "Deployment" in apiVersion "apps/v1beta1"',
    advice: 'It has one in "apps/v1".',
  },
  {
    name: 'a kind of the core group',
    group: 'apps',
    version: 'v1',
    kind: 'Pod',
    message: 'the server has no kind "Pod" in apiVersion "apps/v1"',
    advice: 'It has one in "v1".',
  },
  {
    name: 'a kind that there is not',
    group: '',
    version: 'v1',
    kind: 'Wheel',
    message: 'the server has no kind "Wheel" in apiVersion "v1"',
    advice: 'Is a custom resource definition missing?',
  },
]) {
  test(name, () => assert.throws(() => find(group, version, kind), { message, advice }));
}
