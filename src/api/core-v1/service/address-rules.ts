import { parseIp } from '../../../base/ip.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLegacyIp } from '../../../machinery/validation/addresses.ts';
import { validateEach, validateOptionalChoice } from '../../checks.ts';
import type { ServiceSpec } from '../../generated/core/v1/types.ts';
import { isHeadless } from './traits.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/**
 * The fields that say which addresses the service has: the address, the list of them, families and
 * how many of those. Checked before anything is allotted, and again with the whole.
 */
export function validateClusterIps(spec: ServiceSpec, path: FieldPath): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], ipFamilies } = spec;
  const at = path.at('clusterIPs');
  const errors = [
    ...validateSameFirst(spec, at),
    ...validateFamilies(ipFamilies, path.at('ipFamilies')),
    ...validateOptionalChoice(spec.ipFamilyPolicy, FAMILY_POLICIES, path.at('ipFamilyPolicy')),
  ];
  const wrong = validateList(clusterIPs, at);
  errors.push(...wrong);
  if (clusterIPs.length > 2) errors.push(invalid(at, clusterIPs, 'may only hold up to 2 values'));
  // With a wrong address among them, what follows would only confuse.
  if (wrong.length > 0) return errors;
  if (clusterIPs.length > 1 && familiesOf(clusterIPs).size !== 2) {
    errors.push(invalid(at, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  return [...errors, ...validateFamiliesFit(spec, at)];
}

function validateSameFirst(
  { clusterIP, clusterIPs = [] }: ServiceSpec,
  path: FieldPath,
): FieldError[] {
  if (!clusterIP) {
    if (clusterIPs.length === 0) return [];
    return [invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIPs.length === 0) return [required(path)];
  if (clusterIPs[0] === clusterIP) return [];
  return [invalid(path, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(families: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(families, path, (family, at) => {
    const errors = FAMILIES.includes(family) ? [] : [notSupported(at, family, FAMILIES)];
    if (seen.has(family)) errors.push(duplicate(at, family));
    seen.add(family);
    return errors;
  });
}

const validateList = (clusterIPs: readonly string[], path: FieldPath): FieldError[] =>
  clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== 'None') return validateLegacyIp(ip, path.index(i));
    if (clusterIPs.length === 1) return [];
    return [invalid(path, clusterIPs, "'None' must be the first and only value")];
  });

const familyOf = (ip: string): string => (parseIp(ip)?.family === 6 ? 'IPv6' : 'IPv4');
const familiesOf = (ips: readonly string[]): Set<string> => new Set(ips.map(familyOf));

function validateFamiliesFit(spec: ServiceSpec, path: FieldPath): FieldError[] {
  if (isHeadless(spec)) return [];
  const { clusterIPs = [], ipFamilies = [] } = spec;
  return clusterIPs.flatMap((ip, i) => {
    const family = ipFamilies[i];
    if (family === undefined || family === familyOf(ip)) return [];
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    return [invalid(path.index(i), ip, detail)];
  });
}

const FIXED = 'may not change once set';

/** The first address stays; a second one may come and, when told so, go. */
export function validateClusterIpsUpdate(
  next: ServiceSpec,
  previous: ServiceSpec,
  path: FieldPath,
): FieldError[] {
  if (isOutside(next, previous) || (isHeadless(next) && isHeadless(previous))) return [];
  const [now, then] = [next.clusterIPs ?? [], previous.clusterIPs ?? []];
  const at = path.at('clusterIPs');
  if (now.length === then.length) {
    return then.flatMap((ip, i) => (ip === now[i] ? [] : [invalid(at.index(i), now, FIXED)]));
  }
  const errors: FieldError[] = [];
  if (now.length === 0) {
    return [invalid(at.index(0), null, 'primary clusterIP can not be unset')];
  }
  if (then.length > 0 && now[0] !== then[0]) errors.push(invalid(at.index(0), now, FIXED));
  const releases = now.length < then.length && now.length === 1;
  if (releases) errors.push(...validateReleased(next, 'clusterIP', path));
  return errors;
}

// To and from a name outside of the cluster anything may change.
const isOutside = (next: ServiceSpec, previous: ServiceSpec): boolean =>
  next.type === 'ExternalName' || previous.type === 'ExternalName';

function validateReleased(
  { ipFamilyPolicy }: ServiceSpec,
  what: string,
  path: FieldPath,
): FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return [];
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid(path.at('ipFamilyPolicy'), ipFamilyPolicy ?? null, detail)];
}

/** The first family stays, likewise. */
export function validateFamiliesUpdate(
  next: ServiceSpec,
  previous: ServiceSpec,
  path: FieldPath,
): FieldError[] {
  if (isOutside(next, previous) || isHeadless(next) || isHeadless(previous)) return [];
  const [now, then] = [next.ipFamilies ?? [], previous.ipFamilies ?? []];
  const at = path.at('ipFamilies').index(0);
  if (now.length === then.length) {
    return then.flatMap((family, i) => (family === now[i] ? [] : [invalid(at, now, FIXED)]));
  }
  const errors: FieldError[] = [];
  const isShrinking = now.length < then.length;
  if (isShrinking && !next.clusterIPs?.length) {
    errors.push(invalid(at, now, 'primary ipFamily can not be unset'));
  }
  if (now.length > 0 && then.length > 0 && now[0] !== then[0]) {
    errors.push(invalid(at, next.clusterIPs ?? null, FIXED));
  }
  if (isShrinking && now.length === 1) errors.push(...validateReleased(next, 'ipFamily', path));
  return errors;
}
