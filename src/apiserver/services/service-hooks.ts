import { validateClusterIps } from '../../api/core-v1/service/address-rules.ts';
import {
  hasClusterIps,
  hasNodePorts,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
} from '../../api/core-v1/service/traits.ts';
import type { Service, ServiceSpec } from '../../api/generated/core/v1/types.ts';
import { type FieldError, invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { StatusError } from '../../machinery/status.ts';
import type { HookContext, WriteHooks } from '../registry/hooks.ts';
import { type AddressRange, findFreeIndex } from './address-range.ts';
import {
  claimAddress,
  claimPort,
  isAddressFree,
  isPortFree,
  type Owner,
  releaseAddress,
  releasePort,
} from './claims.ts';
import { type Family, familyOf, settleFamilies } from './families.ts';
import { rangesOf } from './further-ranges.ts';

/** What services get their addresses and ports of. */
export interface ServiceRanges {
  /** One of each family at most; the first is preferred. */
  readonly addresses: readonly AddressRange[];
  readonly nodePorts: { readonly first: number; readonly last: number };
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

function portsOf(service: Service | undefined): Set<number> {
  const ports = new Set((service?.spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0));
  ports.add(service?.spec.healthCheckNodePort ?? 0);
  ports.delete(0);
  return ports;
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
  refuse(settleFamilies(spec, families));
  allotAddresses(context, ranges, spec, { owner, held: addressesOf(previous), refuse });
  allotPorts(context, ranges, spec, { owner, held: portsOf(previous), refuse });
}

interface Holder<T> {
  readonly owner: Owner;
  /** What the service has so far. */
  readonly held: T;
  readonly refuse: (errors: readonly FieldError[]) => void;
}

function allotAddresses(
  context: HookContext,
  ranges: ServiceRanges,
  spec: Draft<ServiceSpec>,
  { owner, held, refuse }: Holder<readonly string[]>,
): void {
  const kept = new Set<string>();
  if (needsClusterIp(spec as ServiceSpec) && !isHeadless(spec as ServiceSpec)) {
    const wanted = spec.clusterIPs ?? [];
    spec.clusterIPs = (spec.ipFamilies ?? []).map((family) => {
      const asked = wanted.find((address) => familyOf(address) === family);
      if (asked !== undefined && held.includes(asked)) {
        kept.add(asked);
        return asked;
      }
      return takeAddress(context, ranges, { owner, refuse }, family as Family, asked);
    });
    spec.clusterIP = spec.clusterIPs[0];
  }
  for (const address of held) if (!kept.has(address)) releaseAddress(context, address);
}

function takeAddress(
  context: HookContext,
  { addresses }: ServiceRanges,
  { owner, refuse }: Pick<Holder<unknown>, 'owner' | 'refuse'>,
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
  if (address === undefined) {
    throw new StatusError(
      'InternalError',
      'Internal error occurred: failed to allocate a serviceIP: range is full',
    );
  }
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

function allotPorts(
  context: HookContext,
  { nodePorts }: ServiceRanges,
  spec: Draft<ServiceSpec>,
  { owner, held, refuse }: Holder<ReadonlySet<number>>,
): void {
  const kept = new Set<number>();
  const take = (asked: number, at: FieldPath): number => {
    if (kept.has(asked)) return asked; // The same port for several protocols.
    const port = asked || freePort(context, nodePorts);
    if (asked && !held.has(asked)) refuse(portErrors(context, nodePorts, asked, at));
    if (!held.has(port)) claimPort(context, port, owner);
    kept.add(port);
    return port;
  };
  const isGiven = needsNodePorts(spec as ServiceSpec);
  for (const [i, port] of (hasNodePorts(spec as ServiceSpec) ? spec.ports : [])?.entries() ?? []) {
    // Where none are given out, who asks for a certain one has it all the same.
    if (!isGiven && !port.nodePort) continue;
    port.nodePort = take(port.nodePort ?? 0, path.at('ports').index(i).at('nodePort'));
  }
  if (needsHealthCheckPort(spec as ServiceSpec)) {
    const at = path.at('healthCheckNodePort');
    spec.healthCheckNodePort = take(spec.healthCheckNodePort ?? 0, at);
  }
  for (const port of held) if (!kept.has(port)) releasePort(context, port);
}

function portErrors(
  context: HookContext,
  { first, last }: ServiceRanges['nodePorts'],
  port: number,
  at: FieldPath,
): FieldError[] {
  if (port < first || port > last) {
    const detail = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    return [invalid(at, port, detail)];
  }
  if (isPortFree(context, port)) return [];
  return [invalid(at, port, 'provided port is already allocated')];
}

function freePort(context: HookContext, { first, last }: ServiceRanges['nodePorts']): number {
  const isFree = (index: number) => isPortFree(context, first + index);
  const index = findFreeIndex(context.parts.random, last - first + 1, isFree);
  if (index !== undefined) return first + index;
  throw new StatusError(
    'InternalError',
    'Internal error occurred: failed to allocate a nodePort: range is full',
  );
}
