import { type Cidr, isInNetwork, parseCidr, parseIp, unmapped } from '../../base/ip.ts';

const network = (text: string): Cidr => parseCidr(text)!;

// Unspecified, loopback, link-local, multicast, broadcast.
const SPECIAL = [
  '0.0.0.0/32',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
].map(network);

/** Whether the text is an address that stands for one machine, and not for whoever asks. */
export function isGlobalUnicast(text: string): boolean {
  const parsed = parseIp(text, { leadingZeros: true });
  if (parsed === undefined) return false;
  const address = unmapped(parsed);
  return !SPECIAL.some((special) => isInNetwork(special, address));
}
