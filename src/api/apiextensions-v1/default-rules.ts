import { isEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { draftOf } from '../../machinery/object.ts';
import { validateEmbedded } from '../../machinery/structural/embedded.ts';
import { pruneUnknown } from '../../machinery/structural/prune.ts';
import { hasRules, loadedRules } from '../../machinery/structural/rules.ts';
import {
  hasDefault,
  isMetaField,
  itemsOf,
  type JsonSchema,
  propertiesOf,
} from '../../machinery/structural/schema.ts';
import { validateValue } from '../../machinery/structural/validate.ts';

/** Defaults that don't fit their own schema. Below undeclared keys there are none. */
export function validateDefaults(
  schema: JsonSchema,
  path: FieldPath,
  isInMeta = false,
  isRoot = true,
): FieldError[] {
  const errors = hasDefault(schema) ? validateDefault(schema, path.at('default'), isInMeta) : [];
  const items = itemsOf(schema);
  if (items) errors.push(...validateDefaults(items, path.at('items'), isInMeta, false));
  const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const at = path.at('properties').key(name);
    const isMeta = isInMeta || (isObject && isMetaField(name));
    errors.push(...validateDefaults(property, at, isMeta, false));
  }
  return errors;
}

function validateDefault(schema: JsonSchema, path: FieldPath, isInMeta: boolean): FieldError[] {
  const { default: value } = schema;
  const errors: FieldError[] = [];
  if (!isInMeta) {
    const holder = { value: draftOf(value) };
    pruneUnknown(holder, { type: 'object', properties: { value: schema } });
    if (!isEqual(holder.value, value)) {
      errors.push(invalid(path, value, 'must not have unknown fields'));
    }
    const embedded = validateEmbedded(value, schema, path);
    if (embedded.length > 0) return [...errors, ...embedded];
  }
  const faults = validateValue(value, schema, { path });
  return [...errors, ...(faults.length > 0 ? faults : validateByRules(schema, path))];
}

/** What rules would say of the default, taken as new and as what was there before. */
function validateByRules(schema: JsonSchema, path: FieldPath): FieldError[] {
  if (!hasRules(schema)) return [];
  const { default: value } = schema;
  const { RuleValidator } = loadedRules();
  const rules = new RuleValidator(schema, { path, isResource: false });
  const errors = rules.validate(value, value, undefined);
  return errors.length > 0 ? errors : rules.validate(value, undefined, undefined);
}
