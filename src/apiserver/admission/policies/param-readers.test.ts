import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoleHeart, person } from '../../auth/rbac/testing.ts';
import { refusal } from '../../testing.ts';

// Goal: nobody reads by a policy what they can't read themselves.

const group = 'admissionregistration.k8s.io';
const heart = await createRoleHeart();

async function give(name: string, rules: object[]) {
  await heart.make('clusterroles', '', { metadata: { name }, rules });
  const roleRef = { kind: 'ClusterRole', name };
  const subjects = [{ kind: 'User', name }];
  await heart.make('clusterrolebindings', '', { metadata: { name }, roleRef, subjects });
}

const writes = { apiGroups: [group], resources: ['*'], verbs: ['*'] };
const reads = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] };
await give('pia', [writes]);
await give('bea', [writes, reads]);

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const policy = (expression: string, more: object = {}) => ({
  metadata: { name: 'p' },
  spec: {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression }],
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    ...more,
  },
});
const binding = (name: string, paramRef: object) => ({
  metadata: { name },
  spec: {
    policyName: 'p',
    validationActions: ['Deny'],
    paramRef: { parameterNotFoundAction: 'Allow', ...paramRef },
  },
});
const create = (user: string, plural: string, body: object) =>
  heart.send({ verb: 'create', group, plural, body }, person(user));

const POLICIES = 'validatingadmissionpolicies';
const BINDINGS = 'validatingadmissionpolicybindings';
const PIA = '&{pia  [system:authenticated] map[]}';

test('policies', async () => {
  const why = `spec.paramKind: Forbidden: user ${PIA} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)`;
  await assert.rejects(
    create('pia', POLICIES, policy('true')),
    refusal(422, `ValidatingAdmissionPolicy.${group} "p" is invalid: ${why}`),
  );
  // What else is wrong is told instead.
  await assert.rejects(create('pia', POLICIES, policy('1')), refusal(422, /must evaluate to bool/));
  await create('bea', POLICIES, policy('true'));
  const target = { group, plural: POLICIES, name: 'p' };
  const stored = await heart.send({ verb: 'get', ...target });
  const labelled = { ...stored, metadata: { ...stored.metadata, labels: { a: 'b' } } };
  await heart.send({ verb: 'update', ...target, body: labelled }, person('pia'));
});

test('bindings', async () => {
  const refused = (verb: string) =>
    `ValidatingAdmissionPolicyBinding.${group} "b" is invalid: spec.paramRef: Forbidden: user ${verb} does not have "${PIA}" permission on the object referenced by paramRef`;
  const named = { name: 'c', namespace: 'n' };
  await assert.rejects(create('pia', BINDINGS, binding('b', named)), refusal(422, refused('get')));
  await assert.rejects(
    create('pia', BINDINGS, binding('b', { selector: {} })),
    refusal(422, refused('list')),
  );
  await create('bea', BINDINGS, binding('b', named));
});
