import { validateClusterIps } from '../../api/core-v1/service/address-rules.ts';
import { hasClusterIps, isHeadless, needsClusterIp } from '../../api/core-v1/service/traits.ts';
import type { Service, ServiceSpec } from '../../api/generated/core/v1/types.ts';
import { type FieldError, invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import type { HookContext, WriteHooks } from '../registry/hooks.ts';
import type { AddressRange } from './address-range.ts';
import { claimAddress, isAddressFree, type Owner, releaseAddress, releasePort } from './claims.ts';
import { type Family, familyOf, settleFamilies } from './families.ts';
import { rangesOf } from './further-ranges.ts';
import { allotPorts, internalError, type PortRange, portsOf } from './node-ports.ts';

/** What services get their addresses and ports of. */
export interface ServiceRanges {
  /** One of each family at most; the first is preferred. */
  readonly addresses: readonly AddressRange[];
  readonly nodePorts: PortRange;
}

const path = FieldPath.root.at('spec');
const SERVICE = { group: '', kind: 'Service' };

/** Gives services their addresses and node ports, each to one service at a time. */
export const serviceHooks = (ranges: ServiceRanges): WriteHooks => ({
  create(context, draft) {
    allot(context, ranges, draft as Draft<Service>, undefined);
  },
  update(context, draft, existing) {
    if (context.call.request.subresource === undefined) {
      allot(context, ranges, draft as Draft<Service>, existing as Service);
    }
  },
  delete(context, existing) {
    for (const address of addressesOf(existing as Service)) releaseAddress(context, address);
    for (const port of portsOf(existing as Service)) releasePort(context, port);
  },
});

function addressesOf(service: Service | undefined): string[] {
  return service && hasClusterIps(service) ? [...(service.spec.clusterIPs ?? [])] : [];
}

function allot(
  context: HookContext,
  ranges: ServiceRanges,
  draft: Draft<Service>,
  previous: Service | undefined,
): void {
  const { spec, metadata } = draft;
  const owner: Owner = { namespace: metadata.namespace ?? '', name: metadata.name };
  const refuse = (errors: readonly FieldError[]) => {
    if (errors.length > 0) throw invalidObject(SERVICE, metadata.name, errors);
  };
  refuse(validateClusterIps(spec as ServiceSpec, path));
  const families = ranges.addresses.map(({ family }) => family);
  refuse(settleFamilies(spec, families, previous?.spec));
  allotAddresses(context, ranges, spec, { owner, previous, refuse });
  allotPorts(context, spec, previous?.spec, { owner, range: ranges.nodePorts, refuse });
}

interface Holder {
  readonly owner: Owner;
  readonly previous: Service | undefined;
  readonly refuse: (errors: readonly FieldError[]) => void;
}

function allotAddresses(
  context: HookContext,
  ranges: ServiceRanges,
  spec: Draft<ServiceSpec>,
  { owner, previous, refuse }: Holder,
): void {
  const held = addressesOf(previous);
  // What it had before can't change, which is for its rules to say: nothing is taken for it.
  const isFixed = previous !== undefined && previous.spec.type !== 'ExternalName';
  const fixed = isFixed ? (previous.spec.clusterIPs ?? []).length : 0;
  const kept = new Set<string>();
  if (needsClusterIp(spec as ServiceSpec) && !isHeadless(spec as ServiceSpec)) {
    const wanted = spec.clusterIPs ?? [];
    spec.clusterIPs = (spec.ipFamilies ?? []).map((family, i) => {
      if (i < fixed && wanted[i] !== undefined) {
        kept.add(held[i] ?? '');
        return wanted[i];
      }
      const asked = wanted.find((address) => familyOf(address) === family);
      return takeAddress(context, ranges, { owner, refuse }, family as Family, asked);
    });
    spec.clusterIP = spec.clusterIPs[0];
  }
  for (const address of held) if (!kept.has(address)) releaseAddress(context, address);
}

function takeAddress(
  context: HookContext,
  { addresses }: ServiceRanges,
  { owner, refuse }: Pick<Holder, 'owner' | 'refuse'>,
  family: Family,
  asked: string | undefined,
): string {
  const ranges = rangesOf(context, addresses, family);
  if (asked !== undefined) {
    const why = askedProblem(context, ranges, asked);
    const detail = `failed to allocate IP ${asked}: ${why}`;
    if (why !== undefined) refuse([invalid(path.at('clusterIPs'), [asked], detail)]);
  }
  const address = asked ?? findFreeIn(context, ranges);
  if (address === undefined) throw internalError('failed to allocate a serviceIP: range is full');
  claimAddress(context, address, owner);
  return address;
}

/** Why an address can't be had that a client asks for. */
function askedProblem(
  context: HookContext,
  ranges: readonly AddressRange[],
  asked: string,
): string | undefined {
  if (!ranges.some((range) => range.contains(asked))) {
    return 'the provided network does not match the current range';
  }
  return isAddressFree(context, asked) ? undefined : 'provided IP is already allocated';
}

function findFreeIn(context: HookContext, ranges: readonly AddressRange[]): string | undefined {
  const isFree = (address: string) => isAddressFree(context, address);
  for (const range of ranges) {
    const address = range.findFree(context.parts.random, isFree);
    if (address !== undefined) return address;
  }
  return undefined;
}
