import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { validatingAdmissionPolicies } from '../api/generated/admissionregistration/v1/resources.ts';
import type { ValidatingAdmissionPolicy } from '../api/generated/admissionregistration/v1/types.ts';
import type { NewObject } from '../machinery/object.ts';
import { createWorld } from './world.ts';

// Goal: who makes a policy reads in its status what it can't do, for the state that it has now.

const policy = (expression: string): NewObject<ValidatingAdmissionPolicy> => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p' },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
      ],
    },
    validations: [{ expression }],
  } as ValidatingAdmissionPolicy['spec'],
});

test('the types of a policy are checked whenever it has changed', async (t) => {
  // What compiles expressions is loaded when it is needed, which takes real time.
  await import('../controllers/policy-types/check.ts');
  const world = await createWorld(1);
  t.after(() => world.close());
  const { client, clock } = world;
  const told = async () => {
    for (let i = 0; i < 10; i++) await turn();
    await clock.advance(2000);
    return (await client.get(validatingAdmissionPolicies, { name: 'p' })).status;
  };
  await client.create(validatingAdmissionPolicies, policy('object.spec.ghost == 1'));
  await told();
  const first = await told();
  assert.equal(first.observedGeneration, 1);
  assert.match(
    first.typeChecking?.expressionWarnings?.[0]?.warning ?? '',
    /undefined field 'ghost'/,
  );
  const body = { spec: { validations: [{ expression: 'object.spec.nodeName == ""' }] } };
  await client.patch(validatingAdmissionPolicies, { name: 'p' }, { type: 'merge', body });
  await told();
  const second = await told();
  assert.equal(second.observedGeneration, 2);
  assert.equal(second.typeChecking?.expressionWarnings, undefined);
});
