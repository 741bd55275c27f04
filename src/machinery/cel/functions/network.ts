import {
  type Cidr,
  formatCidr,
  formatIp,
  type IpAddress,
  isInNetwork,
  isMapped,
  networkOf,
  parseCidr,
  parseIp,
} from '../../../base/ip.ts';
import { quote } from '../../quote.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, isError, noSuchOverload, Opaque, type Value } from '../values.ts';
import { addressProblem } from './address-problems.ts';

class IpValue extends Opaque {
  readonly typeName = 'net.IP';
  readonly address: IpAddress;

  constructor(address: IpAddress) {
    super();
    this.address = address;
  }

  get byteSize(): number {
    return this.address.family === 4 ? 4 : 16;
  }

  equals({ address }: IpValue): boolean {
    return this.address.family === address.family && this.address.value === address.value;
  }

  override toString(): string {
    return formatIp(this.address);
  }
}

class CidrValue extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly cidr: Cidr;

  constructor(cidr: Cidr) {
    super();
    this.cidr = cidr;
  }

  get byteSize(): number {
    return Math.ceil(this.cidr.prefixLength / 8);
  }

  equals(other: CidrValue): boolean {
    return String(this) === String(other);
  }

  override toString(): string {
    return formatCidr(this.cidr);
  }
}

function readIp(text: string): IpValue | CelError {
  const zone = text.indexOf('%');
  if (zone > 0 && parseIp(text.slice(0, zone))?.family === 6) {
    return new CelError(`IP address ${quote(text)} with zone value is not allowed`);
  }
  const address = parseIp(text);
  if (address === undefined) {
    const problem = `ParseAddr(${quote(text)}): ${addressProblem(text)}`;
    return new CelError(
      `IP Address ${quote(text)} parse error during conversion from string: ${problem}`,
    );
  }
  if (isMapped(address)) {
    return new CelError(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`);
  }
  return new IpValue(address);
}

const CIDR_ERROR = 'network address parse error during conversion from string: ';

function cidrProblem(text: string): string {
  if (!text.includes('/')) return "no '/'";
  const [address = '', bits = ''] = [
    text.slice(0, text.lastIndexOf('/')),
    text.slice(text.lastIndexOf('/') + 1),
  ];
  if (address.includes('%')) return 'IPv6 zones cannot be present in a prefix';
  if (parseIp(address) === undefined) {
    return `ParseAddr(${quote(address)}): ${addressProblem(address)}`;
  }
  return /^(?:0|[1-9]\d*)$/.test(bits)
    ? 'prefix length out of range'
    : `bad bits after slash: ${quote(bits)}`;
}

function readCidr(text: string): CidrValue | CelError {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    const problem = `netip.ParsePrefix(${quote(text)}): ${cidrProblem(text)}`;
    return new CelError(`${CIDR_ERROR}${CIDR_ERROR}${problem}`);
  }
  if (isMapped(cidr.address)) {
    return new CelError(`${CIDR_ERROR}IPv4-mapped IPv6 address ${quote(text)} is not allowed`);
  }
  return new CidrValue(cidr);
}

const containsIp = ({ cidr }: CidrValue, { address }: IpValue): boolean =>
  cidr.address.family === address.family && isInNetwork(cidr, address);
const containsCidr = (outer: CidrValue, inner: CidrValue): boolean =>
  outer.cidr.prefixLength <= inner.cidr.prefixLength &&
  containsIp(outer, new IpValue(inner.cidr.address));

function containsIpText(network: CidrValue, text: string): Value {
  const address = readIp(text);
  return isError(address) ? noSuchOverload() : containsIp(network, address);
}

function containsCidrText(network: CidrValue, text: string): Value {
  const inner = readCidr(text);
  return isError(inner) ? inner : containsCidr(network, inner);
}

/** Whether the address is in one of the ranges for IPv4, or for IPv6. */
const isWithin =
  (...ranges: readonly string[]) =>
  ({ address }: IpValue): boolean =>
    ranges.some((range) => {
      const cidr = parseCidr(range)!;
      return cidr.address.family === address.family && isInNetwork(cidr, address);
    });

const isUnspecified = isWithin('0.0.0.0/32', '::/128');
const isLoopback = isWithin('127.0.0.0/8', '::1/128');
const isLinkLocalMulticast = isWithin('224.0.0.0/24', 'ff02::/16');
const isLinkLocalUnicast = isWithin('169.254.0.0/16', 'fe80::/10');
const isMulticast = isWithin('224.0.0.0/4', 'ff00::/8');
const isBroadcast = isWithin('255.255.255.255/32');
const isGlobalUnicast = (address: IpValue): boolean =>
  ![isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast, isBroadcast].some((is) =>
    is(address),
  );

function isCanonical(text: string): Value {
  const address = readIp(text);
  return isError(address) ? address : String(address) === text;
}

/** Addresses and networks: `ip('10.0.0.1')`, `cidr('10.0.0.0/8')`. */
export const networkFunctions: readonly Overload[] = [
  overload('ip', 'string_to_ip', '(string) IP', readIp),
  overload('ip', 'cidr_ip', 'CIDR.() IP', ({ cidr }: CidrValue) => new IpValue(cidr.address)),
  overload('ip.isCanonical', 'ip_is_canonical', '(string) bool', isCanonical),
  overload('isIP', 'is_ip', '(string) bool', (text: string) => !isError(readIp(text))),
  overload('family', 'ip_family', 'IP.() int', ({ address }: IpValue) => BigInt(address.family)),
  overload('isUnspecified', 'ip_is_unspecified', 'IP.() bool', isUnspecified),
  overload('isLoopback', 'ip_is_loopback', 'IP.() bool', isLoopback),
  overload(
    'isLinkLocalMulticast',
    'ip_is_link_local_multicast',
    'IP.() bool',
    isLinkLocalMulticast,
  ),
  overload('isLinkLocalUnicast', 'ip_is_link_local_unicast', 'IP.() bool', isLinkLocalUnicast),
  overload('isGlobalUnicast', 'ip_is_global_unicast', 'IP.() bool', isGlobalUnicast),
  overload('string', 'ip_to_string', '(IP) string', String),
  overload('cidr', 'string_to_cidr', '(string) CIDR', readCidr),
  overload('isCIDR', 'is_cidr', '(string) bool', (text: string) => !isError(readCidr(text))),
  overload('containsIP', 'cidr_contains_ip_string', 'CIDR.(string) bool', containsIpText),
  overload('containsIP', 'cidr_contains_ip_ip', 'CIDR.(IP) bool', containsIp),
  overload('containsCIDR', 'cidr_contains_cidr_string', 'CIDR.(string) bool', containsCidrText),
  overload('containsCIDR', 'cidr_contains_cidr', 'CIDR.(CIDR) bool', containsCidr),
  overload(
    'masked',
    'cidr_masked',
    'CIDR.() CIDR',
    ({ cidr }: CidrValue) => new CidrValue({ ...cidr, address: networkOf(cidr) }),
  ),
  overload('prefixLength', 'cidr_prefix_length', 'CIDR.() int', ({ cidr }: CidrValue) =>
    BigInt(cidr.prefixLength),
  ),
  overload('string', 'cidr_to_string', '(CIDR) string', String),
];
