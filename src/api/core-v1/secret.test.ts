import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { secrets } from './secret.ts';

// Goal: what each type of secret has to hold, and what of one never changes.

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('text is taken in, and a type filled in', () => {
  const secret = made(secrets, {
    stringData: { a: 'x' },
    data: { a: base64('old'), b: base64('y') },
  });
  assert.deepEqual(secret.data, { a: base64('x'), b: base64('y') });
  assert.equal(secret.stringData, undefined);
  assert.equal(secret.type, 'Opaque');
});

for (const { name, body, want } of [
  { name: 'anything', body: { data: { a: 'eA==' } }, want: [] },
  {
    name: 'a certificate without its key',
    body: { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    want: ['data[tls.key]: Required value'],
  },
  {
    name: 'settings of docker that are no JSON',
    body: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('[1]') } },
    want: [
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
  },
  {
    name: 'a login with a name alone',
    body: { type: 'kubernetes.io/basic-auth', data: { username: 'eA==' } },
    want: [],
  },
  {
    name: 'a token of nobody',
    body: { type: 'kubernetes.io/service-account-token' },
    want: ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  },
  {
    name: 'a login by a key that it has not',
    body: { type: 'kubernetes.io/ssh-auth' },
    want: ['data[ssh-privatekey]: Required value'],
  },
]) {
  test(`holds ${name}`, () => assert.deepEqual(refusals(secrets, body), want));
}

test('its type stays, and what is sealed', () => {
  const previous = made(secrets, { immutable: true, data: { a: 'eA==' } });
  assert.deepEqual(changed(secrets, previous, { type: 'x/y' }).errors, [
    'type: Invalid value: "x/y": field is immutable',
  ]);
  assert.deepEqual(changed(secrets, previous, { data: { a: 'eQ==' } }).errors, [
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
});

test('cells count, and show nothing', () => {
  const cells = cellsOf(secrets, made(secrets, { data: { a: 'eA==' } }));
  assert.deepEqual(cells, { Name: 'x', Type: 'Opaque', Data: 1, Age: '2m' });
});
