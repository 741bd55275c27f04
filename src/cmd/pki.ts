import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { parseTime } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { type CertificateContents, createCertificate, type Issuer } from './certificate.ts';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
/** Clocks of machines differ a little. */
const BACKDATED_MS = 5 * 60_000;
/** A certificate is made anew when less than this part of its life is left. */
const RENEWAL_SHARE = 0.2;

/** As whom the API server calls the agents of nodes. */
export const AGENT_CLIENT = 'kube-apiserver-kubelet-client';

/** A certificate with its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate shall be for. */
export type Wanted = Pick<CertificateContents, 'subject' | 'usages' | 'names'>;

/**
 * The certificates of a cluster, kept in a folder: made when they are first asked for, used again
 * after a restart, renewed in time. Whoever has the folder has the cluster.
 */
export class Pki {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #issuer: Issuer;
  /** The certificate of the cluster's authority, PEM. */
  readonly ca: string;

  constructor(folder: string, clock: Clock, random: Random) {
    this.#folder = folder;
    this.#clock = clock;
    this.#random = random;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { cert, key } = this.#read('ca') ?? this.#makeAuthority();
    const privateKey = createPrivateKey(key);
    this.ca = cert;
    this.#issuer = {
      name: AUTHORITY,
      privateKey,
      publicKey: createPublicKey(privateKey),
    };
  }

  /** A certificate by the name of its file; made anew when it isn't what is wanted, or runs out. */
  keyPair(name: string, wanted: Wanted): KeyPair {
    const kept = this.#read(name);
    if (kept && this.#isStillGood(kept.cert, wanted)) return kept;
    return this.#write(name, this.issue(wanted));
  }

  /** A certificate with a new key, which is kept by whoever asked for it. */
  issue(wanted: Wanted): KeyPair {
    const { privateKey, publicKey } = newKey();
    const cert = createCertificate(this.#contents(wanted, publicKey, LEAF_DAYS), this.#issuer);
    return { cert, key: pemOf(privateKey) };
  }

  /** A certificate for a key that its owner keeps. */
  certify(wanted: Wanted, publicKey: KeyObject, seconds: number): string {
    return createCertificate(
      this.#contents(wanted, publicKey, seconds / DAY_SECONDS),
      this.#issuer,
    );
  }

  /** The RSA key that signs the tokens of service accounts. */
  async serviceAccountKey(): Promise<KeyObject> {
    const path = join(this.#folder, 'service-account.key');
    if (existsSync(path)) return createPrivateKey(readFileSync(path));
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    writeWhole(path, pemOf(privateKey));
    return privateKey;
  }

  #makeAuthority(): KeyPair {
    const { privateKey, publicKey } = newKey();
    const wanted = { subject: AUTHORITY };
    const contents = this.#contents(wanted, publicKey, AUTHORITY_DAYS);
    const issuer = { name: AUTHORITY, privateKey, publicKey };
    const cert = createCertificate({ ...contents, isAuthority: true }, issuer);
    return this.#write('ca', { cert, key: pemOf(privateKey) });
  }

  #contents(wanted: Wanted, subjectKey: KeyObject, days: number): CertificateContents {
    const serial = serialFrom(this.#random);
    const notBefore = this.#clock.now() - BACKDATED_MS;
    const notAfter = this.#clock.now() + days * DAY_MS;
    return { ...wanted, subjectKey, serial, notBefore, notAfter };
  }

  #isStillGood(pem: string, { subject, names = [] }: Wanted): boolean {
    const certificate = new X509Certificate(pem);
    const from = parseTime(certificate.validFrom) ?? 0;
    const to = parseTime(certificate.validTo) ?? 0;
    if (to - this.#clock.now() < (to - from) * RENEWAL_SHARE) return false;
    const lines = certificate.subject.split('\n');
    const wanted = [
      `CN=${subject.commonName}`,
      ...(subject.organizations ?? []).map((organization) => `O=${organization}`),
    ];
    if (lines.length !== wanted.length || !wanted.every((line) => lines.includes(line)))
      return false;
    return names.every((name) => standsFor(certificate, name));
  }

  #read = (name: string): KeyPair | undefined => readKeyPair(this.#folder, name);

  #write(name: string, pair: KeyPair): KeyPair {
    writeKeyPair(this.#folder, name, pair);
    return pair;
  }
}

/** Whether a certificate is for a host name or an address. */
export const standsFor = (certificate: X509Certificate, name: string): boolean =>
  (name.includes(':') || /^[\d.]+$/.test(name)
    ? certificate.checkIP(name)
    : certificate.checkHost(name)) !== undefined;

/** A number by which no other certificate is known: 16 bytes, positive. */
export function serialFrom(random: Random): Uint8Array {
  const serial = random.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

const pathsOf = (folder: string, name: string) => ({
  cert: join(folder, `${name}.crt`),
  key: join(folder, `${name}.key`),
});

/** A pair that was kept in a folder; undefined when there is none of that name. */
export function readKeyPair(folder: string, name: string): KeyPair | undefined {
  const { cert, key } = pathsOf(folder, name);
  if (!existsSync(cert) || !existsSync(key)) return undefined;
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** Keeps a pair in a folder, readable by its owner alone. */
export function writeKeyPair(folder: string, name: string, pair: KeyPair): void {
  const { cert, key } = pathsOf(folder, name);
  // The key first: a certificate without its key would be of no use after a crash in between.
  writeWhole(key, pair.key);
  writeWhole(cert, pair.cert);
}

const AUTHORITY = { commonName: 'tutti-ca' };

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A private key as PEM. */
export const pemOf = (key: KeyObject): string =>
  key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** Writes a file that is there whole or not at all, readable by its owner alone. */
function writeWhole(path: string, contents: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, contents, { mode: 0o600 });
  renameSync(draft, path);
}
