import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../machinery/object.ts';
import type { ResourceDefinition } from '../definition.ts';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { loadCompiler } from './compiling.ts';
import { mutatingAdmissionPolicies } from './mutating-admission-policy.ts';
import { mutatingAdmissionPolicyBindings } from './mutating-admission-policy-binding.ts';
import { validatingAdmissionPolicies } from './validating-admission-policy.ts';
import { validatingAdmissionPolicyBindings } from './validating-admission-policy-binding.ts';

// Goal: policies and their bindings are whole, and their expressions are some.

await loadCompiler();

const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const MATCH = { resourceRules: [RULE] };
const MATCHED = {
  resourceRules: [{ ...RULE, scope: '*' }],
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
};
const CHECK = { matchConstraints: MATCH, validations: [{ expression: 'true' }] };
const APPLY = { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } };
const CHANGE = { matchConstraints: MATCH, mutations: [APPLY], reinvocationPolicy: 'Never' };

const ANNOTATION_KEYS = Array.from({ length: 21 }, (_, i) => `k${i}`);

test('what policies and bindings leave out', () => {
  const policy = made(validatingAdmissionPolicies, { spec: CHECK });
  const binding = made(mutatingAdmissionPolicyBindings, { spec: { matchResources: MATCH } });
  assert.deepEqual(policy.spec, { ...CHECK, failurePolicy: 'Fail', matchConstraints: MATCHED });
  assert.deepEqual(binding.spec, { matchResources: MATCHED });
});

interface Row {
  readonly name: string;
  readonly spec: object;
  readonly want: readonly string[];
}

function refuse<T extends KubeObject>(definition: ResourceDefinition<T>, rows: readonly Row[]) {
  for (const { name, spec, want } of rows) {
    test(`a ${definition.kind} with ${name}`, () =>
      assert.deepEqual(refusals(definition, { metadata: { name: 'x' }, spec }), want));
  }
}

