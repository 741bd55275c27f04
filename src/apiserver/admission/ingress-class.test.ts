import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Ingress } from '../../api/generated/networking/v1/types.ts';
import { createTestHeart, type TestHeart } from '../testing.ts';

// Goal: Ingresses that name no class get the one that the cluster means by default.

const group = 'networking.k8s.io';
const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
});

const makeClass = (name: string, value?: string) =>
  heart.send({
    group,
    plural: 'ingressclasses',
    verb: 'create',
    body: {
      metadata: { name, ...(value && { annotations: { [IS_DEFAULT]: value } }) },
      spec: { controller: 'a.example/b' },
    },
  });

async function classGiven(spec: object = {}, annotations: object = {}) {
  const defaultBackend = { service: { name: 's', port: { number: 80 } } };
  const body = { metadata: { generateName: 'i-', annotations }, spec: { defaultBackend, ...spec } };
  const at = { group, plural: 'ingresses', namespace: 'default', verb: 'create' } as const;
  return ((await heart.send({ ...at, body })) as unknown as Ingress).spec.ingressClassName;
}

test('of several defaults the youngest, of those the first by name', async () => {
  await makeClass('old', 'true');
  await makeClass('other');
  assert.equal(await classGiven(), 'old');
  await heart.clock.advance(5000);
  await makeClass('young', 'true');
  await makeClass('b-young', 'true');
  await makeClass('never', 'false');
  assert.equal(await classGiven(), 'b-young');
});

test('no default, no class', async () => {
  await makeClass('other');
  assert.equal(await classGiven(), undefined);
});

test('who names a class keeps it, in either way', async () => {
  await makeClass('standard', 'true');
  assert.equal(await classGiven({ ingressClassName: 'own' }), 'own');
  assert.equal(await classGiven({}, { 'kubernetes.io/ingress.class': 'own' }), undefined);
});
