import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { KeptCertificates } from './kept-certificates.ts';
import { Pki } from './pki.ts';

// Goal: a process that runs for years never shows a certificate that has run out.

const DAY_MS = 86_400_000;
const wanted = { subject: { commonName: 'api' }, usages: ['server'] } as const;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'));
  folders.push(folder);
  const clock = new VirtualClock();
  const pki = new Pki(folder, clock, seededRandom(1));
  return { clock, pki, certificates: new KeptCertificates(pki, { clock, logger: silentLogger }) };
}

test('each certificate is replaced before it has run out, year after year', async () => {
  const { clock, certificates } = setUp();
  const kept = certificates.keep('api', wanted);
  let inUse = kept.current;
  kept.follow((pair) => {
    inUse = pair;
  });
  let changes = 0;
  for (let day = 0; day < 3 * 365; day++) {
    const before = inUse;
    await clock.advance(DAY_MS);
    if (inUse !== before) changes++;
    const left = Date.parse(new X509Certificate(inUse.cert).validTo) - clock.now();
    assert.ok(left > 70 * DAY_MS, `day ${day}: ${left / DAY_MS} days left`);
  }
  assert.equal(changes, 3);
  certificates.stop();
});

test('one that can’t be put to use is tried again, and keeps no other from it', async () => {
  const { clock, certificates } = setUp();
  const used: string[] = [];
  let fails = true;
  certificates.keep('first', wanted).follow(() => {
    if (fails) throw new Error('the disk is full');
    used.push('first');
  });
  certificates.keep('second', wanted).follow(() => used.push('second'));
  await clock.advance(300 * DAY_MS);
  assert.deepEqual(used, ['second']);
  fails = false;
  await clock.advance(DAY_MS);
  assert.deepEqual(used, ['second', 'first']);
  certificates.stop();
});
