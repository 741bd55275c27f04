import { isEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateIp } from '../../machinery/validation/addresses.ts';
import { checkDns1123Subdomain, checkPathSegmentName } from '../../machinery/validation/names.ts';
import { validateOptionalText, validateRequiredText } from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { ipAddresses as resource } from '../generated/networking/v1/resources.ts';
import type { IPAddress, ParentReference } from '../generated/networking/v1/types.ts';
import { shapeOf } from '../shapes.ts';

function validateParent(parent: ParentReference | undefined, path: FieldPath): FieldError[] {
  if (!parent) return [required(path)];
  return [
    // The group of services is the empty one.
    ...validateOptionalText(parent.group, checkDns1123Subdomain, path.at('group')),
    ...validateRequiredText(parent.resource, checkPathSegmentName, path.at('resource')),
    ...validateRequiredText(parent.name, checkPathSegmentName, path.at('name')),
    ...validateOptionalText(parent.namespace, checkPathSegmentName, path.at('namespace')),
  ];
}

const parentStruct = (parent: ParentReference | undefined): object | null =>
  parent
    ? {
        Group: parent.group ?? '',
        Resource: parent.resource ?? '',
        Namespace: parent.namespace ?? '',
        Name: parent.name ?? '',
      }
    : null;

function parentCell({ spec }: IPAddress): string {
  if (!spec.parentRef) return NONE;
  const { group, resource: plural = '', namespace, name = '' } = spec.parentRef;
  const kind = group ? `${plural}.${group}` : plural;
  return [kind, ...(namespace ? [namespace] : []), name].join('/');
}

/** An address of the cluster that is taken, and by whom. Its name is the address. */
export const ipAddresses: ResourceDefinition<IPAddress> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['ip'],
  nameRule: 'ip-address',

  defaults(draft) {
    part(draft, 'spec');
  },
  validateCreate: ({ metadata, spec }, { path }) => [
    ...(metadata.name ? validateIp(metadata.name, path.at('metadata', 'name')) : []),
    ...validateParent(spec.parentRef, path.at('spec', 'parentRef')),
  ],
  validateUpdate({ spec: next }, { spec: previous }, { path }) {
    if (isEqual(next.parentRef, previous.parentRef)) return [];
    const at = path.at('spec', 'parentRef');
    return [invalid(at, parentStruct(next.parentRef), 'field is immutable')];
  },
  // The last one is Kubernetes' own slip, which shows only to who counts.
  columns: [
    nameColumn,
    column('ParentRef', 'string', parentCell),
    { ...ageColumn, isUntold: true },
  ],
};
