import { type FieldError, forbiddenField } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { validateLabels } from '../../machinery/validation/labels.ts';
import { validateAnnotations } from '../../machinery/validation/object-meta.ts';
import { containerColumns, labelsText, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { podTemplates as resource } from '../generated/core/v1/resources.ts';
import type { PodTemplate, PodTemplateSpec } from '../generated/core/v1/types.ts';
import { nameWarnings } from '../name-warnings.ts';
import { shapeOf } from '../shapes.ts';
import { validatePodAnnotations, validateProfilesAgree } from './pod/annotation-rules.ts';
import { dropClosedTemplateFields } from './pod/closed-fields.ts';
import { defaultPodSpec } from './pod/defaults.ts';
import { validatePodSpec } from './pod/pod-spec-rules.ts';
import { podWarnings } from './pod/warnings.ts';

/** Fills in a template that pods are made from. */
export function defaultPodTemplate(template: Draft<PodTemplateSpec>): void {
  part(template, 'metadata');
  defaultPodSpec(part(template, 'spec'));
}

/** Everything wrong with a template that pods are made from. */
export function validatePodTemplate(
  { metadata, spec }: PodTemplateSpec,
  path: FieldPath,
): FieldError[] {
  const annotations = metadata?.annotations;
  const at = path.at('annotations');
  const errors = [
    ...validateLabels(metadata?.labels, path.at('labels')),
    ...validateAnnotations(annotations, at),
    ...validatePodAnnotations(annotations, spec, at),
    ...validatePodSpec(spec, { metadata: undefined, isPod: false }, path.at('spec')),
    ...validateProfilesAgree(annotations, spec, path.at('spec')),
  ];
  if (spec.ephemeralContainers?.length) {
    const detail = 'ephemeral containers not allowed in pod template';
    errors.push(forbiddenField(path.at('spec', 'ephemeralContainers'), detail));
  }
  return errors;
}

/**
 * What to tell who gives a kind of object a template: about the object's name when it is new, about
 * the template when anything of the spec has changed.
 */
export function templateWarnings<T extends KubeObject>(
  object: T,
  previous: T | undefined,
  template: PodTemplateSpec | undefined,
  path = 'spec.template',
): string[] {
  if (previous && previous.metadata.generation === object.metadata.generation) return [];
  return [
    ...(previous ? [] : nameWarnings(object, 'Pod names and hostnames')),
    ...(template ? podWarnings(template, path) : []),
  ];
}

/** A template kept by itself, for whoever wants to make pods from it. */
export const podTemplates: ResourceDefinition<PodTemplate> = {
  ...resource,
  shape: shapeOf(resource),
  generation: true,
  deleteAnswersObject: true,
  defaults: (draft) => defaultPodTemplate(part(draft, 'template')),
  prepareCreate: ({ template }) => dropClosedTemplateFields(template),
  prepareUpdate: ({ template }, previous) => dropClosedTemplateFields(template, previous.template),
  validate: ({ template }, { path }) => validatePodTemplate(template, path.at('template')),
  warnings: ({ metadata, template }, previous) =>
    previous?.metadata.generation === metadata.generation ? [] : podWarnings(template, 'template'),
  columns: [
    nameColumn,
    ...containerColumns(({ template }: PodTemplate) => template.spec, 0),
    column('Pod Labels', 'string', ({ template }) => labelsText(template.metadata?.labels)),
  ],
};
