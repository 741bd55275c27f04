import { isEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { checkPathSegmentName } from '../../machinery/validation/names.ts';
import { validateDnsSubdomain, validateEach, validateRequiredText } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { type Column, column } from '../definition.ts';
import { part } from '../drafts.ts';
import type { RoleRef, Subject } from '../generated/rbac/v1/types.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** What says who has which role. */
export type Binding = KubeObject & {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
};

/** Fills in the groups that users, groups and roles are of. */
export function defaultBinding(draft: Draft<Binding>): void {
  part(draft, 'roleRef').apiGroup ||= GROUP;
  for (const subject of draft.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP;
  }
}

interface BindingRules {
  readonly isNamespaced: boolean;
  /** The kinds of roles that can be bound. */
  readonly roles: readonly string[];
}

/** Everything wrong with a binding. */
export const validateBinding = (
  { roleRef, subjects }: Binding,
  { isNamespaced, roles }: BindingRules,
  path: FieldPath,
): FieldError[] => [
  ...validateRoleRef(roleRef, roles, path.at('roleRef')),
  ...validateEach(subjects, path.at('subjects'), (subject, at) =>
    validateSubject(subject, isNamespaced, at),
  ),
];

function validateRoleRef(
  { apiGroup = '', kind = '', name }: RoleRef,
  roles: readonly string[],
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (apiGroup !== GROUP) errors.push(notSupported(path.at('apiGroup'), apiGroup, [GROUP]));
  if (!roles.includes(kind)) errors.push(notSupported(path.at('kind'), kind, roles));
  return [...errors, ...validateRequiredText(name, checkPathSegmentName, path.at('name'))];
}

function validateSubject(subject: Subject, isNamespaced: boolean, path: FieldPath): FieldError[] {
  const { kind = '', name, namespace, apiGroup = '' } = subject;
  const errors = name ? [] : [required(path.at('name'))];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...validateDnsSubdomain(name, path.at('name')));
      if (apiGroup) errors.push(notSupported(path.at('apiGroup'), apiGroup, ['']));
      if (!isNamespaced && !namespace) errors.push(required(path.at('namespace')));
      return errors;
    case 'User':
    case 'Group':
      if (apiGroup === GROUP) return errors;
      return [...errors, notSupported(path.at('apiGroup'), apiGroup, [GROUP])];
    default:
      return [...errors, notSupported(path.at('kind'), kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

/** Whoever was given a role has that one: another takes another binding. */
export function validateBindingUpdate(
  { roleRef: next }: Binding,
  { roleRef: previous }: Binding,
  path: FieldPath,
): FieldError[] {
  if (isEqual(next, previous)) return [];
  const shown = { APIGroup: next.apiGroup, Kind: next.kind, Name: next.name };
  return [invalid(path.at('roleRef'), shown, 'cannot change roleRef')];
}

const subjectsCell =
  (kind: string) =>
  ({ subjects }: Binding): string =>
    (subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map(({ namespace, name }) =>
        kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name,
      )
      .join(', ');

/** The cells of a binding. */
export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  column('Role', 'string', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  column('Users', 'string', subjectsCell('User'), { priority: 1 }),
  column('Groups', 'string', subjectsCell('Group'), { priority: 1 }),
  column('ServiceAccounts', 'string', subjectsCell('ServiceAccount'), { priority: 1 }),
];
