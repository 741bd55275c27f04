import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Pki } from './pki.ts';

const DAY_MS = 86_400_000;
const server = {
  subject: { commonName: 'api' },
  usages: ['server'],
  names: ['localhost', '127.0.0.1', '::1', 'kubernetes.default'],
} as const;
const admin = {
  subject: { commonName: 'admin', organizations: ['system:masters', 'b'] },
  usages: ['client'],
} as const;

const folder = () => mkdtempSync(join(tmpdir(), 'pki-'));

test('certificates are signed by the authority and stand for their names', () => {
  const pki = new Pki(folder(), new VirtualClock(), seededRandom(1));
  const ca = new X509Certificate(pki.ca);
  const certificate = new X509Certificate(pki.keyPair('server', server).cert);
  assert.ok(ca.ca && ca.verify(ca.publicKey));
  assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  assert.ok(certificate.checkHost('kubernetes.default') && certificate.checkIP('::1'));
  assert.equal(certificate.checkHost('elsewhere'), undefined);
});

test('a user is named by the subject', () => {
  const pki = new Pki(folder(), new VirtualClock(), seededRandom(1));
  const { subject } = new X509Certificate(pki.keyPair('admin', admin).cert);
  assert.deepEqual(subject.split('\n').sort(), ['CN=admin', 'O=b', 'O=system:masters']);
});

test('a restart finds what was made', () => {
  const path = folder();
  const first = new Pki(path, new VirtualClock(), seededRandom(1));
  const made = first.keyPair('server', server);
  const second = new Pki(path, new VirtualClock(), seededRandom(2));
  assert.equal(second.ca, first.ca);
  assert.deepEqual(second.keyPair('server', server), made);
  assert.deepEqual(readdirSync(path).sort(), ['ca.crt', 'ca.key', 'server.crt', 'server.key']);
});

test('a certificate is made anew for another name, and before it runs out', async () => {
  const clock = new VirtualClock();
  const pki = new Pki(folder(), clock, seededRandom(1));
  const made = pki.keyPair('server', server);
  const more = { ...server, names: [...server.names, '10.0.0.1'] };
  const wider = pki.keyPair('server', more);
  assert.notEqual(wider.cert, made.cert);
  await clock.advance(200 * DAY_MS);
  assert.equal(pki.keyPair('server', more).cert, wider.cert);
  await clock.advance(100 * DAY_MS);
  assert.notEqual(pki.keyPair('server', more).cert, wider.cert);
});
