import assert from 'node:assert/strict';
import { test } from 'node:test';
import { made, refusals } from '../fixture.ts';
import { serviceAccounts } from './service-account.ts';

// Goal: an account has nothing to get wrong, and says so when it lists secrets of old.

test('nothing is refused', () => {
  assert.deepEqual(refusals(serviceAccounts, { secrets: [{ name: 'a' }] }), []);
});

test('the answer to its deletion is the account', () => {
  assert.equal(serviceAccounts.deleteAnswersObject, true);
  assert.equal(made(serviceAccounts, {}).kind, 'ServiceAccount');
});
