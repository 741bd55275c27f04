import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { formatIp } from '../base/ip.ts';
import type { RequestFacts } from '../controllers/certificate-signing/rules.ts';
import {
  alternativeNames,
  type DistinguishedName,
  ECDSA_WITH_SHA256,
  nameOf,
  publicKeyInfo,
  toPem,
} from './certificate.ts';
import {
  bits,
  contextual,
  type DerValue,
  integer,
  oid,
  readAllDer,
  readDer,
  readOid,
  sequence,
  setOf,
} from './der.ts';

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const ALTERNATIVE_NAMES = '2.5.29.17';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const [DNS_TAG, ADDRESS_TAG] = [0x82, 0x87];

/** What a certificate is asked for, with the key that it shall be for: on the curve P-256. */
export interface CertificateWish {
  readonly subject: DistinguishedName;
  readonly names: readonly string[];
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A request for a certificate (PKCS #10, RFC 2986), as PEM. */
export function createCertificateRequest(wish: CertificateWish): string {
  const { subject, names, privateKey, publicKey } = wish;
  const extensions = sequence(alternativeNames(names));
  const info = sequence(
    integer(Buffer.from([0])),
    nameOf(subject),
    publicKeyInfo(publicKey),
    contextual(0, sequence(oid(EXTENSION_REQUEST), setOf(extensions))),
  );
  const signature = sign('sha256', info, privateKey);
  return toPem('CERTIFICATE REQUEST', sequence(info, ECDSA_WITH_SHA256, bits(signature)));
}

/** A request that was read, and the key that it is for. */
export interface ReadRequest extends RequestFacts {
  readonly publicKey: KeyObject;
}

/**
 * Reads a request (PEM). Throws when it isn't one, or isn't signed with the key that it names:
 * whoever asks has to have that key.
 */
export function readCertificateRequest(pem: string): ReadRequest {
  const base64 = /-----BEGIN CERTIFICATE REQUEST-----([\s\S]*?)-----END/.exec(pem)?.[1];
  const request = readDer(Buffer.from(base64 ?? '', 'base64'));
  const [info, algorithm, signature] = readAllDer(request.contents);
  const [, subject, key, attributes] = readAllDer(partOf(info));
  const publicKey = createPublicKey({ key: wholeOf(key), format: 'der', type: 'spki' });
  const [id] = readAllDer(partOf(algorithm));
  const hash = id && HASHES[readOid(id)];
  const bytes = partOf(signature).subarray(1); // After the count of unused bits, of which none are.
  if (hash === undefined || !verify(hash, wholeOf(info), publicKey, bytes)) {
    throw new RangeError('the request is not signed with its own key');
  }
  return { ...subjectOf(partOf(subject)), ...namesOf(attributes), publicKey };
}

const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256', // ECDSA
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256', // RSA
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null, // Ed25519, which hashes by itself
};

function subjectOf(name: Buffer): Pick<RequestFacts, 'commonName' | 'organizations'> {
  const attributes = readAllDer(name)
    .flatMap(({ contents }) => readAllDer(contents))
    .map(({ contents }) => readAllDer(contents))
    .map(([type, value]) => ({ type: type && readOid(type), text: partOf(value).toString() }));
  const all = (wanted: string) => attributes.filter(({ type }) => type === wanted);
  return {
    commonName: all(COMMON_NAME).at(-1)?.text ?? '',
    organizations: all(ORGANIZATION).map(({ text }) => text),
  };
}

function namesOf(
  attributes: DerValue | undefined,
): Pick<RequestFacts, 'hosts' | 'addresses' | 'hasOtherNames'> {
  const names = readAllDer(attributes?.contents ?? Buffer.alloc(0))
    .map(({ contents }) => readAllDer(contents))
    .filter(([type]) => type && readOid(type) === EXTENSION_REQUEST)
    .flatMap(([, set]) => readAllDer(partOf(set)))
    .flatMap(({ contents }) => readAllDer(contents))
    .map(({ contents }) => readAllDer(contents))
    .filter(([id]) => id && readOid(id) === ALTERNATIVE_NAMES)
    .flatMap((extension) => readAllDer(readDer(partOf(extension.at(-1))).contents));
  const known = [DNS_TAG, ADDRESS_TAG];
  return {
    hosts: names.filter(({ tag }) => tag === DNS_TAG).map(({ contents }) => contents.toString()),
    addresses: names.filter(({ tag }) => tag === ADDRESS_TAG).map(addressOf),
    hasOtherNames: names.some(({ tag }) => !known.includes(tag)),
  };
}

function addressOf({ contents }: DerValue): string {
  const value = BigInt(`0x${contents.toString('hex') || '0'}`);
  return formatIp({ family: contents.length === 4 ? 4 : 6, value });
}

function partOf(value: DerValue | undefined): Buffer {
  if (value === undefined) throw new RangeError('the request lacks a part');
  return value.contents;
}

function wholeOf(value: DerValue | undefined): Buffer {
  if (value === undefined) throw new RangeError('the request lacks a part');
  return value.whole;
}
