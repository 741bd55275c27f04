import { createHash, type KeyObject, sign } from 'node:crypto';
import { parseIp } from '../base/ip.ts';
import { bits, contextual, integer, octets, oid, sequence, setOf, text, time } from './der.ts';

/** Who a certificate is for, or from. */
export interface DistinguishedName {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** What a certificate says. Times are in milliseconds since the epoch. */
export interface CertificateContents {
  readonly subject: DistinguishedName;
  readonly subjectKey: KeyObject;
  readonly serial: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  /** It may sign other certificates. */
  readonly isAuthority?: boolean;
  readonly usages?: readonly ('server' | 'client')[];
  /** Host names and addresses it stands for. */
  readonly names?: readonly string[];
}

/** Who signs. */
export interface Issuer {
  readonly name: DistinguishedName;
  /** A private key on the curve P-256. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** ECDSA with SHA-256, as signed things name it. */
export const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = oid('2.5.4.3');
const ORGANIZATION = oid('2.5.4.10');
const USAGES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** An X.509 certificate (RFC 5280), signed with ECDSA and SHA-256, as PEM. */
export function createCertificate(contents: CertificateContents, issuer: Issuer): string {
  const { subject, subjectKey, serial, notBefore, notAfter } = contents;
  const signed = sequence(
    contextual(0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    ECDSA_WITH_SHA256,
    nameOf(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    nameOf(subject),
    publicKeyInfo(subjectKey),
    contextual(3, sequence(...extensions(contents, issuer))),
  );
  const signature = sign('sha256', signed, issuer.privateKey);
  return toPem('CERTIFICATE', sequence(signed, ECDSA_WITH_SHA256, bits(signature)));
}

/** A public key in DER, with what kind of key it is. */
export const publicKeyInfo = (key: KeyObject): Buffer =>
  key.export({ type: 'spki', format: 'der' });

/** A name in DER: sets of one attribute each; several organizations stand one after another. */
export function nameOf({ commonName, organizations = [] }: DistinguishedName): Buffer {
  const attribute = (type: Buffer, value: string) => setOf(sequence(type, text(value)));
  return sequence(
    ...organizations.map((value) => attribute(ORGANIZATION, value)),
    attribute(COMMON_NAME, commonName),
  );
}

const extension = (id: string, value: Buffer, isCritical = false): Buffer =>
  sequence(oid(id), ...(isCritical ? [TRUE] : []), octets(value));

/** The extension (RFC 5280) for what a certificate stands for: host names and addresses. */
export const alternativeNames = (names: readonly string[]): Buffer =>
  extension('2.5.29.17', sequence(...names.map(alternativeName)));

function extensions(contents: CertificateContents, issuer: Issuer): Buffer[] {
  const { subjectKey, isAuthority = false, usages = [], names = [] } = contents;
  // keyUsage: digitalSignature, or for an authority keyCertSign and cRLSign beside it.
  const keyUsage = isAuthority ? [0x01, 0x86] : [0x07, 0x80];
  const all = [
    extension('2.5.29.15', Buffer.from([0x03, 0x02, ...keyUsage]), true),
    extension('2.5.29.19', sequence(...(isAuthority ? [TRUE] : [])), true),
    extension('2.5.29.14', octets(keyId(subjectKey))),
    extension('2.5.29.35', sequence(contextual(0, keyId(issuer.publicKey), false))),
  ];
  if (usages.length > 0) {
    all.push(extension('2.5.29.37', sequence(...usages.map((usage) => oid(USAGES[usage])))));
  }
  if (names.length > 0) all.push(alternativeNames(names));
  return all;
}

const keyId = (key: KeyObject): Buffer => createHash('sha1').update(publicKeyInfo(key)).digest();

function alternativeName(name: string): Buffer {
  const address = parseIp(name);
  if (address === undefined) return contextual(2, Buffer.from(name), false);
  const digits = address.value.toString(16).padStart(address.family === 4 ? 8 : 32, '0');
  return contextual(7, Buffer.from(digits, 'hex'), false);
}

/** A block of PEM (RFC 7468). */
export function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
