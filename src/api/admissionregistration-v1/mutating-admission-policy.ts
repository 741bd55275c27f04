import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateChoice, validateEach } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { mutatingAdmissionPolicies as resource } from '../generated/admissionregistration/v1/resources.ts';
import type {
  MutatingAdmissionPolicy,
  Mutation,
} from '../generated/admissionregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { loadCompiler } from './compiling.ts';
import { type Understanding, validateMutationExpression } from './expression-rules.ts';
import { REINVOCATION_POLICIES } from './match-rules.ts';
import { paramKindText } from './parameter-rules.ts';
import { setPolicyDefaults, understandingOf, validatePolicy } from './policy-rules.ts';

// What a mutation is written in, and the field it then stands in.
const PATCH_FIELDS = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

function validateMutations(
  understanding: Understanding,
  mutations: readonly Mutation[] | undefined,
  path: FieldPath,
): FieldError[] {
  if (!mutations?.length) return [required(path, 'mutations must contain at least one item')];
  return validateEach(mutations, path, (mutation, at) =>
    validateMutation(understanding, mutation, at),
  );
}

function validateMutation(
  understanding: Understanding,
  mutation: Mutation,
  path: FieldPath,
): FieldError[] {
  const { patchType: type } = mutation;
  const errors = validateChoice(type, Object.keys(PATCH_FIELDS), path.at('patchType'));
  if (errors.length > 0) return errors;
  for (const [other, field] of Object.entries(PATCH_FIELDS) as Entries) {
    const [patch, at] = [mutation[field], path.at(field)];
    if (other === type && patch) {
      const { expression } = patch;
      errors.push(
        ...validateMutationExpression(understanding, field, expression, at.at('expression')),
      );
    } else if (other === type) {
      errors.push(required(at, `must be specified when patchType is ${type}`));
    } else if (patch) {
      errors.push(invalid(at, `{${field}}`, `must not be specified when patchType is ${type}`));
    }
  }
  return errors;
}

type Fields = typeof PATCH_FIELDS;
type Entries = [keyof Fields, Fields[keyof Fields]][];

/** How requests are changed, in expressions. */
export const mutatingAdmissionPolicies: ResourceDefinition<MutatingAdmissionPolicy> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,

  defaults(draft) {
    setPolicyDefaults(part(draft, 'spec'));
  },
  load: loadCompiler,
  validate: ({ spec }, { path }) => {
    const at = path.at('spec');
    const understanding = understandingOf(spec, { isMutating: true });
    return [
      ...validatePolicy(understanding, spec, at),
      ...validateMutations(understanding, spec.mutations, at.at('mutations')),
      ...validateChoice(
        spec.reinvocationPolicy,
        REINVOCATION_POLICIES,
        at.at('reinvocationPolicy'),
      ),
    ];
  },

  columns: [
    nameColumn,
    column('Mutations', 'integer', ({ spec }) => spec.mutations?.length ?? 0),
    column('ParamKind', 'string', ({ spec }) => paramKindText(spec.paramKind)),
    ageColumn,
  ],
};
