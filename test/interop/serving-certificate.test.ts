import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keepCertified, renewalAt, type Validity } from '../../src/agent/serving-certificate.ts';
import { certificateSigningRequests } from '../../src/api/generated/certificates/v1/resources.ts';
import type { CertificateSigningRequest } from '../../src/api/generated/certificates/v1/types.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createCertificate } from '../../src/cmd/certificate.ts';
import {
  createCertificateRequest,
  readCertificateRequest,
} from '../../src/cmd/certificate-request.ts';
import { startVirtualApi } from '../support/virtual-api.ts';

// Goal: a node asks for its certificate until it has one, whatever is answered, and for the next one
// before that ends; and it never asks in a rush.

const DAY_MS = 86_400_000;
const LIFE_MS = 2 * DAY_MS;
const MINUTES_MS = 10 * 60_000;
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const subject = { commonName: 'system:node:a', organizations: ['system:nodes'] };
const pem = createCertificateRequest({ subject, names: ['a'], ...keys });
const certificate = createCertificate(
  {
    subject,
    subjectKey: readCertificateRequest(pem).publicKey,
    serial: systemRandom.bytes(16),
    notBefore: systemClock.now(),
    notAfter: systemClock.now() + DAY_MS,
  },
  { name: { commonName: 'ca' }, ...keys },
);

test('asks again after a refusal, takes what is issued, and renews it in time', async () => {
  const api = await startVirtualApi();
  const { clock, client } = api;
  const used: number[] = [];
  const store = {
    validity: undefined as Validity | undefined,
    request: () => ({ request: pem, key: 'key' }),
    use({ cert }: { cert: string }) {
      assert.equal(cert, certificate);
      used.push(clock.now());
      store.validity = { notBefore: clock.now(), notAfter: clock.now() + LIFE_MS };
    },
  };
  const stop = new AbortController();
  const running = keepCertified(api, store, stop.signal);

  const pending = async (): Promise<CertificateSigningRequest[]> => {
    await clock.advance(10);
    const { items } = await client.list(certificateSigningRequests);
    return items.filter(({ status }) => !status.conditions?.length);
  };
  const decide = async (request: CertificateSigningRequest, type: 'Approved' | 'Denied') => {
    const conditions = [{ type, status: 'True', reason: 'Test', message: 'said the test' }];
    const decided = { ...request, status: { conditions } };
    const options = { subresource: 'approval' };
    return client.update(certificateSigningRequests, decided, options);
  };
  const issue = async (request: CertificateSigningRequest) => {
    const { status, ...rest } = await decide(request, 'Approved');
    const base64 = Buffer.from(certificate).toString('base64');
    const issued = { ...rest, status: { ...status, certificate: base64 } };
    await client.update(certificateSigningRequests, issued, { subresource: 'status' });
    await clock.advance(10);
  };

  const [first] = await pending();
  assert.equal(first!.spec.signerName, 'kubernetes.io/kubelet-serving');
  await decide(first!, 'Denied');
  await clock.advance(500);
  assert.deepEqual(await pending(), [], 'it waits before it asks again');
  await clock.advance(1_000);
  const [second] = await pending();
  await issue(second!);
  assert.equal(used.length, 1);

  await clock.advance(LIFE_MS * 0.69);
  let [third] = await pending();
  assert.equal(third, undefined);
  for (let share = 0.69; !third && share < 0.91; share += MINUTES_MS / LIFE_MS) {
    await clock.advance(MINUTES_MS);
    [third] = await pending();
  }
  await issue(third!);
  assert.equal(used.length, 2);

  stop.abort();
  await running;
  api.close();
});

test('the time of renewal is by chance in the last third', () => {
  const life = { notBefore: 1000, notAfter: 2000 };
  assert.deepEqual(
    [0, 0.5, 1].map((share) => renewalAt(life, share)),
    [1700, 1800, 1900],
  );
});
