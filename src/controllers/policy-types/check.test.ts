import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ValidatingAdmissionPolicy } from '../../api/generated/admissionregistration/v1/types.ts';
import { checkTypes } from './check.ts';

// Goal: what an expression can't do with the objects that its policy names is told, kind by kind.

const APPS = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'] };
const deployments = { ...APPS, resources: ['deployments'] };

for (const { name, rules = [deployments], spec, want } of [
  { name: 'fields that are there', spec: { expression: 'object.spec.replicas < 5' }, want: [] },
  {
    name: 'a field that is not there',
    spec: { expression: 'object.spec.replica < 5' },
    want: [
      [
        'spec.validations[0].expression',
        "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'\n | object.spec.replica < 5\n | ...........^\n",
      ],
    ],
  },
  {
    name: 'a number that is compared with a text, in a message',
    spec: {
      expression: 'true',
      messageExpression: "object.spec.replicas == 'a' ? 'a' : 'b'",
    },
    want: [
      [
        'spec.validations[0].messageExpression',
        "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(int, string)'\n | object.spec.replicas == 'a' ? 'a' : 'b'\n | .....................^\n",
      ],
    ],
  },
  {
    name: 'two kinds of which one has the field',
    rules: [{ ...APPS, resources: ['deployments', 'daemonsets', 'deployments/scale'] }],
    spec: { expression: 'object.spec.replicas < 5' },
    want: [
      [
        'spec.validations[0].expression',
        "apps/v1, Kind=DaemonSet: ERROR: <input>:1:12: undefined field 'replicas'\n | object.spec.replicas < 5\n | ...........^\n",
      ],
    ],
  },
  {
    name: 'whatever there is',
    rules: [{ ...deployments, resources: ['*'] }],
    spec: { expression: 'object.ghost == 1' },
    want: [],
  },
  {
    name: 'amounts, selectors and maps',
    spec: {
      expression:
        "object.spec.template.spec.containers.all(c, c.resources.limits['cpu'] != '1' && c.image.startsWith('a')) && object.metadata.labels.app == 'x' && object.metadata.creationTimestamp < timestamp('2026-01-01T00:00:00Z')",
    },
    want: [],
  },
]) {
  test(name, () => {
    const matchConstraints = { resourceRules: rules };
    const policy = { spec: { matchConstraints, validations: [spec] } };
    const warnings = checkTypes(policy as unknown as ValidatingAdmissionPolicy);
    assert.deepEqual(
      warnings.map(({ fieldRef, warning }) => [fieldRef, warning]),
      want,
    );
  });
}
