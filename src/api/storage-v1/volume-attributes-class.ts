import { isEqual } from '../../machinery/equal.ts';
import { invalid } from '../../machinery/field-error.ts';
import { sortedByKey } from '../../machinery/quote.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { volumeAttributesClasses as resource } from '../generated/storage/v1/resources.ts';
import type { VolumeAttributesClass } from '../generated/storage/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateParameters, validateProvisioner } from './parameter-rules.ts';

/** Properties of volumes that can change while they are used. */
export const volumeAttributesClasses: ResourceDefinition<VolumeAttributesClass> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['vac'],
  deleteAnswersObject: true,
  validateCreate: ({ driverName, parameters }, { path }) => [
    ...validateProvisioner(driverName, path.at('driverName')),
    ...validateParameters(parameters, path.at('parameters'), { isRequired: true }),
  ],
  validateUpdate(next, previous, { path }) {
    const errors = validateImmutableField(
      next.driverName,
      previous.driverName,
      path.at('driverName'),
    );
    if (isEqual(next.parameters ?? {}, previous.parameters ?? {})) return errors;
    const shown = sortedByKey(next.parameters);
    return [...errors, invalid(path.at('parameters'), shown, 'field is immutable')];
  },
  columns: [nameColumn, column('DriverName', 'string', ({ driverName }) => driverName), ageColumn],
};
