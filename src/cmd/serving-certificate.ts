import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServingStore, Validity } from '../agent/serving-certificate.ts';
import { type Clock, parseTime } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { createCertificate } from './certificate.ts';
import { createCertificateRequest } from './certificate-request.ts';
import { type KeyPair, pemOf, readKeyPair, serialFrom, standsFor, writeKeyPair } from './pki.ts';

/** As whom a node serves. */
export interface ServingIdentity {
  readonly nodeName: string;
  readonly addresses: readonly string[];
  /** The cluster's authority, PEM: what others have signed counts for nothing. */
  readonly ca: string;
}

/** The certificate of a node that is not beside the cluster's authority, kept in a folder. */
export interface ServingFiles extends ServingStore {
  /** What to serve with now: until the cluster has signed one, one that nobody will accept. */
  readonly current: KeyPair;
  /** Has each later one handed to `use`. */
  follow(use: (pair: KeyPair) => void): void;
}

const NAME = 'serving';
const DAY_MS = 86_400_000;

/** Opens the folder, which is made if need be and readable by its owner alone. */
export function openServingFiles(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  folder: string,
  { nodeName, addresses, ca }: ServingIdentity,
): ServingFiles {
  const pki = join(folder, 'pki');
  mkdirSync(pki, { recursive: true, mode: 0o700 });
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  const names = [nodeName, ...addresses];
  const kept = readKeyPair(pki, NAME);
  let onUse = (_: KeyPair): void => {};
  const isGood = kept && isFor(kept, ca, names) && validityOf(kept.cert).notAfter > clock.now();
  return {
    current: isGood ? kept : selfSigned({ clock, random }, subject),
    validity: isGood ? validityOf(kept.cert) : undefined,
    follow(use) {
      onUse = use;
    },
    request() {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const request = createCertificateRequest({ subject, names, privateKey, publicKey });
      return { request, key: pemOf(privateKey) };
    },
    use(pair) {
      if (!isFor(pair, ca, names)) throw new Error("the certificate isn't what was asked for");
      writeKeyPair(pki, NAME, pair);
      Object.assign(this, { current: pair, validity: validityOf(pair.cert) });
      onUse(pair);
    },
  };
}

/** Whether it is for this key and these names, and signed by the authority. */
function isFor({ cert, key }: KeyPair, ca: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(cert);
  return (
    certificate.checkPrivateKey(createPrivateKey(key)) &&
    certificate.verify(new X509Certificate(ca).publicKey) &&
    names.every((name) => standsFor(certificate, name))
  );
}

function validityOf(cert: string): Validity {
  const { validFrom, validTo } = new X509Certificate(cert);
  return { notBefore: parseTime(validFrom) ?? 0, notAfter: parseTime(validTo) ?? 0 };
}

function selfSigned(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  subject: { readonly commonName: string },
): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = clock.now();
  const contents = {
    subject,
    subjectKey: publicKey,
    serial: serialFrom(random),
    notBefore: now,
    notAfter: now + DAY_MS,
    usages: ['server'] as const,
  };
  const cert = createCertificate(contents, { name: subject, privateKey, publicKey });
  return { cert, key: pemOf(privateKey) };
}
