import type { ResourceDefinition } from '../definition.ts';
import { mutatingAdmissionPolicyBindings as resource } from '../generated/admissionregistration/v1/resources.ts';
import type { MutatingAdmissionPolicyBinding } from '../generated/admissionregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateMutableOperations } from './match-rules.ts';
import { bindingColumns, setBindingDefaults, validateBinding } from './policy-rules.ts';

/** Where a policy that changes requests holds, with which parameters. */
export const mutatingAdmissionPolicyBindings: ResourceDefinition<MutatingAdmissionPolicyBinding> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,

  defaults: setBindingDefaults,
  validate(binding, { path }) {
    const at = path.at('spec');
    const { matchResources: match } = binding.spec;
    const errors = validateBinding(binding, at);
    return match
      ? [...errors, ...validateMutableOperations(match, at.at('matchResources'))]
      : errors;
  },

  columns: bindingColumns,
};
