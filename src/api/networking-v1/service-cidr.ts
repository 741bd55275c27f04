import { parseCidr } from '../../base/ip.ts';
import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateCidr } from '../../machinery/validation/addresses.ts';
import { validateEach } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { serviceCidrs as resource } from '../generated/networking/v1/resources.ts';
import type { ServiceCIDR } from '../generated/networking/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const FAMILIES_MAX = 2;

const familyOf = (cidr: string): 4 | 6 | undefined =>
  parseCidr(cidr, { leadingZeros: true })?.address.family;

function validateNetworks(cidrs: readonly string[], path: FieldPath): FieldError[] {
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')];
  if (cidrs.length > FAMILIES_MAX) {
    return [invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  }
  return [...validateFamilies(cidrs, path), ...validateEach(cidrs, path, validateCidr)];
}

function validateFamilies(cidrs: readonly string[], path: FieldPath): FieldError[] {
  const [first, second] = cidrs.map(familyOf);
  if (cidrs.length < 2 || (first && second && first !== second)) return [];
  const detail =
    'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
  return [invalid(path, cidrs, detail)];
}

/** A second family may be added, nothing else changed. */
function validateUpdate(
  next: readonly string[],
  previous: readonly string[],
  path: FieldPath,
): FieldError[] {
  const isSecond = previous.length === 1 && next.length === 2;
  if (next.length !== previous.length && !isSecond) {
    return [invalid(path, next, 'field is immutable')];
  }
  const errors = previous.flatMap((cidr, i) =>
    next[i] === cidr ? [] : [invalid(path.index(i), next[i], 'field is immutable')],
  );
  return isSecond ? [...errors, ...validateNetworks(next, path)] : errors;
}

/** A range from which services get their addresses. */
export const serviceCidrs: ResourceDefinition<ServiceCIDR> = {
  ...resource,
  shape: shapeOf(resource),

  defaults(draft) {
    part(draft, 'spec');
  },
  validateCreate: ({ spec }, { path }) =>
    validateNetworks(spec.cidrs ?? [], path.at('spec', 'cidrs')),
  validateUpdate: (next, previous, { path }) =>
    validateUpdate(next.spec.cidrs ?? [], previous.spec.cidrs ?? [], path.at('spec', 'cidrs')),
  status: { keptOnCreate: true, keepsMetadata: true },
  columns: [
    nameColumn,
    column('CIDRs', 'string', ({ spec }) => (spec.cidrs ?? []).join(',')),
    ageColumn,
  ],
};
