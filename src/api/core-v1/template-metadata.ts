import { type FieldError, forbiddenField } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { ObjectMeta } from '../../machinery/object.ts';
import { validateLabels } from '../../machinery/validation/labels.ts';
import { validateAnnotations } from '../../machinery/validation/object-meta.ts';

const CARRIED_OVER = ['labels', 'annotations'];

/** The metadata of what claims are made from: only labels and annotations carry over. */
export function validateTemplateMetadata(
  metadata: Partial<ObjectMeta> | undefined,
  path: FieldPath,
): FieldError[] {
  const others = Object.entries(metadata ?? {}).filter(
    ([field, value]) => !CARRIED_OVER.includes(field) && value !== undefined && value !== null,
  );
  return [
    ...validateAnnotations(metadata?.annotations, path.at('annotations')),
    ...validateLabels(metadata?.labels, path.at('labels')),
    ...others.map(([field]) => forbiddenField(path.at(field), 'cannot be set')),
  ];
}
