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
export function settleFamilies(
  spec: Draft<ServiceSpec>,
  cluster: readonly Family[],
  previous?: ServiceSpec,
): FieldError[] {
  if (!needsClusterIp(spec as ServiceSpec)) return [];
  if (previous && isSettled(spec as ServiceSpec, previous)) return [];
  const isFree = isHeadless(spec as ServiceSpec) && isEmpty(spec.selector);
  spec.ipFamilyPolicy ??= previous?.ipFamilyPolicy ?? (isFree ? 'RequireDualStack' : 'SingleStack');
  const errors = [
    ...(previous ? release(spec, previous) : []),
    ...tooManyForOne(spec),
    ...inferFamilies(spec, cluster),
  ];
  if (errors.length > 0) return errors;
  // Names of a service without a selector lead wherever its author says, of either family.
  if (!isFree) errors.push(...familyErrors(spec, cluster));
  if (errors.length > 0) return errors;
  const families = spec.ipFamilies?.length ? spec.ipFamilies : [cluster[0]!];
  const isDual = spec.ipFamilyPolicy !== 'SingleStack' && families.length === 1;
  const second = other(families[0] as Family);
  spec.ipFamilies =
    isDual && (isFree || cluster.includes(second)) ? [...families, second] : families;
  return [];
}

const isEmpty = (labels: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(labels ?? {}).length === 0;

const PREFER_DUAL = 'PreferDualStack';

/**
 * A service that only prefers two families stays as it is when the cluster comes to have another
 * number of them, until somebody changes its addresses or families.
 */
const isSettled = (next: ServiceSpec, previous: ServiceSpec): boolean =>
  next.type === previous.type &&
  next.ipFamilyPolicy === PREFER_DUAL &&
  (previous.ipFamilyPolicy ?? PREFER_DUAL) === PREFER_DUAL &&
  isSame(next.clusterIPs, previous.clusterIPs) &&
  isSame(next.ipFamilies, previous.ipFamilies);

const isSame = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

const policyPath = path.at('ipFamilyPolicy');

/** Who says that one family is enough gives back the second; who doesn't say so can't. */
function release(spec: Draft<ServiceSpec>, previous: ServiceSpec): FieldError[] {
  const policy = spec.ipFamilyPolicy;
  const [addresses, families] = [spec.clusterIPs ?? [], spec.ipFamilies ?? []];
  if (policy === 'SingleStack') {
    if (isSame(addresses, previous.clusterIPs)) spec.clusterIPs = addresses.slice(0, 1);
    if (isSame(families, previous.ipFamilies)) spec.ipFamilies = families.slice(0, 1);
    return [];
  }
  const isReduced = (now: readonly string[], before: readonly string[] = []) =>
    now.length > 0 && now.length < before.length;
  const refuse = (what: string) =>
    invalid(policyPath, policy ?? null, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(isReduced(addresses, previous.clusterIPs) ? [refuse('cluster IP')] : []),
    ...(isReduced(families, previous.ipFamilies) ? [refuse('IP family')] : []),
  ];
}

function tooManyForOne({ ipFamilyPolicy, clusterIPs, ipFamilies }: Draft<ServiceSpec>) {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const refuse = (what: string): FieldError => {
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    return invalid(policyPath, ipFamilyPolicy, detail);
  };
  return [
    ...(clusterIPs?.length === 2 ? [refuse('cluster IPs')] : []),
    ...(ipFamilies?.length === 2 ? [refuse('IP families')] : []),
  ];
}

/** Adds the families of addresses for which none are said, or refuses what the cluster doesn't have. */
function inferFamilies(spec: Draft<ServiceSpec>, cluster: readonly Family[]): FieldError[] {
  const addresses = isHeadless(spec as ServiceSpec) ? [] : (spec.clusterIPs ?? []);
  const families = [...(spec.ipFamilies ?? [])];
  const errors: FieldError[] = [];
  for (const [i, address] of addresses.entries()) {
    const family = familyOf(address);
    if (i < families.length || family === undefined) continue;
    if (cluster.includes(family)) families.push(family);
    else {
      const at = path.at('clusterIPs').index(i);
      errors.push(invalid(at, addresses, `${family} is not configured on this cluster`));
    }
  }
  spec.ipFamilies = families;
  return errors;
}

function familyErrors(spec: Draft<ServiceSpec>, cluster: readonly Family[]): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack' && cluster.length < 2) {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(invalid(policyPath, spec.ipFamilyPolicy, detail));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (cluster.includes(family as Family)) continue;
    const at = path.at('ipFamilies').index(i);
    errors.push(invalid(at, family, 'not configured on this cluster'));
  }
  return errors;
}
