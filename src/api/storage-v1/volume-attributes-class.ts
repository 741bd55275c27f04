import { isEqual } from '../../machinery/equal.ts';
import { type FieldError, forbiddenField } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { volumeAttributesClasses as resource } from '../generated/storage/v1/resources.ts';
import type { VolumeAttributesClass } from '../generated/storage/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateParameters, validateProvisioner } from './parameter-rules.ts';

const validate = (
  { driverName, parameters }: VolumeAttributesClass,
  path: FieldPath,
): FieldError[] => [
  ...validateProvisioner(driverName, path.at('driverName')),
  ...validateParameters(parameters, path.at('parameters'), { isRequired: true }),
];

function validateFixed(
  next: VolumeAttributesClass,
  previous: VolumeAttributesClass,
  path: FieldPath,
): FieldError[] {
  const isSame = {
    driverName: next.driverName === previous.driverName,
    parameters: isEqual(next.parameters ?? {}, previous.parameters ?? {}),
  };
  return (['driverName', 'parameters'] as const)
    .filter((field) => !isSame[field])
    .map((field) => forbiddenField(path.at(field), `updates to ${field} are forbidden.`));
}

/** Properties of volumes that can change while they are used. */
export const volumeAttributesClasses: ResourceDefinition<VolumeAttributesClass> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['vac'],
  checksMetadataAgain: true,
  deleteAnswersObject: true,
  validate: (volumeClass, { path }) => validate(volumeClass, path),
  // What is wrong with the class itself is said on both sides of what may not change.
  validateUpdate: (next, previous, { path }) => [
    ...validateFixed(next, previous, path),
    ...validate(next, path),
  ],
  columns: [nameColumn, column('DriverName', 'string', ({ driverName }) => driverName), ageColumn],
};
