import { duplicate, type FieldError } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { validateLabels } from '../../machinery/validation/labels.ts';
import { checkDns1123Label } from '../../machinery/validation/names.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateEach, validateRequiredText } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateContainerResources } from '../core-v1/pod/resource-rules.ts';
import { validateTolerations } from '../core-v1/pod/scheduling-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import type { Toleration } from '../generated/core/v1/types.ts';
import { runtimeClasses as resource } from '../generated/node/v1/resources.ts';
import type { RuntimeClass, Scheduling } from '../generated/node/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf, shapes } from '../shapes.ts';

const TOLERATION = shapes.named('io.k8s.api.core.v1.Toleration') as MessageShape;
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
  const seen = new Set<string>();
  const repeated = validateEach(tolerations, at, (toleration, place) => {
    const identity = identityOf(toleration);
    if (seen.has(identity)) return [duplicate(place, goStruct(TOLERATION, toleration))];
    seen.add(identity);
    return [];
  });
  return [
    ...validateLabels(nodeSelector, path.at('nodeSelector')),
    ...validateTolerations(tolerations, at),
    ...repeated,
  ];
}

/** What tells tolerations apart. How long one lasts doesn't. */
const identityOf = ({ key, operator, value, effect }: Toleration): string =>
  JSON.stringify([key, operator, value, effect]);

/** A name for a way of running containers, and for what it costs and needs. */
export const runtimeClasses: ResourceDefinition<RuntimeClass> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  createOnUpdate: true,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,
  validate: (runtimeClass, { path }) => validate(runtimeClass, path),
  validateUpdate: (next, previous, { path }) =>
    validateImmutableField(next.handler, previous.handler, path.at('handler')),
  columns: [nameColumn, column('Handler', 'string', ({ handler }) => handler), ageColumn],
};
