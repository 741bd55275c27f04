import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { type FieldError, forbiddenField } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft, ObjectMeta } from '../../../machinery/object.ts';
import { objectDiff } from '../../../machinery/object-diff.ts';
import { quote } from '../../../machinery/quote.ts';
import type { Pod } from '../../generated/core/v1/types.ts';
import { MIRROR_POD, validatePodAnnotationsUpdate } from './annotation-rules.ts';

/** What a subresource that changes the spec leaves as it was: all metadata but the version. */
export function keepMetadata(draft: Draft<Pod>, previous: Pod): void {
  const { resourceVersion, managedFields } = draft.metadata;
  draft.metadata = {
    ...(previous.metadata as Draft<ObjectMeta>),
    resourceVersion,
    ...(managedFields && { managedFields }),
  };
}

/** Of the `ephemeralcontainers` subresource only these containers count. */
export function prepareEphemeralContainers(draft: Draft<Pod>, previous: Pod): void {
  const { ephemeralContainers } = draft.spec;
  keepMetadata(draft, previous);
  draft.spec = { ...(previous.spec as Draft<Pod['spec']>) };
  if (ephemeralContainers) draft.spec.ephemeralContainers = ephemeralContainers;
  else delete draft.spec.ephemeralContainers;
  draft.status = previous.status as Draft<Pod['status']>;
}

/** Why no container may be added to look at the pod at all, if so. */
export const ephemeralRefusal = ({ metadata }: Pod): FieldError[] | undefined =>
  metadata.annotations?.[MIRROR_POD] === undefined
    ? undefined
    : [forbiddenField(FieldPath.root.at(''), 'static pods do not support ephemeral containers')];

/** Containers may be added to look at a pod, and then stay as they are. */
export function validateEphemeralUpdate(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const errors = validatePodAnnotationsUpdate(next, previous, path.at('metadata', 'annotations'));
  const at = path.at('spec', 'ephemeralContainers');
  for (const old of previous.spec.ephemeralContainers ?? []) {
    const now = next.spec.ephemeralContainers?.find(({ name }) => name === old.name);
    const which = `existing ephemeral containers ${quote(old.name)} may not be`;
    if (!now) errors.push(forbiddenField(at, `${which} removed\n`));
    else if (!isSemanticallyEqual(now, old)) {
      errors.push(forbiddenField(at, `${which} changed\n${objectDiff(old, now)}`));
    }
  }
  return errors;
}
