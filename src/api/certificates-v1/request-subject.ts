import { requestBytes } from './pem.ts';

const ORGANIZATION = Buffer.from([0x55, 0x04, 0x0a]); // 2.5.4.10
const OBJECT_IDENTIFIER = 0x06;

/** The organizations that a request for a certificate (RFC 2986) names its subject by; base64. */
export function organizationsIn(base64: string): string[] {
  try {
    const [request] = valuesIn(requestBytes(base64));
    const [info] = valuesIn(request!.contents);
    const [, subject] = valuesIn(info!.contents);
    return valuesIn(subject!.contents).flatMap(({ contents }) => valuesIn(contents).flatMap(named));
  } catch {
    return []; // Whoever signs finds it unreadable, too.
  }
}

function named(attribute: Value): string[] {
  const [type, value] = valuesIn(attribute.contents);
  const isName = type?.tag === OBJECT_IDENTIFIER && type.contents.equals(ORGANIZATION);
  return isName && value ? [value.contents.toString()] : [];
}

interface Value {
  readonly tag: number;
  readonly contents: Buffer;
}

/** The values in DER (X.690) that stand one after another. Throws RangeError where they end early. */
function valuesIn(bytes: Buffer): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at + 1);
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
    const size = sizeBytes === 0 ? first : bytes.readUIntBE(at + 2, sizeBytes);
    const begin = at + 2 + sizeBytes;
    if (begin + size > bytes.length) throw new RangeError('a value ends early');
    values.push({ tag: bytes.readUInt8(at), contents: bytes.subarray(begin, begin + size) });
    at = begin + size;
  }
  return values;
}
