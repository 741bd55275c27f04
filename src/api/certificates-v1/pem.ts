import { X509Certificate } from 'node:crypto';

/** One block of a PEM text (RFC 7468). */
interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

const BLOCK = /-----BEGIN ([^-\n]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

function blocksOf(base64: string): PemBlock[] {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  return [...text.matchAll(BLOCK)].map(([, type = '', body = '']) => ({
    type,
    hasHeaders: body.includes(':'),
    bytes: Buffer.from(body, 'base64'),
  }));
}

const REQUEST = 'CERTIFICATE REQUEST';
const CERTIFICATE = 'CERTIFICATE';

/** What keeps the bytes from being a request for a certificate, if anything does. */
export function requestProblem(base64: string): string | undefined {
  const block = blocksOf(base64)[0];
  if (block?.type !== REQUEST) return `PEM block type must be ${REQUEST}`;
  return isSequence(block.bytes) ? undefined : 'asn1: structure error: sequence tag mismatch';
}

/** What is in the block of a request for a certificate; nothing where there is none. */
export const requestBytes = (base64: string): Buffer =>
  blocksOf(base64)[0]?.bytes ?? Buffer.alloc(0);

/** What keeps the bytes from being certificates, if anything does. No bytes are none, and fine. */
export function certificateProblem(base64: string | undefined): string | undefined {
  if (!base64) return undefined;
  const blocks = blocksOf(base64);
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== CERTIFICATE) {
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    }
    if (hasHeaders) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(bytes);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return undefined;
}

const SEQUENCE = 0x30;
const LONG_FORM = 0x80;

/** Whether the bytes are one sequence in DER and nothing else: who signs looks into it. */
function isSequence(bytes: Buffer): boolean {
  if (bytes.length < 2 || bytes[0] !== SEQUENCE) return false;
  const first = bytes[1]!;
  if (first < LONG_FORM) return bytes.length === first + 2;
  const size = first - LONG_FORM;
  if (size === 0 || size > 4 || bytes.length < 2 + size) return false;
  return bytes.length === 2 + size + bytes.readUIntBE(2, size);
}
