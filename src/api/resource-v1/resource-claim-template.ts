import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { invalid } from '../../machinery/field-error.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateTemplateMetadata } from '../core-v1/template-metadata.ts';
import type { ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { resourceClaimTemplates as resource } from '../generated/resource/v1/resources.ts';
import type {
  ResourceClaimTemplate,
  ResourceClaimTemplateSpec,
} from '../generated/resource/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';
import { setClaimDefaults, validateClaim } from './request-rules.ts';
import { loadSelectorCheck, selectorsOf } from './selector-rules.ts';

const shape = shapeOf(resource);
const specShape = shape.fieldsByName.get('spec')!.type as MessageShape;
const claimShape = specShape.fieldsByName.get('spec')!.type as MessageShape;

/** As Go shows it: the metadata is no field of its own there. */
const asGo = ({ metadata, spec }: ResourceClaimTemplateSpec): object => ({
  ...metadata,
  Spec: goStruct(claimShape, spec),
});

/** What the claims of pods are made from. It can't change: claims were made from it. */
export const resourceClaimTemplates: ResourceDefinition<ResourceClaimTemplate> = {
  ...resource,
  shape,
  deleteAnswersObject: true,

  defaults(draft) {
    const spec = part(draft, 'spec');
    part(spec, 'metadata');
    setClaimDefaults(part(part(spec, 'spec'), 'devices'));
  },
  load: ({ spec }) => loadSelectorCheck(selectorsOf(spec.spec.devices)),
  validateCreate: ({ spec }, { path }) => [
    ...validateTemplateMetadata(spec.metadata, path.at('spec', 'metadata')),
    ...validateClaim(spec.spec.devices, path.at('spec', 'spec', 'devices')),
  ],
  validateUpdate: ({ spec }, previous, { path }) =>
    isSemanticallyEqual(spec, previous.spec)
      ? []
      : [invalid(path.at('spec'), asGo(spec), 'field is immutable')],

  columns: [nameColumn, ageColumn],
};
