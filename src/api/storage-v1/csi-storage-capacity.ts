import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { validateLabelSelector } from '../../machinery/validation/labels.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateDnsSubdomain } from '../checks.ts';
import { nameColumn } from '../columns.ts';
import { validateNonNegativeAmount } from '../core-v1/resource-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { csiStorageCapacities as resource } from '../generated/storage/v1/resources.ts';
import type { CSIStorageCapacity } from '../generated/storage/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const validateSize = (size: string | undefined, path: FieldPath): FieldError[] =>
  size === undefined ? [] : validateNonNegativeAmount(parseQuantity(size), path);

/** How much room a driver has for volumes of a class, in a part of the cluster. */
export const csiStorageCapacities: ResourceDefinition<CSIStorageCapacity> = {
  ...resource,
  shape: shapeOf(resource),
  conditionalUpdateOnly: true,
  // How large a volume may be is looked at by nobody, in Kubernetes either.
  validate: ({ nodeTopology, storageClassName, capacity }, { path }) => [
    ...validateLabelSelector(nodeTopology, path.at('nodeTopology')),
    ...validateDnsSubdomain(storageClassName ?? '', path.at('storageClassName')),
    ...validateSize(capacity, path.at('capacity')),
  ],
  validateUpdate(next, previous, { path }) {
    const at = path.at('nodeTopology');
    const errors = isSemanticallyEqual(next.nodeTopology, previous.nodeTopology)
      ? []
      : [invalid(at, next.nodeTopology ?? null, 'field is immutable')];
    const [now, then] = [next.storageClassName, previous.storageClassName];
    return [...errors, ...validateImmutableField(now, then, path.at('storageClassName'))];
  },
  columns: [
    nameColumn,
    column('StorageClassName', 'string', ({ storageClassName }) => storageClassName),
    column('Capacity', 'string', ({ capacity }) => capacity ?? '<unset>'),
  ],
};
