import { DecodeError } from './decode-error.ts';

/**
 * Base64 text (RFC 4648) in its canonical form. Line breaks are allowed, as Go allows them. Throws
 * DecodeError with the place of the first byte that doesn't fit.
 */
export function canonicalBase64(text: string): string {
  // Node decodes whatever it gets: what it gives back unchanged was canonical.
  const canonical = Buffer.from(text, 'base64').toString('base64');
  if (canonical === text) return text;
  const corrupt = corruptByte(Buffer.from(text));
  if (corrupt !== undefined) {
    throw new DecodeError(`illegal base64 data at input byte ${corrupt}`);
  }
  return canonical;
}

const [LINE_FEED, CARRIAGE_RETURN, PADDING] = [10, 13, 61];
const DIGITS = new Set(Buffer.from(`${letters('A')}${letters('a')}0123456789+/`));

function letters(first: string): string {
  return Array.from({ length: 26 }, (_, i) => String.fromCharCode(first.charCodeAt(0) + i)).join(
    '',
  );
}

const isBreak = (byte: number | undefined): boolean =>
  byte === LINE_FEED || byte === CARRIAGE_RETURN;

/** Where Go's decoder stops, if it does. It reads quanta of four digits, the last one padded. */
function corruptByte(bytes: Uint8Array): number | undefined {
  let digits = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (isBreak(byte)) continue;
    if (byte === PADDING) return corruptPadding(bytes, at, digits);
    if (!DIGITS.has(byte)) return at;
    digits = (digits + 1) % 4;
  }
  return digits === 0 ? undefined : bytes.length - digits;
}

function corruptPadding(bytes: Uint8Array, first: number, digits: number): number | undefined {
  if (digits < 2) return first;
  let at = afterBreaks(bytes, first + 1);
  if (digits === 2) {
    if (at === bytes.length) return at;
    if (bytes[at] !== PADDING) return at - 1;
    at = afterBreaks(bytes, at + 1);
  }
  return at < bytes.length ? at : undefined;
}

function afterBreaks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isBreak(bytes[at])) at++;
  return at;
}
