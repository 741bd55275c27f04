import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from '../cli/command.ts';
import { dataFolderAt } from './data-folder.ts';
import { assertFitsNode, assertRoot } from './machine-check.ts';
import { missingParts } from './system-parts.ts';

const packages = (...found: string[]): string[] =>
  missingParts(false, (path) => found.includes(path)).map((part) => part.package);

const ALL = [
  '/usr/bin/containerd',
  '/usr/sbin/runc',
  '/usr/lib/cni/bridge',
  '/usr/sbin/nft',
  '/sbin/ip',
  '/usr/sbin/conntrack',
  '/bin/busybox',
];

test('nothing is missing, wherever it is', () => {
  assert.deepEqual(packages(...ALL), []);
  assert.deepEqual(
    packages(...ALL.slice(1), '/usr/local/bin/containerd', '/opt/cni/bin/bridge'),
    [],
  );
});

test('what is missing is named by its package', () => {
  assert.deepEqual(packages(...ALL.slice(3)), [
    'containerd',
    'runc',
    'containernetworking-plugins',
  ]);
});

test('root it must be', () => {
  assertRoot(0);
  for (const user of [1000, undefined, -1]) {
    if (user !== undefined) assert.throws(() => assertRoot(user), CommandError);
  }
});

test('a path that is too long for sockets', () => {
  assertFitsNode(dataFolderAt(`/${'x'.repeat(60)}`));
  assert.throws(() => assertFitsNode(dataFolderAt(`/${'x'.repeat(90)}`)), {
    name: 'CommandError',
    message: /is too long for the sockets in it$/,
  });
});

test('who has a runtime needs none', () => {
  assert.deepEqual(
    missingParts(true, (path) => ALL.slice(3).includes(path)),
    [],
  );
});
