import { type FieldError, forbiddenField } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateChoice } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { priorityClasses as resource } from '../generated/scheduling/v1/resources.ts';
import type { PriorityClass } from '../generated/scheduling/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const USER_MAX = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';

/** The classes of the system itself, above all that users can make. */
const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2 * USER_MAX + 1000],
  ['system-cluster-critical', 2 * USER_MAX],
]);

const POLICIES = ['PreemptLowerPriority', 'Never'];

/** What keeps a name from being one of the system's. */
function systemProblem({ metadata, value, globalDefault }: PriorityClass): string | undefined {
  const { name } = metadata;
  const expected = SYSTEM_CLASSES.get(name);
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validate(priorityClass: PriorityClass, path: FieldPath): FieldError[] {
  const { metadata, value, preemptionPolicy: policy } = priorityClass;
  const errors: FieldError[] = [];
  if (metadata.name?.startsWith(SYSTEM_PREFIX)) {
    const problem = systemProblem(priorityClass);
    if (problem) {
      const detail = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${problem}`;
      errors.push(forbiddenField(path.at('metadata', 'name'), detail));
    }
  } else if (value > USER_MAX) {
    const detail = `maximum allowed value of a user defined priority is ${USER_MAX}`;
    errors.push(forbiddenField(path.at('value'), detail));
  }
  if (policy === undefined) return errors;
  return [...errors, ...validateChoice(policy, POLICIES, path.at('preemptionPolicy'))];
}

/** A name for how important pods are. */
export const priorityClasses: ResourceDefinition<PriorityClass> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['pc'],

  defaults(draft) {
    draft.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  prepareCreate({ metadata }) {
    metadata.generation = 1; // And never more: what matters of it can't change.
  },
  validateCreate: (priorityClass, { path }) => validate(priorityClass, path),
  validateUpdate: (next, previous, { path }) => [
    ...(next.value === previous.value
      ? []
      : [forbiddenField(path.at('value'), 'may not be changed in an update.')]),
    ...validateImmutableField(
      next.preemptionPolicy,
      previous.preemptionPolicy,
      path.at('preemptionPolicy'),
    ),
  ],

  columns: [
    nameColumn,
    column('Value', 'integer', ({ value }) => value),
    column('Global-Default', 'boolean', ({ globalDefault }) => globalDefault ?? false),
    ageColumn,
    column('PreemptionPolicy', 'string', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],
};
