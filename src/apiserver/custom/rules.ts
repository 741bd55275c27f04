import type { FieldError } from '../../machinery/field-error.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { Correlation } from '../../machinery/structural/correlation.ts';
import type { RuleValidator } from '../../machinery/structural/rule-validation.ts';
import { hasRules, loadedRules, loadRules } from '../../machinery/structural/rules.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';

/** Checks objects by the rules in their schema (`x-kubernetes-validations`). */
export interface RuleChecker {
  readonly hasRules: boolean;
  /** To be awaited before `check`; undefined when there is nothing to wait for. */
  load(): Promise<void> | undefined;
  check(
    object: KubeObject,
    previous: KubeObject | undefined,
    warn?: (text: string) => void,
  ): FieldError[];
}

const NO_RULES: RuleChecker = {
  hasRules: false,
  load: () => undefined,
  check: () => [],
};

/** The rules of a schema, ready to be checked by when they are first needed. */
export function ruleChecker(schema: JsonSchema): RuleChecker {
  if (!hasRules(schema)) return NO_RULES;
  let validator: RuleValidator | undefined;
  return {
    hasRules: true,
    load: loadRules,
    check(object, previous, warn) {
      const correlation = previous && new Correlation(object, previous, schema);
      validator ??= new (loadedRules().RuleValidator)(schema);
      return validator.validate(object, previous, correlation, warn);
    },
  };
}
