import { isEqual } from '../../machinery/equal.ts';
import { duplicate, type FieldError } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateLabels } from '../../machinery/validation/labels.ts';
import { checkDns1123Label } from '../../machinery/validation/names.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateRequiredText } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateContainerResources } from '../core-v1/pod/resource-rules.ts';
import { validateTolerations } from '../core-v1/pod/scheduling-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { runtimeClasses as resource } from '../generated/node/v1/resources.ts';
import type { RuntimeClass, Scheduling } from '../generated/node/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const NO_CLAIMS: ReadonlySet<string> = new Set();

function validate({ handler, overhead, scheduling }: RuntimeClass, path: FieldPath): FieldError[] {
  const errors = validateRequiredText(handler, checkDns1123Label, path.at('handler'));
  if (overhead) {
    // What a pod costs is checked as if it were what a container may use at most.
    const limits = { limits: overhead.podFixed };
    errors.push(...validateContainerResources(limits, NO_CLAIMS, path.at('overhead')));
  }
  if (scheduling) errors.push(...validateScheduling(scheduling, path.at('scheduling')));
  return errors;
}

function validateScheduling(
  { nodeSelector, tolerations }: Scheduling,
  path: FieldPath,
): FieldError[] {
  const at = path.at('tolerations');
  const repeated = (tolerations ?? []).flatMap((toleration, i, all) =>
    all.slice(0, i).some((other) => isEqual(other, toleration))
      ? [duplicate(at.index(i), toleration)]
      : [],
  );
  return [
    ...validateLabels(nodeSelector, path.at('nodeSelector')),
    ...validateTolerations(tolerations, at),
    ...repeated,
  ];
}

/** A name for a way of running containers, and for what it costs and needs. */
export const runtimeClasses: ResourceDefinition<RuntimeClass> = {
  ...resource,
  shape: shapeOf(resource),
  createOnUpdate: true,
  conditionalUpdateOnly: true,
  validate: (runtimeClass, { path }) => validate(runtimeClass, path),
  validateUpdate: (next, previous, { path }) =>
    validateImmutableField(next.handler, previous.handler, path.at('handler')),
  columns: [nameColumn, column('Handler', 'string', ({ handler }) => handler), ageColumn],
};
