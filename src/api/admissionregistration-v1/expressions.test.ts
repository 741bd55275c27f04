import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '../fixture.ts';
import { loadCompiler } from './compiling.ts';
import { mutatingAdmissionPolicies } from './mutating-admission-policy.ts';
import { validatingAdmissionPolicies } from './validating-admission-policy.ts';
import { validatingWebhookConfigurations } from './validating-webhook-configuration.ts';

// Goal: pin what each expression of a policy or webhook may be about, and what it must give.

await loadCompiler();

const RULE = { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const MATCH = { matchConstraints: { resourceRules: [RULE] } };
const CHECK = { ...MATCH, validations: [{ expression: 'true' }] };
const PARAMS = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };

const undeclared = (name: string, text: string): string =>
  `compilation failed: ERROR: <input>:1:1: undeclared reference to '${name}' (in container '')\n | ${text}\n | ^`;

const validation = (more: object) => ({ ...CHECK, validations: [{ expression: 'true', ...more }] });
const condition = (expression: string) => ({
  ...CHECK,
  matchConditions: [{ name: 'a', expression }],
});

for (const { name, spec, want } of [
  { name: 'a condition about parameters', spec: { ...PARAMS, ...condition('params.a == 1') } },
  {
    name: 'a condition about parameters that there are none of',
    spec: condition('params.a == 1'),
    want: `spec.matchConditions[0].expression: Invalid value: "params.a == 1": ${undeclared('params', 'params.a == 1')}`,
  },
  {
    name: 'a condition about variables, which come after it',
    spec: { ...condition('variables.a'), variables: [{ name: 'a', expression: 'true' }] },
    want: `spec.matchConditions[0].expression: Invalid value: "variables.a": ${undeclared('variables', 'variables.a')}`,
  },
  {
    name: 'a variable that uses a later one',
    spec: {
      ...CHECK,
      variables: [
        { name: 'a', expression: 'variables.b' },
        { name: 'b', expression: '1' },
      ],
    },
    want: `spec.variables[0].expression: Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field 'b'\n | variables.b\n | .........^`,
  },
  {
    name: 'a variable of a type that does not fit',
    spec: {
      ...validation({ expression: "variables.a == 'x'" }),
      variables: [{ name: 'a', expression: '[1]' }],
    },
    want: `spec.validations[0].expression: Invalid value: "variables.a == 'x'": compilation failed: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(list(int), string)'\n | variables.a == 'x'\n | ............^`,
  },
  {
    name: 'a validation that asks who may do what',
    spec: validation({ expression: "authorizer.path('/healthz').check('get').allowed()" }),
  },
  {
    name: 'a message that asks who may do what',
    spec: validation({ messageExpression: "authorizer.path('/').check('get').reason()" }),
    want: `spec.validations[0].messageExpression: Invalid value: "authorizer.path('/').check('get').reason()": ${undeclared('authorizer', "authorizer.path('/').check('get').reason()")}`,
  },
  {
    name: 'a validation of any type',
    spec: validation({ expression: 'object.spec.paused' }),
    want: 'spec.validations[0].expression: Invalid value: "object.spec.paused": must evaluate to bool but got dyn',
  },
  {
    name: 'a field that requests lack',
    spec: validation({ expression: "request.user == 'x'" }),
    want: `spec.validations[0].expression: Invalid value: "request.user == 'x'": compilation failed: ERROR: <input>:1:8: undefined field 'user'\n | request.user == 'x'\n | .......^`,
  },
  {
    name: 'values that only mutations make',
    spec: validation({ expression: 'Object{} == Object{}' }),
    want: `spec.validations[0].expression: Invalid value: "Object{} == Object{}": compilation failed: ERROR: <input>:1:7: undeclared reference to 'Object' (in container '')\n | Object{} == Object{}\n | ......^\nERROR: <input>:1:19: undeclared reference to 'Object' (in container '')\n | Object{} == Object{}\n | ..................^`,
  },
] as { name: string; spec: object; want?: string }[]) {
  test(name, () => {
    const found = refusals(validatingAdmissionPolicies, { metadata: { name: 'p' }, spec });
    assert.deepEqual(found, want === undefined ? [] : [want]);
  });
}

const mutation = (patchType: string, field: string, expression: string) => ({
  spec: {
    ...{ ...MATCH, reinvocationPolicy: 'Never' },
    mutations: [{ patchType, [field]: { expression } }],
  },
});

for (const { type, text, want } of [
  { type: 'ApplyConfiguration', text: 'Object{spec: Object.spec{replicas: 1}}' },
  {
    type: 'ApplyConfiguration',
    text: 'Object.spec{replicas: 1}',
    want: 'must evaluate to Object but got Object.spec',
  },
  {
    type: 'ApplyConfiguration',
    text: '{"a": 1}',
    want: 'must evaluate to Object but got map(string, int)',
  },
  { type: 'JSONPatch', text: '[]', want: 'must evaluate to list(JSONPatch) but got list(dyn)' },
  { type: 'JSONPatch', text: "has(object.a) ? [JSONPatch{op: 'remove', path: '/a'}] : []" },
  { type: 'JSONPatch', text: "[JSONPatch{op: 'test', path: '/' + jsonpatch.escapeKey('a/b')}]" },
  {
    type: 'JSONPatch',
    text: '[JSONPatch{op: 1}]',
    want: `compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'\n | [JSONPatch{op: 1}]\n | .............^`,
  },
  {
    type: 'JSONPatch',
    text: 'variables.a',
    want: `compilation failed: ERROR: <input>:1:10: undefined field 'a'\n | variables.a\n | .........^`,
  },
]) {
  test(`${type} by ${text}`, () => {
    const field = type === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration';
    const found = refusals(mutatingAdmissionPolicies, mutation(type, field, text));
    const shown = JSON.stringify(text);
    const path = `spec.mutations[0].${field}.expression: Invalid value: ${shown}`;
    assert.deepEqual(found, want === undefined ? [] : [`${path}: ${want}`]);
  });
}

test('a webhook that is asked under a condition', () => {
  const webhook = {
    name: 'check.hooks.example',
    clientConfig: { url: 'https://hooks.example' },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    matchConditions: [
      { name: 'a', expression: "request.userInfo.username != 'x'" },
      { name: 'b', expression: 'params == null' },
    ],
  };
  assert.deepEqual(refusals(validatingWebhookConfigurations, { webhooks: [webhook] }), [
    `webhooks[0].matchConditions[1].expression: Invalid value: "params == null": ${undeclared('params', 'params == null')}`,
  ]);
});

test('mutations of what is deleted', () => {
  const { spec } = mutation('ApplyConfiguration', 'applyConfiguration', 'Object{}');
  const rules = ['CREATE', 'DELETE'].map((operation) => ({ ...RULE, operations: [operation] }));
  const matchConstraints = { resourceRules: rules };
  assert.deepEqual(refusals(mutatingAdmissionPolicies, { spec: { ...spec, matchConstraints } }), [
    'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
  ]);
});
