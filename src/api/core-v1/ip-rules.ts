import { type Cidr, type IpAddress, isInNetwork, parseCidr, parseIp } from '../../base/ip.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';

const networks = (...texts: string[]): readonly Cidr[] => texts.map((text) => parseCidr(text)!);

/** Addresses that mean something only on the machine or link they are used on. */
const SPECIAL: readonly { networks: readonly Cidr[]; detail: string }[] = [
  {
    networks: networks('127.0.0.0/8', '::1/128'),
    detail: 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  },
  {
    networks: networks('169.254.0.0/16', 'fe80::/10'),
    detail: 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  },
  {
    networks: networks('224.0.0.0/24', 'ff02::/16'),
    detail: 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  },
];

const isIn = (all: readonly Cidr[], address: IpAddress): boolean =>
  all.some((network) => network.address.family === address.family && isInNetwork(network, address));

/** An address that traffic can be sent to from anywhere. */
export function validateOrdinaryIp(text: string, path: FieldPath): FieldError[] {
  const address = parseIp(text, { leadingZeros: true });
  if (!address) return [invalid(path, text, 'must be a valid IP address')];
  if (address.value === 0n) return [invalid(path, text, `may not be unspecified (${text})`)];
  return SPECIAL.filter((range) => isIn(range.networks, address)).map(({ detail }) =>
    invalid(path, text, detail),
  );
}
