import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import {
  checkLabelValue,
  validateLabelName,
  validateLabelSelector,
} from '../../../machinery/validation/labels.ts';
import { validatePositive } from '../../../machinery/validation/values.ts';
import { validateEach, validateOptionalChoice, validateQualifiedName } from '../../checks.ts';
import type {
  PodSchedulingGate,
  Toleration,
  TopologySpreadConstraint,
} from '../../generated/core/v1/types.ts';
import { validateLabelKeys } from './affinity-rules.ts';

/** What a taint does to pods that don't tolerate it. Messages list them in this order. */
export const TAINT_EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Which taints of nodes the pod puts up with. */
export const validateTolerations = (
  tolerations: readonly Toleration[] | undefined,
  path: FieldPath,
): FieldError[] => validateEach(tolerations, path, validateToleration);

function validateToleration(toleration: Toleration, path: FieldPath): FieldError[] {
  const { key, operator, effect = '', tolerationSeconds } = toleration;
  const errors = key ? validateLabelName(key, path.at('key')) : [];
  if (!key && operator !== 'Exists') {
    const detail =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(path.at('operator'), operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(path.at('effect'), effect, detail));
  }
  errors.push(...validateTolerated(toleration, path.at('operator')));
  if (effect && !TAINT_EFFECTS.includes(effect)) {
    errors.push(notSupported(path.at('effect'), effect, TAINT_EFFECTS));
  }
  return errors;
}

function validateTolerated({ operator, value = '' }: Toleration, path: FieldPath): FieldError[] {
  switch (operator ?? '') {
    case '':
    case 'Equal': {
      const problems = checkLabelValue(value);
      return problems.length === 0 ? [] : [invalid(path, value, problems.join(';'))];
    }
    case 'Exists':
      if (!value) return [];
      return [invalid(path, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(path, operator, ['Equal', 'Exists'])];
  }
}

/** What keeps the pod from being scheduled until someone takes it away. */
export function validateGates(
  gates: readonly PodSchedulingGate[] | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(gates, path, ({ name }, at) => {
    const errors = validateQualifiedName(name ?? '', at);
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return errors;
  });
}

/** How evenly the pods of a group lie on zones, nodes or whatever else carries a label. */
export const validateSpread = (
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(constraints, path, (constraint, at) => {
    const i = constraints!.indexOf(constraint);
    return validateSpreadConstraint(constraint, constraints!.slice(i + 1), at);
  });

const INCLUSION_POLICIES = ['Honor', 'Ignore'];
const NO_ROOM = ['DoNotSchedule', 'ScheduleAnyway'];

function validateSpreadConstraint(
  constraint: TopologySpreadConstraint,
  rest: readonly TopologySpreadConstraint[],
  path: FieldPath,
): FieldError[] {
  const { maxSkew, topologyKey, whenUnsatisfiable: action } = constraint;
  const errors = validatePositive(maxSkew ?? 0, path.at('maxSkew'));
  if (!topologyKey) errors.push(required(path.at('topologyKey'), 'can not be empty'));
  if (!NO_ROOM.includes(action)) {
    errors.push(notSupported(path.at('whenUnsatisfiable'), action ?? '', NO_ROOM));
  }
  if (rest.some((e) => e.topologyKey === topologyKey && e.whenUnsatisfiable === action)) {
    const at = path.at('{topologyKey, whenUnsatisfiable}');
    errors.push(duplicate(at, `{${topologyKey ?? ''}, ${action ?? ''}}`));
  }
  const policy = (field: 'nodeAffinityPolicy' | 'nodeTaintsPolicy') =>
    validateOptionalChoice(constraint[field], INCLUSION_POLICIES, path.at(field));
  return [
    ...errors,
    ...validateMinDomains(constraint, path.at('minDomains')),
    ...policy('nodeAffinityPolicy'),
    ...policy('nodeTaintsPolicy'),
    ...validateLabelKeys(constraint, path),
    ...validateLabelSelector(constraint.labelSelector, path.at('labelSelector')),
  ];
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable: action }: TopologySpreadConstraint,
  path: FieldPath,
): FieldError[] {
  if (minDomains === undefined) return [];
  const errors = validatePositive(minDomains, path);
  if (action === 'DoNotSchedule') return errors;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action ?? ''}`;
  return [...errors, invalid(path, minDomains, detail)];
}
