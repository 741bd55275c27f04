import { isHeadless, needsClusterIp } from '../../api/core-v1/service/traits.ts';
import type { ServiceSpec } from '../../api/generated/core/v1/types.ts';
import { parseIp } from '../../base/ip.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';

/** The two families of addresses, by their names in the API. */
export type Family = 'IPv4' | 'IPv6';

const path = FieldPath.root.at('spec');

/** The family of an address; undefined when it is none. */
export function familyOf(address: string): Family | undefined {
  const parsed = parseIp(address);
  return parsed && (parsed.family === 4 ? 'IPv4' : 'IPv6');
}

const other = (family: Family): Family => (family === 'IPv4' ? 'IPv6' : 'IPv4');

/**
 * Settles of which families a service has addresses: what it says, what its addresses say, and
 * what the cluster has, of which the first is preferred (KEP-563). Answers what can't be.
 */
export function settleFamilies(spec: Draft<ServiceSpec>, cluster: readonly Family[]): FieldError[] {
  if (!needsClusterIp(spec as ServiceSpec)) return [];
  const headless = isHeadless(spec as ServiceSpec);
  const free = headless && Object.keys(spec.selector ?? {}).length === 0;
  const given = (spec.ipFamilies ?? []) as Family[];
  const addresses = headless ? [] : (spec.clusterIPs ?? []);
  const own = addresses.map(familyOf).filter((family) => family !== undefined);
  const first = given[0] ?? own[0] ?? cluster[0]!;
  const unknown = unknownFamilies(addresses, given, cluster);
  if (unknown.length > 0) return unknown;
  spec.ipFamilyPolicy ??= policyFor(given, own, free);
  const isDual = spec.ipFamilyPolicy !== 'SingleStack';
  const families = new Set<Family>([...given, ...own, first]);
  // Names of a service without a selector lead wherever its author says, of either family.
  if (isDual && (free || cluster.includes(other(first)))) families.add(other(first));
  spec.ipFamilies = [...families];
  return headless && free ? [] : familyErrors(spec, given, cluster);
}

/** Addresses from which a family would follow that the cluster doesn't have. */
function unknownFamilies(
  addresses: readonly string[],
  given: readonly Family[],
  cluster: readonly Family[],
): FieldError[] {
  return addresses.flatMap((address, i) => {
    const family = familyOf(address);
    if (i < given.length || family === undefined || cluster.includes(family)) return [];
    const at = path.at('clusterIPs').index(i);
    return [invalid(at, address, `${family} is not configured on this cluster`)];
  });
}

function policyFor(
  given: readonly Family[],
  own: readonly Family[],
  free: boolean,
): 'RequireDualStack' | 'SingleStack' {
  if (given.length > 1 || own.length > 1) return 'RequireDualStack';
  return free && given.length === 0 ? 'RequireDualStack' : 'SingleStack';
}

function familyErrors(
  spec: Draft<ServiceSpec>,
  given: readonly Family[],
  cluster: readonly Family[],
): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack' && cluster.length < 2) {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(invalid(path.at('ipFamilyPolicy'), spec.ipFamilyPolicy, detail));
  }
  for (const [i, family] of given.entries()) {
    if (cluster.includes(family)) continue;
    const at = path.at('ipFamilies').index(i);
    errors.push(invalid(at, family, 'not configured on this cluster'));
  }
  return errors;
}
