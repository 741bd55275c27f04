// Rules are written in CEL, which takes longer to load than all else that has to do with schemas,
// and most schemas have none: it is loaded when the first comes along.
import { assert } from '../../base/assert.ts';
import { type JsonSchema, someSchema } from './schema.ts';

type Rules = typeof import('./rule-validation.ts');

let rules: Rules | undefined;

/** Whether a schema or any in it has rules. */
export const hasRules = (schema: JsonSchema | undefined): boolean =>
  someSchema(schema, (each) => (each['x-kubernetes-validations']?.length ?? 0) > 0);

/** To be awaited before anything is checked by rules; undefined when they are there already. */
export function loadRules(): Promise<void> | undefined {
  if (rules !== undefined) return undefined;
  return import('./rule-validation.ts').then((loaded) => {
    rules = loaded;
  });
}

/** What checks by rules, once it was loaded. */
export function loadedRules(): Rules {
  assert(rules, 'rules are loaded before anything is checked by them');
  return rules;
}
