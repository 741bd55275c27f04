import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestHeart, refusal } from '../testing.ts';

// Goal: only in namespaces made for it does anybody get at devices that others use.

const group = 'resource.k8s.io';
const heart = await createTestHeart();
const labels = { 'resource.kubernetes.io/admin-access': 'true' };
for (const metadata of [{ name: 'n' }, { name: 'admins', labels }])
  await heart.send({ verb: 'create', plural: 'namespaces', body: { metadata } });

const REQUEST = { name: 'a', exactly: { deviceClassName: 'c' } };
const ADMIN = { name: 'b', exactly: { deviceClassName: 'c', adminAccess: true } };
const spec = { devices: { requests: [REQUEST, ADMIN] } };
const create = (plural: string, namespace: string, body: object) =>
  heart.send({ verb: 'create', group, plural, namespace, body });

const why =
  'adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace';

test('claims that ask for it', async () => {
  const body = { metadata: { name: 'x' }, spec };
  const text = `ResourceClaim.${group} "x" is invalid: spec.devices.requests[1].${why}`;
  await assert.rejects(create('resourceclaims', 'n', body), refusal(422, text));
  await create('resourceclaims', 'admins', body);
});

test('templates of such claims', async () => {
  const body = { metadata: { name: 'x' }, spec: { spec } };
  const text = `ResourceClaimTemplate.${group} "x" is invalid: spec.devices.requests[1].${why}`;
  await assert.rejects(create('resourceclaimtemplates', 'n', body), refusal(422, text));
  await create('resourceclaimtemplates', 'admins', body);
});

test('allocations that give it', async () => {
  const plain = { metadata: { name: 'y' }, spec: { devices: { requests: [REQUEST] } } };
  const claim = await create('resourceclaims', 'n', plain);
  const result = { request: 'a', driver: 'press.example', pool: 'p', device: 'd' };
  const results = [{ ...result, adminAccess: true }];
  const body = { ...claim, status: { allocation: { devices: { results } } } };
  const target = { group, plural: 'resourceclaims', namespace: 'n', name: 'y' };
  const text = `ResourceClaim.${group} "y" is invalid: status.allocation.devices.results[0].${why}`;
  await assert.rejects(
    heart.send({ verb: 'update', ...target, subresource: 'status', body }),
    refusal(422, text),
  );
});
