import type { ServiceCIDR } from '../../api/generated/networking/v1/types.ts';
import type { HookContext } from '../registry/hooks.ts';
import { AddressRange } from './address-range.ts';
import type { Family } from './families.ts';

const PREFIX = '/registry/networking.k8s.io/servicecidrs/';

const known = new WeakMap<ServiceCIDR, readonly AddressRange[]>();

/**
 * The networks of a family of which services get addresses now: the server's own, and those of
 * ServiceCIDRs, unless they are on their way out or somebody said that they aren't ready.
 */
export function rangesOf(
  { parts }: HookContext,
  own: readonly AddressRange[],
  family: Family,
): AddressRange[] {
  const ranges = own.filter((range) => range.family === family);
  const snapshot = parts.store.snapshot();
  if (snapshot.count(PREFIX) < 2) return ranges; // The first one tells of the server's own.
  for (const { value } of snapshot.list(PREFIX)) {
    const cidr = value as ServiceCIDR;
    if (!isInUse(cidr)) continue;
    for (const range of rangesIn(cidr)) {
      const isNew = ranges.every(({ text }) => text !== range.text);
      if (range.family === family && isNew) ranges.push(range);
    }
  }
  return ranges;
}

function isInUse({ metadata, status }: ServiceCIDR): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True';
}

function rangesIn(cidr: ServiceCIDR): readonly AddressRange[] {
  let ranges = known.get(cidr);
  if (ranges === undefined) {
    ranges = (cidr.spec.cidrs ?? []).flatMap((text) => rangeOf(text) ?? []);
    known.set(cidr, ranges);
  }
  return ranges;
}

/** Undefined for a network that has no address to give. */
function rangeOf(text: string): AddressRange | undefined {
  try {
    return new AddressRange(text);
  } catch {
    return undefined;
  }
}
