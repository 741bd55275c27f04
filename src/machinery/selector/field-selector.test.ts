import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldSelector } from './field-selector.ts';

const POD: Readonly<Record<string, string>> = { 'metadata.name': 'a,b', 'status.phase': 'Running' };
const read = (field: string): string => POD[field] ?? '';

// Goal: field selectors select and print as in Kubernetes.
for (const { text, want, printed = text } of [
  { text: '', want: true },
  { text: ',,', want: true, printed: '' },
  { text: '=,!=', want: true, printed: '' },
  { text: 'status.phase=Running', want: true },
  { text: 'status.phase==Running', want: true, printed: 'status.phase=Running' },
  { text: 'status.phase!=Running', want: false },
  { text: 'spec.nodeName=', want: true },
  { text: 'metadata.name=a\\,b', want: true },
  { text: 'z=1,metadata.name=a\\,b', want: false, printed: 'metadata.name=a\\,b,z=1' },
  { text: '=a', want: false },
]) {
  test(`selects by ${JSON.stringify(text)}`, () => {
    const selector = FieldSelector.parse(text);
    assert.equal(selector.matches(read), want);
    assert.equal(selector.toString(), printed);
  });
}

for (const { text, want } of [
  { text: 'x', want: "invalid selector: 'x'; can't understand 'x'" },
  {
    text: 'metadata.name in (a)',
    want: "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'",
  },
  { text: 'a=b=c', want: 'invalid field selector: unescaped character in value: 61' },
  { text: 'a=\\b', want: 'invalid field selector: invalid escape sequence: \\b' },
  { text: 'a=b\\', want: 'invalid field selector: invalid escape sequence: \\' },
]) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => FieldSelector.parse(text), { reason: 'BadRequest', message: want });
  });
}

test('knows the value a field must have', () => {
  const selector = FieldSelector.parse('metadata.name=web,status.phase!=Running');
  assert.equal(selector.exactValueOf('metadata.name'), 'web');
  assert.equal(selector.exactValueOf('status.phase'), undefined);
});
