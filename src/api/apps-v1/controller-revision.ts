import { required } from '../../machinery/field-error.ts';
import { sortedByKey } from '../../machinery/quote.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { controllerRevisions as resource } from '../generated/apps/v1/resources.ts';
import type { ControllerRevision } from '../generated/apps/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (data: unknown): unknown => (isObject(data) ? sortedByKey(data) : data);

function controllerOf({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return NONE;
  const [group, version] = owner.apiVersion.split('/');
  const suffix = version === undefined ? '' : `.${group}`;
  return `${owner.kind.toLowerCase()}${suffix}/${owner.name}`;
}

/** What an object was at some time, to roll back to: a DaemonSet's or StatefulSet's template. */
export const controllerRevisions: ResourceDefinition<ControllerRevision> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  validate({ data, revision }, { path }) {
    const at = path.at('data');
    const errors = validateNonNegative(revision, path.at('revision'));
    if (data === undefined || data === null) return [required(at, 'data is mandatory'), ...errors];
    if (isObject(data)) return errors;
    return [required(at, 'data must be a valid JSON object'), ...errors];
  },
  validateUpdate: (next, previous, { path }) =>
    validateImmutableField(shown(next.data), shown(previous.data), path.at('data')),
  columns: [
    nameColumn,
    column('Controller', 'string', controllerOf),
    column('Revision', 'string', ({ revision }) => revision),
    ageColumn,
  ],
};
