import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, refusal } from '../testing.ts';
import { allowAll } from './authorizer.ts';
import { componentAuthorizer } from './component-authorizer.ts';
import { impersonated } from './impersonation.ts';

// Goal: who may act for others is taken for them, whole, and nobody else is.

for (const { name, headers, user } of [
  { name: 'nobody', headers: {}, user: ADMIN },
  {
    name: 'a user',
    headers: { 'impersonate-user': 'pia' },
    user: { name: 'pia', groups: ['system:authenticated'] },
  },
  {
    name: 'a user with groups, uid and extra',
    headers: {
      'impersonate-user': 'pia',
      'impersonate-group': 'a, b',
      'impersonate-uid': 'u',
      'impersonate-extra-farm%2fside': 'west',
    },
    user: {
      name: 'pia',
      groups: ['a', 'b', 'system:authenticated'],
      uid: 'u',
      extra: { 'farm/side': ['west'] },
    },
  },
  {
    name: 'a user with an extra whose key is not encoded well',
    headers: { 'impersonate-user': 'pia', 'impersonate-extra-100%': 'a' },
    user: { name: 'pia', groups: ['system:authenticated'], extra: { '100%': ['a'] } },
  },
  {
    name: 'an account',
    headers: { 'impersonate-user': 'system:serviceaccount:n:default' },
    user: {
      name: 'system:serviceaccount:n:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
    },
  },
  {
    name: 'nobody in particular',
    headers: { 'impersonate-user': 'system:anonymous' },
    user: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  },
]) {
  test(`acts for ${name}`, () => {
    assert.deepEqual(impersonated(ADMIN, headers, allowAll), user);
  });
}

const pia = { name: 'pia', groups: ['system:authenticated'] };

for (const { headers, message } of [
  {
    headers: { 'impersonate-user': 'admin' },
    message:
      'users "admin" is forbidden: User "pia" cannot impersonate resource "users" in API group "" at the cluster scope',
  },
  {
    headers: { 'impersonate-user': 'system:serviceaccount:n:a' },
    message:
      'serviceaccounts "a" is forbidden: User "pia" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "n"',
  },
]) {
  test(`refused: ${message}`, () => {
    assert.throws(() => impersonated(pia, headers, componentAuthorizer), refusal(403, message));
  });
}

test('groups of nobody are refused', () => {
  assert.throws(
    () => impersonated(ADMIN, { 'impersonate-group': 'a' }, allowAll),
    refusal(400, 'requested impersonation of groups, uid or extra without impersonating a user'),
  );
});
