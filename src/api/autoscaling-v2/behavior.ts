import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { validateEach, validateOptionalChoice } from '../checks.ts';
import { validateNonNegativeAmount } from '../core-v1/resource-rules.ts';
import type {
  HorizontalPodAutoscalerBehavior,
  HPAScalingPolicy,
  HPAScalingRules,
} from '../generated/autoscaling/v2/types.ts';

const WINDOW_MAX_SECONDS = 3600;
const PERIOD_MAX_SECONDS = 1800;

const UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};

const DOWN: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/** Fills in how fast to scale, if anything of it is said. */
export function defaultBehavior(behavior: Draft<HorizontalPodAutoscalerBehavior>): void {
  behavior.scaleUp = filledIn(behavior.scaleUp, UP);
  behavior.scaleDown = filledIn(behavior.scaleDown, DOWN);
}

function filledIn(
  rules: Draft<HPAScalingRules> | undefined,
  defaults: HPAScalingRules,
): Draft<HPAScalingRules> {
  const filled = structuredClone(defaults) as Draft<HPAScalingRules>;
  for (const [field, value] of Object.entries(rules ?? {})) {
    if (value !== undefined && value !== null) Object.assign(filled, { [field]: value });
  }
  return filled;
}

/** How fast to scale, up and down. */
export const validateBehavior = (
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  path: FieldPath,
): FieldError[] => [
  ...validateRules(behavior?.scaleUp, path.at('scaleUp')),
  ...validateRules(behavior?.scaleDown, path.at('scaleDown')),
];

function validateRules(rules: HPAScalingRules | undefined, path: FieldPath): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  const windowPath = path.at('stabilizationWindowSeconds');
  const errors: FieldError[] = [];
  if (window < 0) {
    errors.push(invalid(windowPath, window, 'must be greater than or equal to zero'));
  }
  if (window > WINDOW_MAX_SECONDS) {
    const detail = `must be less than or equal to ${WINDOW_MAX_SECONDS}`;
    errors.push(invalid(windowPath, window, detail));
  }
  const selections = ['Disabled', 'Max', 'Min'];
  errors.push(...validateOptionalChoice(selectPolicy, selections, path.at('selectPolicy')));
  const at = path.at('policies');
  if (policies.length === 0) errors.push(required(at, 'must specify at least one Policy'));
  errors.push(...validateEach(policies, at, validatePolicy));
  if (tolerance === undefined) return errors;
  const amount = parseQuantity(tolerance);
  return [...errors, ...validateNonNegativeAmount(amount, path.at('tolerance'))];
}

function validatePolicy(
  { type, value, periodSeconds: period }: HPAScalingPolicy,
  path: FieldPath,
): FieldError[] {
  const at = path.at('periodSeconds');
  const errors: FieldError[] = [];
  if (type !== 'Pods' && type !== 'Percent') {
    errors.push(notSupported(path.at('type'), type ?? '', ['Percent', 'Pods']));
  }
  if (value <= 0) errors.push(invalid(path.at('value'), value, 'must be greater than zero'));
  if (period <= 0) errors.push(invalid(at, period, 'must be greater than zero'));
  if (period > PERIOD_MAX_SECONDS) {
    errors.push(invalid(at, period, `must be less than or equal to ${PERIOD_MAX_SECONDS}`));
  }
  return errors;
}
