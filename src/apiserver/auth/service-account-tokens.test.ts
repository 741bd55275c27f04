import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createTestHeart } from '../testing.ts';
import { DEFAULT_ISSUER, ServiceAccountTokens } from './service-account-tokens.ts';

// Goal: a token is good for as long as it says and as what it stands for is there, and no other is.

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const HOUR_SECONDS = 3600;

async function start() {
  const clock = new VirtualClock();
  const heart = await createTestHeart({ clock });
  const at = { plural: 'serviceaccounts', namespace: 'default', name: 'a' };
  const { metadata } = await heart.send({
    ...at,
    verb: 'create',
    name: undefined,
    body: { metadata: { name: 'a' } },
  } as never);
  const tokens = new ServiceAccountTokens(heart.store, clock, async () => privateKey);
  const issue = async (more: object = {}) => {
    const { token } = await tokens.issue({
      namespace: 'default',
      serviceAccount: { name: 'a', uid: metadata.uid },
      audiences: [DEFAULT_ISSUER],
      expirationSeconds: HOUR_SECONDS,
      id: 'one',
      ...more,
    });
    return token;
  };
  return { clock, heart, tokens, issue, at };
}

test('a token names its account, its groups and itself', async () => {
  const { tokens, issue } = await start();
  const user = await tokens.authenticate(await issue());
  assert.equal(user?.name, 'system:serviceaccount:default:a');
  assert.deepEqual(user?.groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:default',
    'system:authenticated',
  ]);
  assert.deepEqual(user?.extra, { 'authentication.kubernetes.io/credential-id': ['JTI=one'] });
});

test('a token ends when it says', async () => {
  const { clock, tokens, issue } = await start();
  const token = await issue();
  await clock.advance(HOUR_SECONDS * 1000 - 1);
  assert.ok(await tokens.authenticate(token));
  await clock.advance(1);
  assert.equal(await tokens.authenticate(token), undefined);
});

test('a token ends with its account, even when another of the name comes', async () => {
  const { heart, tokens, issue, at } = await start();
  const token = await issue();
  assert.ok(await tokens.authenticate(token));
  await heart.send({ ...at, verb: 'delete' });
  assert.equal(await tokens.authenticate(token), undefined);
  await heart.send({ ...at, name: undefined, verb: 'create', body: { metadata: { name: 'a' } } });
  assert.equal(await tokens.authenticate(token), undefined);
});

test('a token ends with what it is bound to', async () => {
  const { heart, tokens, issue } = await start();
  const secrets = { plural: 'secrets', namespace: 'default' };
  const made = { ...secrets, verb: 'create', body: { metadata: { name: 's' } } } as const;
  const { metadata } = await heart.send(made);
  const token = await issue({ bound: { kind: 'Secret', name: 's', uid: metadata.uid } });
  assert.ok(await tokens.authenticate(token));
  await heart.send({ ...secrets, verb: 'delete', name: 's' });
  assert.equal(await tokens.authenticate(token), undefined);
});

test('a token for others is none for us', async () => {
  const { tokens, issue } = await start();
  const token = await issue({ audiences: ['vault'] });
  assert.equal(await tokens.authenticate(token), undefined);
  assert.deepEqual((await tokens.review(token, ['vault', 'x']))?.audiences, ['vault']);
});

test('what is not signed by us is nobody', async () => {
  const { tokens, issue } = await start();
  const [head, body, signature = ''] = (await issue()).split('.');
  const forged = `${head}.${body}.${signature.slice(0, -4)}AAAA`;
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  for (const token of [forged, none, 'a.b.c', 'rubbish', '']) {
    assert.equal(await tokens.authenticate(token), undefined, token);
  }
});
