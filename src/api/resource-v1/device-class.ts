import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { isExtendedResource } from '../core-v1/resource-list.ts';
import type { ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { deviceClasses as resource } from '../generated/resource/v1/resources.ts';
import type { DeviceClass, DeviceClassSpec } from '../generated/resource/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateConfiguration } from './configuration-rules.ts';
import { validateAtMost } from './list-rules.ts';
import { loadSelectorCheck, validateSelectors } from './selector-rules.ts';

const CONFIGURATIONS_MAX = 32;

function validateSpec(
  { selectors, config, extendedResourceName: name }: DeviceClassSpec,
  path: FieldPath,
): FieldError[] {
  const errors = [
    ...validateSelectors(selectors, path.at('selectors')),
    ...validateAtMost(CONFIGURATIONS_MAX, config, path.at('config'), validateConfiguration),
  ];
  if (name !== undefined && !isExtendedResource(name)) {
    const detail = 'must be a valid extended resource name';
    errors.push(invalid(path.at('extendedResourceName'), name, detail));
  }
  return errors;
}

/** Devices that are alike, by what administrators make of their properties. */
export const deviceClasses: ResourceDefinition<DeviceClass> = {
  ...resource,
  shape: shapeOf(resource),
  generation: true,
  deleteAnswersObject: true,

  defaults(draft) {
    part(draft, 'spec');
  },
  load: ({ spec }) => loadSelectorCheck(spec.selectors),
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),

  columns: [nameColumn, ageColumn],
};
