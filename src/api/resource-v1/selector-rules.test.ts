import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '../fixture.ts';
import { deviceClasses } from './device-class.ts';
import { resourceClaims } from './resource-claim.ts';
import { resourceClaimTemplates } from './resource-claim-template.ts';
import { loadSelectorCheck } from './selector-rules.ts';

// Goal: devices are selected by expressions, or not at all.

const cel = (expression: string) => ({ cel: { expression } });
await loadSelectorCheck([cel('')]);

const AT = 'spec.selectors[0].cel.expression';
const refusalsOf = (expression: string) =>
  refusals(deviceClasses, { metadata: { name: 'c' }, spec: { selectors: [cel(expression)] } });

for (const text of [
  'true',
  'device.driver == "press.example"',
  'device.allowMultipleAllocations',
  'device.attributes["press.example"].isFast',
  'device.attributes["press.example"].speed > 5 && "x" in device.attributes',
  'device.capacity["press.example"].ink.compareTo(quantity("1Gi")) >= 0',
  'cel.bind(own, device.attributes["press.example"], own.isFast && own.size == 3)',
  'device.attributes["press.example"].version.isGreaterThan(semver("1.0.0"))',
])
  test(`selects by ${text}`, () => assert.deepEqual(refusalsOf(text), []));

for (const { text, want } of [
  { text: '1 + 1', want: 'must evaluate to bool or the unknown type, not int' },
  { text: 'dyn(true)', want: 'must evaluate to bool or the unknown type, not dyn' },
  {
    text: 'device.attributes["x"]',
    want: 'must evaluate to bool or the unknown type, not map(string, any)',
  },
  {
    text: 'device.colour == "red"',
    want: 'compilation failed: ERROR: <input>:1:7: undefined field \'colour\'\n | device.colour == "red"\n | ......^',
  },
  {
    text: 'object.x',
    want: "compilation failed: ERROR: <input>:1:1: undeclared reference to 'object' (in container '')\n | object.x\n | ^",
  },
])
  test(`refuses ${text}`, () => {
    const shown = JSON.stringify(text);
    assert.deepEqual(refusalsOf(text), [`${AT}: Invalid value: ${shown}: ${want}`]);
  });

test('claims and their templates select alike', () => {
  const exactly = { deviceClassName: 'c', selectors: [cel('1')] };
  const devices = { requests: [{ name: 'r', exactly }] };
  const why = 'must evaluate to bool or the unknown type, not int';
  const text = `devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: "1": ${why}`;
  assert.deepEqual(refusals(resourceClaims, { spec: { devices } }), [`spec.${text}`]);
  const spec = { spec: { devices } };
  assert.deepEqual(refusals(resourceClaimTemplates, { spec }), [`spec.spec.${text}`]);
});
