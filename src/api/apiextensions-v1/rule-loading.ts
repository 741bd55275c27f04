// What checks the rules of definitions is loaded with the first definition that has any.
import { assert } from '../../base/assert.ts';
import { hasRules, loadRules } from '../../machinery/structural/rules.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';
import type { CustomResourceDefinition } from '../generated/apiextensions/v1/types.ts';

type RuleRules = typeof import('./rule-rules.ts');

let ruleRules: RuleRules | undefined;

/** Loads what validating a definition needs; undefined when nothing has to be loaded for it. */
export function loadRuleRules({ spec }: CustomResourceDefinition): Promise<void> | undefined {
  const has = spec?.versions?.some(({ schema }) => hasRules(schema?.openAPIV3Schema as JsonSchema));
  if (!has || ruleRules !== undefined) return undefined;
  return Promise.all([import('./rule-rules.ts'), loadRules()]).then(([loaded]) => {
    ruleRules = loaded;
  });
}

/** As in `rule-rules.ts`. */
export const validateRules: RuleRules['validateRules'] = (schema, path, faulty) => {
  if (!hasRules(schema)) return [];
  assert(ruleRules, 'what checks rules is loaded before definitions are validated');
  return ruleRules.validateRules(schema, path, faulty);
};
