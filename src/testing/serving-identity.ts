import { generateKeyPairSync } from 'node:crypto';
import type { TlsOptions } from '../apiserver/http/listen.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { createCertificate } from '../cmd/certificate.ts';
import { pemOf, serialFrom } from '../cmd/pki.ts';

const DAY_MS = 86_400_000;
const AUTHORITY = { commonName: 'tutti-testing-ca' };
const NAMES = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default.svc'];

/** What a server on loopback shows of itself, with an authority of its own; good for a day. */
export function makeServingIdentity(clock: Clock, random: Random): TlsOptions {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serving = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: AUTHORITY, ...authority };
  const life = { notBefore: clock.now() - DAY_MS, notAfter: clock.now() + DAY_MS };
  const ca = createCertificate(
    {
      ...life,
      subject: AUTHORITY,
      subjectKey: authority.publicKey,
      serial: serialFrom(random),
      isAuthority: true,
    },
    issuer,
  );
  const cert = createCertificate(
    {
      ...life,
      subject: { commonName: 'kube-apiserver' },
      subjectKey: serving.publicKey,
      serial: serialFrom(random),
      usages: ['server'],
      names: NAMES,
    },
    issuer,
  );
  return { ca, cert, key: pemOf(serving.privateKey) };
}
