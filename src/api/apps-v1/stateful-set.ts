import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateLabelSelector, validateLabels } from '../../machinery/validation/labels.ts';
import { validateAnnotations } from '../../machinery/validation/object-meta.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { validateDnsLabel, validateEach, validateOptionalChoice } from '../checks.ts';
import { ageColumn, containerColumns, nameColumn, selectorText } from '../columns.ts';
import { defaultClaimSpec } from '../core-v1/claim-defaults.ts';
import { validateClaimSpec } from '../core-v1/claim-rules.ts';
import { claimSpecWarnings } from '../core-v1/claim-warnings.ts';
import { validatePodAnnotations } from '../core-v1/pod/annotation-rules.ts';
import { dropClosedTemplateFields } from '../core-v1/pod/closed-fields.ts';
import {
  defaultPodTemplate,
  templateWarnings,
  validatePodTemplate,
} from '../core-v1/pod-template.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { statefulSets as resource } from '../generated/apps/v1/resources.ts';
import type {
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
  StatefulSetUpdateStrategy,
} from '../generated/apps/v1/types.ts';
import type { PodTemplateSpec } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateCollisionCount, validateCounts } from './count-rules.ts';
import {
  isEmptySelector,
  shownSelector,
  validateRunsForever,
  validateSelects,
} from './template-rules.ts';

function setDefaults(spec: Draft<StatefulSetSpec>): void {
  defaultPodTemplate(part(spec, 'template'));
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = part(spec, 'updateStrategy');
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    part(strategy, 'rollingUpdate').partition ??= 0;
  } else if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) {
    strategy.rollingUpdate.partition ??= 0;
  }
  const retention = part(spec, 'persistentVolumeClaimRetentionPolicy');
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.kind = 'PersistentVolumeClaim';
    claim.apiVersion = 'v1';
    defaultClaimSpec(part(claim, 'spec'));
    part(claim, 'status').phase ||= 'Pending';
  }
}

/** More than one pod at a time in a rolling update: not in 1.36, unless turned on. */
function dropMaxUnavailable(spec: Draft<StatefulSetSpec>, previous?: StatefulSetSpec): void {
  const rolling = spec.updateStrategy?.rollingUpdate;
  const isKept = previous?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined;
  if (rolling && !isKept) delete rolling.maxUnavailable;
}

function dropClosed(spec: Draft<StatefulSetSpec>, previous?: StatefulSetSpec): void {
  dropMaxUnavailable(spec, previous);
  dropClosedTemplateFields(spec.template, previous?.template);
}

/** What is overlooked on an update, as it can't be mended by one, or was so before. */
interface Tolerance {
  readonly isUpdate: boolean;
  readonly anyTemplate: boolean;
}

const NEW: Tolerance = { isUpdate: false, anyTemplate: false };

/** What was stored before templates were checked may stay as it is. */
function toleranceFor(previous: StatefulSet | undefined, path: FieldPath): Tolerance {
  if (!previous) return NEW;
  const tolerance = { isUpdate: true, anyTemplate: false };
  return { ...tolerance, anyTemplate: validateSpec(previous.spec, tolerance, path).length > 0 };
}

function validateSpec(spec: StatefulSetSpec, tolerance: Tolerance, path: FieldPath): FieldError[] {
  return [
    ...validateManagementPolicy(spec.podManagementPolicy, path.at('podManagementPolicy')),
    ...validateStrategy(spec.updateStrategy ?? {}, path.at('updateStrategy')),
    ...validateRetention(spec, path.at('persistentVolumeClaimRetentionPolicy')),
    ...(tolerance.isUpdate
      ? []
      : validateEach(spec.volumeClaimTemplates, path.at('volumeClaimTemplates'), (claim, at) =>
          validateClaimSpec(claim.spec, at.at('spec')),
        )),
    ...validateNonNegative(spec.replicas ?? 0, path.at('replicas')),
    ...validateNonNegative(spec.minReadySeconds ?? 0, path.at('minReadySeconds')),
    ...validateNonNegative(spec.ordinals?.start ?? 0, path.at('ordinals.start')),
    ...(spec.serviceName && !tolerance.isUpdate
      ? validateDnsLabel(spec.serviceName, path.at('serviceName'))
      : []),
    ...validateMaker(spec, tolerance, path),
    ...validateRunsForever(spec.template, 'StatefulSet', path.at('template')),
  ];
}

