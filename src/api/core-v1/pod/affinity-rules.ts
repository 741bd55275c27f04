import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import {
  checkLabelValue,
  invalidFor,
  validateLabelName,
  validateLabelSelector,
} from '../../../machinery/validation/labels.ts';
import { checkNameIsLabel } from '../../../machinery/validation/names.ts';
import { validateDnsSubdomain, validateEach } from '../../checks.ts';
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../generated/core/v1/types.ts';
import type { LabelSelector } from '../../generated/meta/v1/types.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Which nodes a pod wants, and which pods it wants to be near to or far from. */
export function validateAffinity(affinity: Affinity, path: FieldPath): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const errors: FieldError[] = [];
  if (nodeAffinity) errors.push(...validateNodeAffinity(nodeAffinity, path.at('nodeAffinity')));
  if (podAffinity) errors.push(...validatePodAffinity(podAffinity, path.at('podAffinity')));
  if (podAntiAffinity) {
    errors.push(...validatePodAffinity(podAntiAffinity, path.at('podAntiAffinity')));
  }
  return errors;
}

function validateNodeAffinity(affinity: NodeAffinity, path: FieldPath): FieldError[] {
  const must = affinity[REQUIRED];
  return [
    ...(must ? validateNodeSelector(must, path.at(REQUIRED)) : []),
    ...validateEach(affinity[PREFERRED], path.at(PREFERRED), ({ weight, preference }, at) => [
      ...validateWeight(weight, at),
      // A wish may name values that no label can have: it just isn't granted.
      ...validateNodeSelectorTerm(preference ?? {}, at.at('preference'), { anyValue: true }),
    ]),
  ];
}

const validateWeight = (weight: number | undefined, path: FieldPath): FieldError[] =>
  weight !== undefined && weight >= 1 && weight <= 100
    ? []
    : [invalid(path.at('weight'), weight ?? 0, 'must be in the range 1-100')];

/** Nodes that match at least one of the terms. */
export function validateNodeSelector(selector: NodeSelector, path: FieldPath): FieldError[] {
  const at = path.at('nodeSelectorTerms');
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return validateEach(terms, at, (term, termPath) => validateNodeSelectorTerm(term, termPath));
}

function validateNodeSelectorTerm(
  { matchExpressions, matchFields }: NodeSelectorTerm,
  path: FieldPath,
  options: { anyValue?: boolean } = {},
): FieldError[] {
  return [
    ...validateEach(matchExpressions, path.at('matchExpressions'), (each, at) =>
      validateRequirement(each, at, options),
    ),
    ...validateEach(matchFields, path.at('matchFields'), validateFieldRequirement),
  ];
}

function validateRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: FieldPath,
  { anyValue = false }: { anyValue?: boolean },
): FieldError[] {
  const errors = validateOperands(operator, values.length, path);
  errors.push(...validateLabelName(key ?? '', path.at('key')));
  if (anyValue) return errors;
  return [
    ...errors,
    ...validateEach(values, path.at('values'), (value, at) =>
      invalidFor(checkLabelValue(value), value, at),
    ),
  ];
}

function validateOperands(
  operator: string | undefined,
  count: number,
  path: FieldPath,
): FieldError[] {
  const at = path.at('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (count > 0) return [];
      return [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (count === 0) return [];
      return [
        forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      ];
    case 'Gt':
    case 'Lt':
      if (count === 1) return [];
      return [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(path.at('operator'), operator ?? '', 'not a valid selector operator')];
  }
}

// The one field of nodes that can be selected by is the name.
function validateFieldRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(path.at('operator'), operator ?? '', 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const detail =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(path.at('values'), detail));
  }
  if (key !== 'metadata.name') {
    return [...errors, invalid(path.at('key'), key ?? '', 'not a valid field selector key')];
  }
  return [...errors, ...validateEach(values, path.at('values'), validateDnsSubdomain)];
}

const validatePodAffinity = (affinity: PodAffinity, path: FieldPath): FieldError[] => [
  ...validateEach(affinity[REQUIRED], path.at(REQUIRED), validateTerm),
  ...validateEach(affinity[PREFERRED], path.at(PREFERRED), ({ weight, podAffinityTerm }, at) => [
    ...validateWeight(weight, at),
    ...validateTerm(podAffinityTerm, at.at('podAffinityTerm')),
  ]),
];

function validateTerm(term: PodAffinityTerm, path: FieldPath): FieldError[] {
  const topologyKey = term.topologyKey ?? '';
  const errors = [
    ...validateLabelSelector(term.labelSelector, path.at('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, path.at('namespaceSelector')),
    ...(term.namespaces ?? []).flatMap((name) =>
      invalidFor(checkNameIsLabel(name), name, path.at('namespace')),
    ),
    ...validateLabelKeys(term, path),
  ];
  if (!topologyKey) errors.push(required(path.at('topologyKey'), 'can not be empty'));
  return [...errors, ...validateLabelName(topologyKey, path.at('topologyKey'))];
}

/** Labels of the incoming pod itself that widen or narrow the selector. */
export function validateLabelKeys(
  term: Pick<PodAffinityTerm, 'matchLabelKeys' | 'mismatchLabelKeys' | 'labelSelector'>,
  path: FieldPath,
): FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const errors = [
    ...validateKeys(matchLabelKeys, labelSelector, path.at('matchLabelKeys')),
    ...validateKeys(mismatchLabelKeys, labelSelector, path.at('mismatchLabelKeys')),
  ];
  // Creation has added an expression for each key, so a second one came from the client.
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.lastIndexOf(key);
    if (i >= 0 && seen.has(key)) {
      errors.push(invalid(path.index(i), key, 'exists in both matchLabelKeys and labelSelector'));
    }
    seen.add(key);
  }
  matchLabelKeys.forEach((key, i) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(path.at('matchLabelKeys').index(i), key, detail));
  });
  return errors;
}

function validateKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: FieldPath,
): FieldError[] {
  if (keys.length === 0) return [];
  if (selector) return validateEach(keys, path, validateLabelName);
  return [forbiddenField(path, 'must not be specified when labelSelector is not set')];
}
