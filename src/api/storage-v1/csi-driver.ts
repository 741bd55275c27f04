import { isEqual, isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateEach, validateOptionalChoice } from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { csiDrivers as resource } from '../generated/storage/v1/resources.ts';
import type { CSIDriver, CSIDriverSpec, TokenRequest } from '../generated/storage/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const TOKEN_MIN_SECONDS = 10 * 60;
const TOKEN_MAX_SECONDS = 2 ** 32;
const UPDATE_MIN_SECONDS = 10;

const MODES = ['Persistent', 'Ephemeral'];
const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];

function setDefaults(spec: Draft<CSIDriverSpec>): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

/** Whether pods are kept from nodes without the driver: not in 1.36, unless turned on. */
function dropClosed(spec: Draft<CSIDriverSpec>, previous?: CSIDriverSpec): void {
  const isKept = previous?.preventPodSchedulingIfMissing !== undefined;
  if (!isKept) delete spec.preventPodSchedulingIfMissing;
}

function validateSpec(spec: CSIDriverSpec, path: FieldPath): FieldError[] {
  const needed = (['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const)
    .filter((field) => spec[field] === undefined)
    .map((field) => required(path.at(field)));
  return [
    ...needed,
    ...validateOptionalChoice(spec.fsGroupPolicy, GROUP_POLICIES, path.at('fsGroupPolicy')),
    ...validateTokenRequests(spec.tokenRequests, path.at('tokenRequests')),
    ...(spec.volumeLifecycleModes ?? [])
      .filter((mode) => !MODES.includes(mode))
      .map((mode) => notSupported(path.at('volumeLifecycleModes'), mode, MODES)),
    ...validateUpdatePeriod(spec, path.at('nodeAllocatableUpdatePeriodSeconds')),
  ];
}

function validateTokenRequests(
  requests: readonly TokenRequest[] | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(requests, path, ({ audience, expirationSeconds: seconds }, at) => {
    if (seen.has(audience)) return [duplicate(at.at('audience'), audience)];
    seen.add(audience);
    const secondsPath = at.at('expirationSeconds');
    if (seconds === undefined) return [];
    if (seconds < TOKEN_MIN_SECONDS) {
      return [invalid(secondsPath, seconds, 'may not specify a duration less than 10 minutes')];
    }
    if (seconds <= TOKEN_MAX_SECONDS) return [];
    return [invalid(secondsPath, seconds, 'may not specify a duration larger than 2^32 seconds')];
  });
}

function validateUpdatePeriod(
  { nodeAllocatableUpdatePeriodSeconds: seconds }: CSIDriverSpec,
  path: FieldPath,
): FieldError[] {
  if (seconds === undefined || seconds >= UPDATE_MIN_SECONDS) return [];
  const detail = `must be greater than or equal to ${UPDATE_MIN_SECONDS} seconds`;
  return [invalid(path, seconds, detail)];
}

function warningsOf({ spec }: CSIDriver, previous: CSIDriver | undefined): string[] {
  if (!spec.tokenRequests?.length || spec.serviceAccountTokenInSecrets !== undefined) return [];
  if (previous && isEqual(spec.tokenRequests, previous.spec.tokenRequests)) return [];
  return [
    'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
  ];
}

/** A driver of storage, and what it needs of the cluster. */
export const csiDrivers: ResourceDefinition<CSIDriver> = {
  ...resource,
  shape: shapeOf(resource),
  conditionalUpdateOnly: true,
  deleteAnswersObject: true,

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  prepareCreate: ({ spec }) => dropClosed(spec),
  prepareUpdate(draft, previous) {
    dropClosed(draft.spec, previous.spec);
    if (isSemanticallyEqual(draft.spec, previous.spec)) return;
    draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
  },
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  validateUpdate: ({ spec: next }, { spec: previous }, { path }) => [
    ...validateImmutableField(
      next.attachRequired,
      previous.attachRequired,
      path.at('spec', 'attachedRequired'),
    ),
    ...validateImmutableField(
      next.volumeLifecycleModes,
      previous.volumeLifecycleModes,
      path.at('spec', 'volumeLifecycleModes'),
    ),
  ],
  warnings: warningsOf,

  columns: [
    nameColumn,
    column('AttachRequired', 'boolean', ({ spec }) => spec.attachRequired ?? true),
    column('PodInfoOnMount', 'boolean', ({ spec }) => spec.podInfoOnMount ?? false),
    column('StorageCapacity', 'boolean', ({ spec }) => spec.storageCapacity ?? false),
    column(
      'TokenRequests',
      'string',
      ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    ),
    column('RequiresRepublish', 'boolean', ({ spec }) => spec.requiresRepublish ?? false),
    column('Modes', 'string', ({ spec }) => spec.volumeLifecycleModes?.join(',') || NONE),
    ageColumn,
  ],
};