function validateManagementPolicy(policy: string | undefined, path: FieldPath): FieldError[] {
  if (!policy) return [required(path)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalid(path, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy(
  { type, rollingUpdate }: StatefulSetUpdateStrategy,
  path: FieldPath,
): FieldError[] {
  if (!type) return [required(path)];
  const { partition = 0 } = rollingUpdate ?? {};
  const rolling = rollingUpdate ? { Partition: partition, MaxUnavailable: null } : null;
  const at = path.at('rollingUpdate');
  switch (type) {
    case 'OnDelete':
      if (!rolling) return [];
      return [invalid(at, rolling, "only allowed for updateStrategy 'RollingUpdate'")];
    case 'RollingUpdate':
      return validateNonNegative(partition, at.at('partition'));
    default: {
      const shown = { Type: type, RollingUpdate: rolling };
      return [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")];
    }
  }
}

function validateRetention(
  { persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec,
  path: FieldPath,
): FieldError[] {
  if (!policy) return [];
  const { whenDeleted = '', whenScaled = '' } = policy;
  return [
    ...validateOptionalChoice(whenDeleted, ['Retain', 'Delete'], path.at('whenDeleted')),
    ...validateOptionalChoice(whenScaled, ['Retain', 'Delete'], path.at('whenScaled')),
  ];
}

function validateMaker(
  spec: StatefulSetSpec,
  { anyTemplate }: Tolerance,
  path: FieldPath,
): FieldError[] {
  const { selector, template } = spec;
  const at = path.at('selector');
  const templatePath = path.at('template');
  const found = anyTemplate
    ? validateTemplateMetadata(template, templatePath)
    : validatePodTemplate(withClaims(spec), templatePath);
  if (!selector)
    return [required(at), ...validateSelects(undefined, template, templatePath), ...found];
  const errors = validateLabelSelector(selector, at);
  if (errors.length > 0) return [...errors, invalid(at, shownSelector(selector), '')];
  if (isEmptySelector(selector)) {
    const detail = 'empty selector is invalid for statefulset';
    errors.push(invalid(at, shownSelector(selector), detail));
  } else errors.push(...validateSelects(selector, template, templatePath));
  return [...errors, ...found];
}

/** The template as its pods will be: with a volume for each claim, and names of their own. */
function withClaims({ template, volumeClaimTemplates }: StatefulSetSpec): PodTemplateSpec {
  const { hostname, subdomain, ...spec } = template.spec;
  const names = new Set((volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name ?? ''));
  if (names.size === 0 && !hostname && !subdomain) return template;
  const own = (spec.volumes ?? []).filter(({ name }) => !names.has(name));
  const claimed = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...spec, volumes: [...own, ...claimed] } };
}

const validateTemplateMetadata = (
  { metadata, spec }: PodTemplateSpec,
  path: FieldPath,
): FieldError[] => [
  ...validateLabels(metadata?.labels, path.at('labels')),
  ...validateAnnotations(metadata?.annotations, path.at('annotations')),
  ...validatePodAnnotations(metadata?.annotations, spec, path.at('annotations')),
];

const CHANGEABLE = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
] as const satisfies readonly (keyof StatefulSetSpec)[];

function validateSpecUpdate(
  next: StatefulSetSpec,
  previous: StatefulSetSpec,
  path: FieldPath,
): FieldError[] {
  const fixed = { ...next };
  for (const field of CHANGEABLE) Object.assign(fixed, { [field]: previous[field] });
  if (isSemanticallyEqual(fixed, previous)) return [];
  const detail =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [forbiddenField(path, detail)];
}

const PARTS = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
const COUNTS = ['replicas', ...PARTS, 'observedGeneration', 'collisionCount'] as const;

function validateStatus(status: StatefulSetStatus, path: FieldPath): FieldError[] {
  const { replicas, readyReplicas = 0, availableReplicas } = status;
  const errors = validateCounts(status, COUNTS, path);
  for (const count of PARTS) {
    const value = status[count] ?? 0;
    if (value <= replicas) continue;
    errors.push(invalid(path.at(count), value, 'cannot be greater than status.replicas'));
  }
  if (availableReplicas > readyReplicas) {
    const detail = 'cannot be greater than status.readyReplicas';
    errors.push(invalid(path.at('availableReplicas'), availableReplicas, detail));
  }
  return errors;
}

const CLAIMS = FieldPath.root.at('spec', 'volumeClaimTemplates');
const KEEPS_ALL =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';

function warningsOf(next: StatefulSet, previous: StatefulSet | undefined): string[] {
  const { template, volumeClaimTemplates: claims, revisionHistoryLimit = 0 } = next.spec;
  // Paths are said as Kubernetes says them, which isn't where the fields are.
  const pathOf = (i: number) => (previous ? CLAIMS.index(i).at('Spec') : CLAIMS.index(i));
  return [
    ...templateWarnings(next, previous, template),
    ...(claims ?? []).flatMap(({ spec }, i) => claimSpecWarnings(spec, pathOf(i))),
    ...(revisionHistoryLimit < 0 ? [KEEPS_ALL] : []),
  ];
}

/** Keeps pods running that differ by number: each has a name, and claims, of its own. */
export const statefulSets: ResourceDefinition<StatefulSet> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['sts'],
  categories: ['all'],
  generation: true,
  nameRule: 'dns-label',

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  prepareCreate: ({ spec }) => dropClosed(spec),
  prepareUpdate: ({ spec }, previous) => dropClosed(spec, previous.spec),
  validate: ({ spec }, { path, previous }) =>
    validateSpec(spec, toleranceFor(previous, path.at('spec')), path.at('spec')),
  validateUpdate: (next, previous, { path }) =>
    validateSpecUpdate(next.spec, previous.spec, path.at('spec')),
  warnings: warningsOf,

  status: {
    validateUpdate: ({ status }, previous, { path }) => [
      ...validateStatus(status, path.at('status')),
      ...validateCollisionCount(status, previous.status, path.at('status')),
    ],
  },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas({ spec }, replicas) {
      spec.replicas = replicas;
    },
    statusReplicas: ({ status }) => status.replicas,
    selector: ({ spec }) => selectorText(spec.selector),
  },

  columns: [
    nameColumn,
    column(
      'Ready',
      'string',
      ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    ageColumn,
    ...containerColumns(({ spec }: StatefulSet) => spec.template.spec),
  ],
};
