import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReference, parseReference, shortReference } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

// Goal: the same full names as container runtimes make of what people write.
for (const [name, want] of [
  ['hello', 'docker.io/library/hello:latest'],
  ['hello:1', 'docker.io/library/hello:1'],
  ['me/hello', 'docker.io/me/hello:latest'],
  ['docker.io/hello', 'docker.io/library/hello:latest'],
  ['index.docker.io/hello', 'docker.io/library/hello:latest'],
  ['localhost/hello', 'localhost/hello:latest'],
  ['localhost:5000/a/b:v1', 'localhost:5000/a/b:v1'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
  [`a.b/c@${DIGEST}`, `a.b/c@${DIGEST}`],
  [`a.b/c:d@${DIGEST}`, `a.b/c:d@${DIGEST}`],
  ['a/b-c__d.e', 'docker.io/a/b-c__d.e:latest'],
] as const) {
  test(`${name} is ${want}`, () => assert.equal(formatReference(parseReference(name)!), want));
}

for (const name of [
  '',
  'Hello',
  'a b',
  'hello:',
  ':1',
  'a//b',
  '-a',
  'a@sha256:12',
  'a:b:c',
  '/a',
  'a/',
]) {
  test(`"${name}" is no image name`, () => assert.equal(parseReference(name), undefined));
}

test('people see the short form', () => {
  assert.equal(shortReference('docker.io/library/hello:1'), 'hello:1');
  assert.equal(shortReference('docker.io/me/hello:1'), 'me/hello:1');
  assert.equal(shortReference('tutti.local/pause:1'), 'tutti.local/pause:1');
});
