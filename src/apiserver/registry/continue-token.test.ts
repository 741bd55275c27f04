import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { refusal } from '../testing.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';

// Goal: a list goes on where it stopped, and no token of a client's own making leads elsewhere.

const tokenOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const invalid = 'invalid continue token: continue key is not valid';

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9-]{1,20}(\/[a-z0-9-]{1,20})?$/),
      fc.option(fc.integer({ min: 1, max: 2 ** 50 }), { nil: undefined }),
      (after, revision) => {
        const continuation = { after, revision };
        assert.deepEqual(decodeContinue(encodeContinue(continuation)), continuation);
      },
    ),
    { seed: 1 },
  );
});

test('a token of kube-apiserver names the first key that comes', () => {
  const token = tokenOf({ v: 'meta.k8s.io/v1', rv: 7, start: 'default/web-1\u0000' });
  assert.deepEqual(decodeContinue(token), { after: 'default/web-1', revision: 7 });
});

for (const { name, token, message } of [
  {
    name: 'no base64',
    token: 'ab=c',
    message: `${invalid}: illegal base64 data at input byte 2`,
  },
  {
    name: 'a digit of base64 too many',
    token: 'abcde',
    message: `${invalid}: illegal base64 data at input byte 4`,
  },
  {
    name: 'no JSON',
    token: 'eHg',
    message: `${invalid}: invalid character 'x' looking for beginning of value`,
  },
  {
    name: 'a list',
    token: tokenOf([]),
    message: `${invalid}: json: cannot unmarshal array into Go value of type storage.continueToken`,
  },
  {
    name: 'a version that is a number',
    token: tokenOf({ v: 1 }),
    message: `${invalid}: json: cannot unmarshal number into Go struct field continueToken.v of type string`,
  },
  {
    name: 'a revision that is a fraction',
    token: tokenOf({ v: 'meta.k8s.io/v1', rv: 1.5 }),
    message: `${invalid}: json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64`,
  },
  {
    name: 'nothing',
    token: tokenOf(null),
    message: `${invalid}: server does not recognize this encoded version `,
  },
  {
    name: 'another version',
    token: tokenOf({ v: 'v0', rv: 1, start: 'a' }),
    message: `${invalid}: server does not recognize this encoded version v0`,
  },
  {
    name: 'no revision',
    token: tokenOf({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }),
    message: `${invalid}: incorrect encoded start resourceVersion (version meta.k8s.io/v1)`,
  },
  {
    name: 'no key',
    token: tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '' }),
    message: `${invalid}: encoded start key empty (version meta.k8s.io/v1)`,
  },
  {
    name: 'a key outside',
    token: tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/a' }),
    message: `${invalid}: ../secrets/a`,
  },
  {
    name: 'a key that is not clean',
    token: tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: 'a//b' }),
    message: `${invalid}: a//b`,
  },
]) {
  test(`refused: ${name}`, () => {
    assert.throws(() => decodeContinue(token), refusal(400, message));
  });
}
