import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError, type StatusReason } from '../machinery/status.ts';
import { adviceOnRefusal } from './apply-advice.ts';

const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' };
const typed = 'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ';

for (const { name, reason = 'BadRequest', message, details, want } of [
  {
    name: 'a namespace that is not there',
    reason: 'NotFound',
    message: 'namespaces "shop" not found',
    details: { kind: 'namespaces', name: 'shop' },
    want: 'Create the namespace first: kubectl create namespace shop',
  },
  {
    name: 'a number where a text should stand',
    message: `${typed}.data.x: expected string, got &value.valueUnstructured{Value:1}`,
    want: 'Put the value of data.x in quotes: "1".',
  },
  {
    name: 'a slip of the fingers',
    message: `${typed}.spec.replica: field not declared in schema`,
    want: 'Did you mean "replicas"?',
  },
  {
    name: 'one within a list',
    message: `${typed}.spec.template.spec.containers[name="a.b"].imagee: field not declared in schema`,
    want: 'Did you mean "image"?',
  },
  {
    name: 'one that strict decoding found',
    message: 'strict decoding error: unknown field "spec.template.sepc"',
    want: 'Did you mean "spec"?',
  },
  {
    name: 'a field that is like no other',
    message: `${typed}.spec.colour: field not declared in schema`,
    want: 'Mend the manifest, then apply it again. What was applied before it stays.',
  },
] satisfies {
  name: string;
  reason?: StatusReason;
  message: string;
  details?: object;
  want: string;
}[]) {
  test(name, async () => {
    const error = new StatusError(reason as StatusReason, message, details);
    assert.equal(await adviceOnRefusal(error, deployment), want);
  });
}
