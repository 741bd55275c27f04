// Names that drivers give: to pools, attributes, capacities.
import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { DNS_SUBDOMAIN_MAX_BYTES } from '../../machinery/validation/names.ts';
import { isLongerThan } from '../../machinery/validation/text-format.ts';
import { checkCIdentifier } from '../../machinery/validation/values.ts';
import { validateDnsSubdomain } from '../checks.ts';
import { validateCsiDriverName } from '../core-v1/pod/volume-source-rules.ts';

const IDENTIFIER_MAX_BYTES = 32;

/** Drivers of devices are named as those of storage. */
export const validateDriverName = validateCsiDriverName;

/** One or more domain names with slashes between them. */
export function validatePoolName(name: string, path: FieldPath): FieldError[] {
  if (!name) return [required(path)];
  const long = isLongerThan(name, DNS_SUBDOMAIN_MAX_BYTES);
  return [
    ...(long ? [tooLong(path, DNS_SUBDOMAIN_MAX_BYTES)] : []),
    ...name.split('/').flatMap((part) => validateDnsSubdomain(part, path)),
  ];
}

/** An identifier, of the driver's own or after the domain of who defined it. */
export function validateQualifiedName(name: string, path: FieldPath): FieldError[] {
  const parts = name.split('/');
  const [first = '', second = ''] = parts;
  if (parts.length === 1) return validateIdentifier(first, path);
  // More slashes are let through, by an oversight that 1.36 has too.
  if (parts.length > 2) return [];
  return [
    ...(first
      ? validateDriverName(first, path)
      : [invalid(path, '', 'the domain must not be empty')]),
    ...(second
      ? validateIdentifier(second, path)
      : [invalid(path, '', 'the name must not be empty')]),
  ];
}

/** As `validateQualifiedName`, with a domain. */
export function validateFullyQualifiedName(name: string, path: FieldPath): FieldError[] {
  const errors = validateQualifiedName(name, path);
  if (name.includes('/')) return errors;
  const detail = 'a fully qualified name must be a domain and a name separated by a slash';
  return [...errors, invalid(path, name, detail)];
}

const validateIdentifier = (id: string, path: FieldPath): FieldError[] => [
  ...(isLongerThan(id, IDENTIFIER_MAX_BYTES) ? [tooLong(path, IDENTIFIER_MAX_BYTES)] : []),
  ...invalidFor(checkCIdentifier(id), id, path),
];
