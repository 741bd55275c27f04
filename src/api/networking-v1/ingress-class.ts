import {
  type FieldError,
  forbiddenField,
  notSupported,
  required,
  tooLong,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateDomainPrefixedPath } from '../../machinery/validation/values.ts';
import { validateDnsLabel } from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { ingressClasses as resource } from '../generated/networking/v1/resources.ts';
import type {
  IngressClass,
  IngressClassParametersReference,
  IngressClassSpec,
} from '../generated/networking/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateTypedReference } from './reference-rules.ts';

const CONTROLLER_MAX_BYTES = 250;

function validateSpec(
  { controller = '', parameters }: IngressClassSpec,
  path: FieldPath,
): FieldError[] {
  const at = path.at('controller');
  const errors: FieldError[] = [];
  if (controller.length > CONTROLLER_MAX_BYTES) errors.push(tooLong(at, CONTROLLER_MAX_BYTES));
  errors.push(...validateDomainPrefixedPath(controller, at));
  return parameters
    ? [...errors, ...validateParameters(parameters, path.at('parameters'))]
    : errors;
}

function validateParameters(
  reference: IngressClassParametersReference,
  path: FieldPath,
): FieldError[] {
  const { scope, namespace } = reference;
  const errors = validateTypedReference(reference, path);
  const at = path.at('namespace');
  switch (scope) {
    case 'Cluster':
      if (namespace === undefined) return errors;
      return [...errors, forbiddenField(at, "`parameters.scope` is set to 'Cluster'")];
    case 'Namespace':
      if (namespace !== undefined) return [...errors, ...validateDnsLabel(namespace, at)];
      return [...errors, required(at, "`parameters.scope` is set to 'Namespace'")];
    default:
      return [...errors, notSupported(path.at('scope'), scope, ['Cluster', 'Namespace'])];
  }
}

function parametersCell({ spec }: IngressClass): string {
  if (!spec.parameters) return NONE;
  const { kind, apiGroup, name } = spec.parameters;
  return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
}

/** A name for whoever serves some Ingresses, and for how. */
export const ingressClasses: ResourceDefinition<IngressClass> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  updateRulesFirst: true,
  generation: true,

  defaults(draft) {
    const { parameters } = part(draft, 'spec');
    if (parameters) parameters.scope ??= 'Cluster';
  },
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  validateUpdate: (next, previous, { path }) =>
    validateImmutableField(
      next.spec.controller,
      previous.spec.controller,
      path.at('spec', 'controller'),
    ),

  columns: [
    nameColumn,
    column('Controller', 'string', ({ spec }) => spec.controller ?? ''),
    column('Parameters', 'string', parametersCell),
    ageColumn,
  ],
};
