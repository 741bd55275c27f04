import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateEach } from '../checks.ts';
import type { ResourceDefinition } from '../definition.ts';
import { validatingAdmissionPolicyBindings as resource } from '../generated/admissionregistration/v1/resources.ts';
import type { ValidatingAdmissionPolicyBinding } from '../generated/admissionregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { bindingColumns, setBindingDefaults, validateBinding } from './policy-rules.ts';

const ACTIONS = ['Audit', 'Deny', 'Warn'];
const TWICE =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';

function validateActions(actions: readonly string[], path: FieldPath): FieldError[] {
  if (actions.length === 0) return [required(path, 'at least one validation action is required')];
  const seen = new Set<string>();
  const errors = validateEach(actions, path, (action, at) => {
    const found = ACTIONS.includes(action) ? [] : [notSupported(at, action, ACTIONS)];
    if (seen.has(action)) found.push(duplicate(at, action));
    seen.add(action);
    return found;
  });
  if (seen.has('Deny') && seen.has('Warn')) errors.push(invalid(path, actions, TWICE));
  return errors;
}

/** Where a policy about requests holds, with which parameters, and what breaking it does. */
export const validatingAdmissionPolicyBindings: ResourceDefinition<ValidatingAdmissionPolicyBinding> =
  {
    ...resource,
    shape: shapeOf(resource),
    plainFinalizers: true,
    categories: ['api-extensions'],
    generation: true,
    conditionalUpdateOnly: true,
    checksMetadataAgain: true,

    defaults: setBindingDefaults,
    validate: (binding, { path }) => [
      ...validateBinding(binding, path.at('spec')),
      ...validateActions(
        binding.spec.validationActions ?? [],
        path.at('spec', 'validationActions'),
      ),
    ],

    columns: bindingColumns,
  };
