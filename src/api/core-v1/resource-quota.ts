import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { resourceQuotas as resource } from '../generated/core/v1/resources.ts';
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
  ScopeSelector,
} from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { isStandardQuotaResource, type ResourceList, roundUpResources } from './resource-list.ts';
import { validateAmount, validateResourceName } from './resource-rules.ts';

function validateAmounts(list: ResourceList | undefined, path: FieldPath): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) => {
    const at = path.key(name);
    const errors = validateResourceName(name, at);
    if (!name.includes('/') && !isStandardQuotaResource(name)) {
      errors.push(invalid(at, name, 'must be a standard resource for quota'));
    }
    return [...errors, ...validateAmount(name, parseQuantity(amount), at)];
  });
}

const POD_COUNTS = ['pods'];
const POD_AMOUNTS = [
  ...['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'],
  ...POD_COUNTS,
];
const CLAIM_AMOUNTS = ['persistentvolumeclaims', 'requests.storage'];

/** What can be counted of the pods, or claims, that a scope is about. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: POD_AMOUNTS,
  NotTerminating: POD_AMOUNTS,
  BestEffort: POD_COUNTS,
  NotBestEffort: POD_AMOUNTS,
  PriorityClass: POD_AMOUNTS,
  CrossNamespacePodAffinity: POD_AMOUNTS,
  VolumeAttributesClass: CLAIM_AMOUNTS,
};

const EXCLUSIVE = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

const isConflicting = (scopes: readonly string[]): boolean =>
  EXCLUSIVE.some((pair) => pair.every((scope) => scopes.includes(scope)));

/** How many of the resources the scope can't be applied to; of what is no scope, nobody knows. */
function unfitting(scope: string, { hard = {} }: ResourceQuotaSpec): number {
  const fitting = SCOPES[scope];
  if (!fitting) return 0;
  return Object.keys(hard).filter(
    (name) => isStandardQuotaResource(name) && !fitting.includes(name),
  ).length;
}

function validateScopes(spec: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const { scopes = [] } = spec;
  const refuse = (detail: string) => invalid(path, scopes, detail);
  const errors = scopes.flatMap((scope) => [
    ...(SCOPES[scope] ? [] : [refuse('unsupported scope')]),
    ...Array.from({ length: unfitting(scope, spec) }, () =>
      refuse('unsupported scope applied to resource'),
    ),
  ]);
  return isConflicting(scopes) ? [...errors, refuse('conflicting scopes')] : errors;
}

const selectorStruct = ({ matchExpressions }: ScopeSelector): object => ({
  MatchExpressions: (matchExpressions ?? []).map(({ scopeName, operator, values }) => ({
    ScopeName: scopeName,
    Operator: operator,
    Values: values ?? null,
  })),
});

function validateSelector(spec: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const selector = spec.scopeSelector;
  if (!selector) return [];
  const requirements = selector.matchExpressions ?? [];
  const refuse = (detail: string) => invalid(path, selectorStruct(selector), detail);
  const errors = requirements.flatMap((requirement) => {
    const { scopeName } = requirement;
    const scopePath = path.at('scopeName');
    return [
      ...(SCOPES[scopeName] ? [] : [invalid(scopePath, scopeName, 'unsupported scope')]),
      ...Array.from({ length: unfitting(scopeName, spec) }, () =>
        refuse('unsupported scope applied to resource'),
      ),
      ...validateRequirement(requirement, path),
    ];
  });
  const isBoth = isConflicting(requirements.map(({ scopeName }) => scopeName));
  return isBoth ? [...errors, invalid(path, spec.scopes ?? null, 'conflicting scopes')] : errors;
}

// What can only be there or not.
const PRESENCE = [
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
];

function validateRequirement(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  path: FieldPath,
): FieldError[] {
  const [at, valuesPath] = [path.at('operator'), path.at('values')];
  const errors: FieldError[] = [];
  if (PRESENCE.includes(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(at, operator ?? '', detail));
  }
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const detail =
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return values.length > 0 ? errors : [...errors, required(valuesPath, detail)];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const detail =
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return values.length === 0 ? errors : [...errors, invalid(valuesPath, values, detail)];
    }
    default:
      return [...errors, invalid(at, operator ?? '', 'not a valid selector operator')];
  }
}

const validateSpec = (spec: ResourceQuotaSpec, path: FieldPath): FieldError[] => [
  ...validateAmounts(spec.hard, path.at('hard')),
  ...validateScopes(spec, path.at('scopes')),
  ...validateSelector(spec, path.at('scopeSelector', 'matchExpressions')),
];

function validateUpdate(
  { scopes: next = [] }: ResourceQuotaSpec,
  { scopes: previous = [] }: ResourceQuotaSpec,
  path: FieldPath,
): FieldError[] {
  if (new Set(next).symmetricDifference(new Set(previous)).size === 0) return [];
  return [invalid(path, next, 'field is immutable')];
}

/** `pods: 3/10, requests.cpu: 1/4`: limits, or all else. */
function usageCell({ status }: ResourceQuota, isLimit: boolean): string {
  return Object.keys(status.hard ?? {})
    .filter((name) => name.startsWith('limits') === isLimit)
    .sort()
    .map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name] ?? '0'}`)
    .join(', ');
}

/** How much all objects of a namespace together may ask for, and how many there may be. */
export const resourceQuotas: ResourceDefinition<ResourceQuota> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['quota'],
  deleteAnswersObject: true,

  defaults(draft) {
    const { hard } = part(draft, 'spec');
    if (hard) roundUpResources(hard);
  },
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  validateUpdate: (next, previous, { path }) =>
    validateUpdate(next.spec, previous.spec, path.at('spec', 'scopes')),
  status: {
    validateUpdate: ({ status }, _previous, { path }) => [
      ...validateAmounts(status.hard, path.at('status', 'hard')),
      ...validateAmounts(status.used, path.at('status', 'used')),
    ],
  },

  columns: [
    nameColumn,
    column('Request', 'string', (quota) => usageCell(quota, false)),
    column('Limit', 'string', (quota) => usageCell(quota, true)),
    ageColumn,
  ],
};
