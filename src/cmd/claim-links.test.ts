import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { releaseClaim, takeClaim } from './claim-links.ts';

const parent = mkdtempSync(join(tmpdir(), 'claim-links-'));
after(() => rmSync(parent, { recursive: true }));
const linkOf = (name: string): string => join(parent, name, 'claim');

test('a claim is had by who holds on to it', () => {
  const link = linkOf('held');
  assert.equal(takeClaim(link, '/first', assert.fail), undefined);
  assert.equal(takeClaim(link, '/first', assert.fail), undefined);
  assert.equal(
    takeClaim(link, '/second', () => true),
    '/first',
  );
  assert.equal(
    takeClaim(link, '/second', () => false),
    undefined,
  );
  assert.equal(readlinkSync(link), '/second');
  assert.deepEqual(readdirSync(join(parent, 'held')), ['claim']);
});

test('of two that find a void claim at once one has it', () => {
  const link = linkOf('void');
  takeClaim(link, '/void', assert.fail);
  const holder = takeClaim(link, '/second', (each) => {
    if (each === '/first') return true;
    rmSync(link);
    symlinkSync('/first', link); // Now, between the look and the taking.
    return false;
  });
  assert.equal(holder, '/first');
  assert.equal(readlinkSync(link), '/first');
});

test('a claim is given back by who has it', () => {
  const link = linkOf('back');
  takeClaim(link, '/first', assert.fail);
  releaseClaim(link, '/second');
  assert.equal(readlinkSync(link), '/first');
  releaseClaim(link, '/first');
  assert.deepEqual(readdirSync(parent).includes('back'), false);
});
