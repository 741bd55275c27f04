import { isMap, setMember } from '../member.ts';
import { draftOf } from '../object.ts';
import {
  additionalOf,
  hasDefault,
  isForbiddenNull,
  itemsOf,
  type JsonSchema,
  propertiesOf,
  propertyOf,
} from './schema.ts';

type Draft = Record<string, unknown>;

/** Fills in a draft's defaults, in what defaults bring in too. A null that may not be counts as absent. */
export function setSchemaDefaults(value: unknown, schema: JsonSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) return setListDefaults(value, itemsOf(schema));
  if (!isMap(value)) return;
  const draft = value as Draft;
  const properties = propertiesOf(schema);
  for (const name in properties) {
    const property = properties[name]!;
    if (!hasDefault(property)) continue;
    const isThere = Object.hasOwn(draft, name) && !isForbiddenNull(draft[name], property);
    if (!isThere) setMember(draft, name, draftOf(property.default));
  }
  const additional = additionalOf(schema);
  for (const key of Object.keys(draft)) {
    const property = propertyOf(schema, key);
    if (property !== undefined) setSchemaDefaults(draft[key], property);
    else if (additional !== undefined) {
      if (isForbiddenNull(draft[key], additional) && hasDefault(additional)) {
        setMember(draft, key, draftOf(additional.default));
      }
      setSchemaDefaults(draft[key], additional);
    }
  }
}

function setListDefaults(list: unknown[], items: JsonSchema | undefined): void {
  if (items === undefined) return;
  for (let i = 0; i < list.length; i++) {
    if (isForbiddenNull(list[i], items) && hasDefault(items)) list[i] = draftOf(items.default);
    setSchemaDefaults(list[i], items);
  }
}
