import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { before, test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { objectCodec } from '../encoding/json.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: a token is for the account that is meant, and bound to what is the account's.

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let heart: TestHeart;

before(async () => {
  const clock = new VirtualClock();
  const store = createMemoryStore(objectCodec);
  const accountTokens = new ServiceAccountTokens(store, clock, async () => privateKey);
  heart = await createTestHeart({ clock, store, accountTokens });
  for (const name of ['a', 'default']) {
    await heart.send({ ...accounts, verb: 'create', body: { metadata: { name } } });
  }
  const spec = { containers: [{ name: 'main', image: 'x' }] };
  const body = { metadata: { name: 'p' }, spec };
  await heart.send({ plural: 'pods', namespace: 'default', verb: 'create', body });
});

const accounts = { plural: 'serviceaccounts', namespace: 'default' } as const;
const OTHER_UID = 'other';

for (const { name, metadata, bound, code, want } of [
  {
    name: 'another account of the name',
    metadata: { uid: OTHER_UID },
    code: 409,
    want: /^Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "a": the UID in the token request \(other\) does not match the UID of the service account/,
  },
  {
    name: 'a pod of another account',
    bound: { kind: 'Pod', apiVersion: 'v1', name: 'p' },
    code: 400,
    want: /^cannot bind token for serviceaccount "a" to pod running with different serviceaccount name\.$/,
  },
  {
    name: 'another pod of the name',
    metadata: { account: 'default' },
    bound: { kind: 'Pod', name: 'p', uid: OTHER_UID },
    code: 409,
    want: /^Operation cannot be fulfilled on Pod "p": the UID in the bound object reference \(other\)/,
  },
  {
    name: 'what tokens are not bound to',
    bound: { kind: 'Odd', apiVersion: 'v1', name: 'p' },
    code: 400,
    want: /object of type \/v1, Kind=Odd$/,
  },
  {
    name: 'a kind by the name of what every object has',
    bound: { kind: 'constructor', apiVersion: 'v1', name: 'p' },
    code: 400,
    want: /object of type \/v1, Kind=constructor$/,
  },
] as readonly {
  name: string;
  metadata?: { uid?: string; account?: string };
  bound?: object;
  code: number;
  want: RegExp;
}[]) {
  test(`no token for ${name}`, async () => {
    const { account = 'a', ...rest } = metadata ?? {};
    const body = { metadata: rest, spec: { ...(bound && { boundObjectRef: bound }) } };
    const request = { ...accounts, verb: 'create', subresource: 'token', name: account } as const;
    await assert.rejects(heart.send({ ...request, body }), refusal(code, want));
  });
}

test('no token with options that are none', async () => {
  const request = { ...accounts, verb: 'create', subresource: 'token', name: 'a' } as const;
  const asked = heart.answer({ ...request, body: {}, options: { dryRun: ['Some'] } });
  await assert.rejects(asked, refusal(422, /^CreateOptions\.meta\.k8s\.io "" is invalid: dryRun/));
});
