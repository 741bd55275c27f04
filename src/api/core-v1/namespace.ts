import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateEach, validateQualifiedName } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { namespaces as resource } from '../generated/core/v1/resources.ts';
import type { Namespace } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';

/** Holds a namespace until all that is in it is gone. */
const OUR_FINALIZER = 'kubernetes';
const STANDARD_FINALIZERS = [OUR_FINALIZER, 'orphan', 'foregroundDeletion'];

/** Every namespace carries its name as a label, so that selectors can choose it. */
function labelWithName({ metadata }: Draft<Namespace>): void {
  if (metadata.name) part(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata.name;
}

function validateFinalizer(name: string, path: FieldPath): FieldError[] {
  const errors = validateQualifiedName(name, path);
  if (name.includes('/') || STANDARD_FINALIZERS.includes(name)) return errors;
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  return [...errors, invalid(path, name, detail)];
}

/** A scope for names, and for what people and programs may do. */
export const namespaces: ResourceDefinition<Namespace> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  deleteAnswersObject: true,
  hasOwnPreconditions: true,
  nameRule: 'dns-label',

  defaults(draft) {
    labelWithName(draft);
    part(draft, 'status').phase ||= 'Active';
  },
  prepareCreate(draft) {
    labelWithName(draft); // The name may have been generated since.
    draft.status = { phase: 'Active' };
    const spec = part(draft, 'spec');
    if (spec.finalizers?.includes(OUR_FINALIZER)) return;
    spec.finalizers = [...(spec.finalizers ?? []), OUR_FINALIZER];
  },
  prepareUpdate(draft, previous) {
    const { finalizers } = previous.spec;
    const spec = part(draft, 'spec');
    if (finalizers) spec.finalizers = [...finalizers];
    else delete spec.finalizers;
  },
  validateCreate: ({ spec }, { path }) =>
    (spec.finalizers ?? []).flatMap((name) =>
      validateFinalizer(name, path.at('spec', 'finalizers')),
    ),
  isHeld: ({ spec }) => (spec.finalizers ?? []).length > 0,
  prepareDelete(draft) {
    part(draft, 'status').phase = 'Terminating';
  },

  status: {
    validateUpdate({ metadata, status }, _previous, { path }) {
      const isDeleting = metadata.deletionTimestamp !== undefined;
      const phase = isDeleting ? 'Terminating' : 'Active';
      if (status.phase === phase) return [];
      const when = `if \`deletionTimestamp\` is ${isDeleting ? 'not ' : ''}empty`;
      const at = path.at('status', 'Phase');
      return [invalid(at, status.phase ?? '', `may only be '${phase}' ${when}`)];
    },
  },
  updates: {
    finalize: {
      verbs: ['update'],
      prepareUpdate(draft, previous) {
        draft.status = previous.status as Draft<Namespace['status']>;
      },
      validateUpdate: ({ spec }, _previous, { path }) =>
        validateEach(spec.finalizers, path.at('spec', 'finalizers'), validateFinalizer),
    },
  },

  columns: [nameColumn, column('Status', 'string', ({ status }) => status.phase ?? ''), ageColumn],
  selectableFields: { 'status.phase': ({ status }) => status.phase ?? '' },
};
