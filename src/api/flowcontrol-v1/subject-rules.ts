import {
  type FieldError,
  forbiddenField,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateDnsLabel, validateDnsSubdomain, validatePresent } from '../checks.ts';
import type { ServiceAccountSubject, Subject } from '../generated/flowcontrol/v1/types.ts';

/** The field in which a kind of subject is named. */
const FIELDS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

type Kind = keyof typeof FIELDS;

const KINDS = Object.keys(FIELDS) as Kind[];
const EVERYONE = '*';

/** Who sends requests: a user, a group, or a service account; and nothing but that. */
export function validateFlowSubject(subject: Subject, path: FieldPath): FieldError[] {
  const kind = KINDS.find((each) => each === subject.kind);
  if (!kind) return [notSupported(path.at('kind'), subject.kind ?? '', [...KINDS].sort())];
  const others = KINDS.filter((other) => other !== kind && subject[FIELDS[other]]);
  return [
    ...validateNamed(subject, kind, path),
    ...others.map((other) => {
      const field = FIELDS[other];
      const detail = `${field} is forbidden when subject kind is not '${other}'`;
      return forbiddenField(path.at(field), detail);
    }),
  ];
}

function validateNamed(subject: Subject, kind: Kind, path: FieldPath): FieldError[] {
  const field = FIELDS[kind];
  const at = path.at(field);
  const named = subject[field];
  if (!named) return [required(at, `${field} is required when subject kind is '${kind}'`)];
  if (kind === 'ServiceAccount') return validateAccount(subject.serviceAccount!, at);
  return validatePresent(named.name, at.at('name'));
}

function validateAccount(
  { name, namespace }: ServiceAccountSubject,
  path: FieldPath,
): FieldError[] {
  const [namePath, namespacePath] = [path.at('name'), path.at('namespace')];
  const errors = validatePresent(name, namePath);
  if (name && name !== EVERYONE) errors.push(...validateDnsSubdomain(name, namePath));
  if (namespace) return [...errors, ...validateDnsLabel(namespace, namespacePath)];
  return [...errors, required(namespacePath, 'must specify namespace for service account')];
}
