import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageShape } from '../machinery/shape.ts';
import { podDisruptionBudgets } from './generated/policy/v1/resources.ts';
import { goName, goStruct } from './go-struct.ts';
import { shapeOf } from './shapes.ts';

// Goal: structures print by Go's names, in the order of declaration, with all that is unset.

for (const [name, want] of [
  ['name', 'Name'],
  ['dnsPolicy', 'DNSPolicy'],
  ['apiGroup', 'APIGroup'],
  ['cidrs', 'CIDRs'],
  ['tty', 'TTY'],
  ['fsGroup', 'FSGroup'],
  ['seLinuxOptions', 'SELinuxOptions'],
  ['hostIPC', 'HostIPC'],
  ['selector', 'Selector'],
  ['ports', 'Ports'],
  ['osImage', 'OSImage'],
] as const) {
  test(`${name} is ${want}`, () => assert.equal(goName(name), want));
}

test('what is unset shows', () => {
  const spec = shapeOf(podDisruptionBudgets).fieldsByName.get('spec')!.type as MessageShape;
  const want =
    '{"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":null,"UnhealthyPodEvictionPolicy":null}';
  const value = { selector: { matchLabels: { a: 'b' } }, minAvailable: 1 };
  assert.equal(JSON.stringify(goStruct(spec, value)), want);
});
