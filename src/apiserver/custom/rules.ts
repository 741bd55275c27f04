import type { FieldError } from '../../machinery/field-error.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { Correlation } from '../../machinery/structural/correlation.ts';
import { hasRules, RuleValidator } from '../../machinery/structural/rule-validation.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';

/** Checks objects by the rules in their schema (`x-kubernetes-validations`). */
export interface RuleChecker {
  readonly hasRules: boolean;
  check(object: KubeObject, previous: KubeObject | undefined): FieldError[];
}

const NO_RULES: RuleChecker = { hasRules: false, check: () => [] };

/** The rules of a schema, ready to be checked by when they are first needed. */
export function ruleChecker(schema: JsonSchema): RuleChecker {
  if (!hasRules(schema)) return NO_RULES;
  const validator = new RuleValidator(schema);
  return {
    hasRules: true,
    check(object, previous) {
      const correlation = previous && new Correlation(object, previous, schema);
      return validator.validate(object, previous, correlation);
    },
  };
}