refuse(validatingAdmissionPolicies, [
  { name: 'a check', spec: CHECK, want: [] },
  {
    name: 'nothing',
    spec: {},
    want: [
      'spec.matchConstraints: Required value',
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
  },
  {
    name: 'rules that name an object twice',
    spec: {
      ...CHECK,
      matchConstraints: {
        resourceRules: [],
        excludeResourceRules: [{ ...RULE, resourceNames: ['a', 'a', 'b/c'] }],
      },
    },
    want: [
      'spec.matchConstraints.excludeResourceRules[0].resourceNames[1]: Duplicate value: "a"',
      'spec.matchConstraints.excludeResourceRules[0].resourceNames[2]: Invalid value: "b/c": may not contain \'/\'',
      'spec.matchConstraints.resourceRules: Required value',
    ],
  },
  {
    name: 'empty choices',
    spec: { ...CHECK, failurePolicy: '', matchConstraints: { ...MATCH, matchPolicy: '' } },
    want: [
      'spec.failurePolicy: Unsupported value: "": supported values: "Fail", "Ignore"',
      'spec.matchConstraints.matchPolicy: Unsupported value: "": supported values: "Equivalent", "Exact"',
    ],
  },
  {
    name: 'too many annotations',
    spec: {
      matchConstraints: MATCH,
      auditAnnotations: ANNOTATION_KEYS.map((key) => ({ key, valueExpression: 'null' })),
    },
    want: [
      `spec.auditAnnotations: Invalid value: [${ANNOTATION_KEYS.map((key) => `{"Key":"${key}","ValueExpression":"null"}`).join(',')}]: must not have more than 20 auditAnnotations`,
    ],
  },
  {
    name: 'odd validations',
    spec: {
      ...CHECK,
      validations: [
        { expression: ' ', message: ' ', messageExpression: ' ', reason: 'Odd' },
        { expression: 'true', message: 'a\nb' },
      ],
    },
    want: [
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].reason: Unsupported value: "Odd": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      'spec.validations[1].message: Invalid value: "a\\nb": must not contain line breaks',
    ],
  },
  {
    name: 'odd variables',
    spec: { ...CHECK, variables: [{}, { name: 'a-b', expression: '1' }, { name: 'null' }] },
    want: [
      'spec.variables[0].name: Required value: name is not specified',
      'spec.variables[0].expression: Required value: expression is not specified',
      'spec.variables[1].name: Invalid value: "a-b": must be a valid CEL identifier',
      'spec.variables[2].name: Invalid value: "null": must be a valid CEL identifier',
      'spec.variables[2].expression: Required value: expression is not specified',
    ],
  },
  {
    name: 'odd annotations',
    spec: {
      matchConstraints: MATCH,
      auditAnnotations: [
        { key: 'a' },
        { key: 'a', valueExpression: "'b'" },
        { key: 'c', valueExpression: 'd'.repeat(5121) },
      ],
    },
    want: [
      'spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified',
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
      'spec.auditAnnotations[2].valueExpression: Required value: must not exceed 5120 bytes in length',
    ],
  },
  ...[
    { apiVersion: '', kind: '', want: ['apiVersion: Required value', 'kind: Required value'] },
    {
      apiVersion: 'a/b/c',
      kind: 'Pear',
      want: ['apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    },
    {
      apiVersion: 'a/',
      kind: 'Pear',
      want: ['apiVersion: Invalid value: "a/": version must be specified'],
    },
    { apiVersion: 'pears.example/v1', kind: 'Pear', want: [] },
  ].map(({ want, ...paramKind }) => ({
    name: `parameters of ${paramKind.apiVersion} ${paramKind.kind}`,
    spec: { ...CHECK, paramKind },
    want: want.map((text) => `spec.paramKind.${text}`),
  })),
]);

refuse(mutatingAdmissionPolicies, [
  { name: 'a change', spec: CHANGE, want: [] },
  {
    name: 'nothing',
    spec: {},
    want: [
      'spec.matchConstraints: Required value',
      'spec.mutations: Required value: mutations must contain at least one item',
      'spec.reinvocationPolicy: Required value',
    ],
  },
  {
    name: 'odd changes',
    spec: {
      ...CHANGE,
      mutations: [
        { patchType: 'Odd' },
        { patchType: 'JSONPatch' },
        { ...APPLY, applyConfiguration: {}, jsonPatch: { expression: '[]' } },
      ],
    },
    want: [
      'spec.mutations[0].patchType: Unsupported value: "Odd": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.mutations[1].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      'spec.mutations[2].applyConfiguration.expression: Required value: expression is not specified',
      'spec.mutations[2].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration',
    ],
  },
]);

const DENY = { policyName: 'p', validationActions: ['Deny'] };

refuse(validatingAdmissionPolicyBindings, [
  { name: 'an action', spec: DENY, want: [] },
  {
    name: 'nothing',
    spec: {},
    want: [
      'spec.policyName: Required value',
      'spec.validationActions: Required value: at least one validation action is required',
    ],
  },
  {
    name: 'too many actions',
    spec: { ...DENY, validationActions: ['Deny', 'Warn', 'Warn', 'Odd'] },
    want: [
      'spec.validationActions[2]: Duplicate value: "Warn"',
      'spec.validationActions[3]: Unsupported value: "Odd": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Odd"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  },
  {
    name: 'parameters by name and by labels',
    spec: { ...DENY, paramRef: { name: 'n', selector: {}, parameterNotFoundAction: 'Odd' } },
    want: [
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Odd": supported values: "Deny", "Allow"',
    ],
  },
  {
    name: 'no parameters',
    spec: { ...DENY, paramRef: {} },
    want: [
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
    ],
  },
]);

test("a policy's warnings say where and what", () => {
  const previous = made(validatingAdmissionPolicies, { spec: CHECK });
  const status = { typeChecking: { expressionWarnings: [{ fieldRef: ' ' }] } };
  assert.deepEqual(changed(validatingAdmissionPolicies, previous, { status }, 'status').errors, [
    'status.typeChecking.expressionWarnings[0].warning: Required value',
    'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
  ]);
});

for (const { paramRef, want } of [
  { paramRef: undefined, want: '<unset>' },
  { paramRef: { name: 'limits', namespace: 'orchard' }, want: 'orchard/limits' },
  { paramRef: { name: 'limits' }, want: '*/limits' },
  {
    paramRef: {
      selector: {
        matchLabels: { q: 'r', p: 'q' },
        matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }],
      },
    },
    want: '&LabelSelector{MatchLabels:map[string]string{p: q,q: r,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:a,Operator:In,Values:[b c],},},}',
  },
]) {
  test(`a binding's parameters show as ${want}`, () => {
    const binding = made(mutatingAdmissionPolicyBindings, { spec: { policyName: 'p', paramRef } });
    const { PolicyName, ParamRef } = cellsOf(mutatingAdmissionPolicyBindings, binding);
    assert.deepEqual([PolicyName, ParamRef], ['p', want]);
  });
}

test('cells', () => {
  const paramKind = { apiVersion: 'pears.example/v1', kind: 'Pear' };
  const check = made(validatingAdmissionPolicies, { spec: { ...CHECK, paramKind } });
  const cells = cellsOf(validatingAdmissionPolicies, check);
  assert.deepEqual([cells.Validations, cells.ParamKind], [1, 'pears.example/v1/Pear']);
  const change = cellsOf(
    mutatingAdmissionPolicies,
    made(mutatingAdmissionPolicies, { spec: CHANGE }),
  );
  assert.deepEqual([change.Mutations, change.ParamKind], [1, '<unset>']);
});
