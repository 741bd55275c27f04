import {
  type Cidr,
  formatIp,
  type IpAddress,
  isMapped,
  networkOf,
  parseCidr,
  parseIp,
  unmapped,
} from '../../base/ip.ts';
import { type FieldError, invalid } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { quote } from '../quote.ts';

/** How an address prints: an IPv4 address in IPv6 form as IPv4. */
const canonicalIp = (address: IpAddress): string => formatIp(unmapped(address));

function networkText(cidr: Cidr): string {
  const { prefixLength } = cidr;
  const shift = isMapped(cidr.address) ? 96 : 0;
  if (prefixLength < shift) return `${formatIp(networkOf(cidr))}/${prefixLength}`;
  return `${canonicalIp(networkOf(cidr))}/${prefixLength - shift}`;
}

function looseIp(value: string, path: FieldPath): IpAddress | FieldError {
  const address = parseIp(value, { leadingZeros: true });
  const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  return address ?? invalid(path, value, detail);
}

const isError = (result: IpAddress | Cidr | FieldError): result is FieldError => 'reason' in result;

/**
 * An address in a field that is older than today's strict rule: any text that means an address
 * and nothing else, canonical or not. Values in `kept`, those of the stored object, may stay.
 */
export function validateLegacyIp(
  value: string,
  path: FieldPath,
  kept: readonly string[] = [],
): FieldError[] {
  if (kept.includes(value)) return [];
  const address = looseIp(value, path);
  if (isError(address)) return [address];
  if (isMapped(address)) {
    return [invalid(path, value, 'must not be an IPv4-mapped IPv6 address')];
  }
  return parseIp(value) ? [] : [invalid(path, value, 'must not have leading 0s')];
}

/** An address in canonical form. */
export function validateIp(value: string, path: FieldPath): FieldError[] {
  const errors = validateLegacyIp(value, path);
  if (errors.length > 0) return errors;
  const canonical = canonicalIp(parseIp(value)!);
  if (value === canonical) return [];
  return [invalid(path, value, `must be in canonical form (${quote(canonical)})`)];
}

/**
 * A network in a field that is older than today's strict rule; see `validateLegacyIp`.
 */
export function validateLegacyCidr(
  value: string,
  path: FieldPath,
  kept: readonly string[] = [],
): FieldError[] {
  if (kept.includes(value)) return [];
  const loose = parseCidr(value, { leadingZeros: true });
  const error = (detail: string) => [invalid(path, value, detail)];
  if (!loose) return error('must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
  if (!parseCidr(value)) return error('must not have leading 0s in IP or prefix length');
  if (isMapped(loose.address)) return error('must not have an IPv4-mapped IPv6 address');
  if (networkOf(loose).value !== loose.address.value) {
    return error('must not have bits set beyond the prefix length');
  }
  return [];
}

/** A network in canonical form. */
export function validateCidr(value: string, path: FieldPath): FieldError[] {
  const errors = validateLegacyCidr(value, path);
  if (errors.length > 0) return errors;
  const canonical = networkText(parseCidr(value)!);
  if (value === canonical) return [];
  return [invalid(path, value, `must be in canonical form (${quote(canonical)})`)];
}

/** An address with the length of its network, `192.168.1.5/24`, in canonical form. */
export function validateInterfaceAddress(value: string, path: FieldPath): FieldError[] {
  const cidr = parseCidr(value, { leadingZeros: true });
  if (!cidr) {
    const detail = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)';
    return [invalid(path, value, detail)];
  }
  const { address, prefixLength } = cidr;
  const shift = isMapped(address) && prefixLength > 32 ? 96 : 0;
  const canonical = `${canonicalIp(address)}/${prefixLength - shift}`;
  if (value === canonical) return [];
  return [invalid(path, value, `must be in canonical form (${quote(canonical)})`)];
}

/** What to warn of in an accepted address of a legacy field. */
export function ipWarnings(value: string, path: FieldPath): string[] {
  const loose = parseIp(value, { leadingZeros: true });
  if (!loose) return [];
  const canonical = canonicalIp(loose);
  if (!parseIp(value) || isMapped(loose)) {
    const use = `use ${quote(canonical)}`;
    return [`${path}: non-standard IP address ${quote(value)} is invalid: ${use}`];
  }
  if (loose.family === 4 || canonical === value) return [];
  const form = `RFC 5952 canonical format (${quote(canonical)})`;
  return [`${path}: IPv6 address ${quote(value)} should be in ${form}`];
}

/** What to warn of in an accepted network of a legacy field. */
export function cidrWarnings(value: string, path: FieldPath): string[] {
  const loose = parseCidr(value, { leadingZeros: true });
  if (!loose) return [];
  const canonical = quote(networkText(loose));
  const warnings: string[] = [];
  if (networkOf(loose).value !== loose.address.value) {
    const family = unmapped(loose.address).family;
    const single = quote(`${canonicalIp(loose.address)}/${family === 4 ? 32 : 128}`);
    warnings.push(
      `${path}: CIDR value ${quote(value)} is ambiguous in this context (should be ${canonical} or ${single}?)`,
    );
  }
  if (!parseCidr(value) || isMapped(loose.address)) {
    const use = `use ${canonical}`;
    warnings.push(`${path}: non-standard CIDR value ${quote(value)} is invalid: ${use}`);
  }
  if (warnings.length === 0 && loose.address.family === 6 && canonical !== quote(value)) {
    const form = `RFC 5952 canonical format (${canonical})`;
    warnings.push(`${path}: IPv6 CIDR value ${quote(value)} should be in ${form}`);
  }
  return warnings;
}
