import { DecodeError } from '../decode-error.ts';
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

/** How long all that defaults bring into one object may be, as JSON: they may hold each other. */
const FILLED_MAX = 16 * 1024 * 1024;

/**
 * Fills in a draft's defaults, in what defaults bring in too. A null that may not be counts as
 * absent. Throws DecodeError when the object would grow beyond all measure.
 */
export const setSchemaDefaults = (value: unknown, schema: JsonSchema | undefined): void =>
  new Filler().fill(value, schema);

const lengths = new WeakMap<JsonSchema, number>();

function lengthOf(schema: JsonSchema): number {
  let length = lengths.get(schema);
  if (length === undefined) {
    length = JSON.stringify(schema.default).length;
    lengths.set(schema, length);
  }
  return length;
}

class Filler {
  #left = FILLED_MAX;

  fill(value: unknown, schema: JsonSchema | undefined): void {
    if (schema === undefined) return;
    if (Array.isArray(value)) this.#fillList(value, itemsOf(schema));
    else if (isMap(value)) this.#fillMap(value as Draft, schema);
  }

  #fillMap(draft: Draft, schema: JsonSchema): void {
    const properties = propertiesOf(schema);
    for (const name in properties) {
      const property = properties[name]!;
      if (!hasDefault(property)) continue;
      const isThere = Object.hasOwn(draft, name) && !isForbiddenNull(draft[name], property);
      if (!isThere) setMember(draft, name, this.#defaultOf(property));
    }
    const additional = additionalOf(schema);
    for (const key of Object.keys(draft)) {
      const property = propertyOf(schema, key);
      if (property === undefined && additional !== undefined && hasDefault(additional)) {
        const isMissing = isForbiddenNull(draft[key], additional);
        if (isMissing) setMember(draft, key, this.#defaultOf(additional));
      }
      this.fill(draft[key], property ?? additional);
    }
  }

  #fillList(list: unknown[], items: JsonSchema | undefined): void {
    if (items === undefined) return;
    for (let i = 0; i < list.length; i++) {
      if (isForbiddenNull(list[i], items) && hasDefault(items)) list[i] = this.#defaultOf(items);
      this.fill(list[i], items);
    }
  }

  #defaultOf(schema: JsonSchema): unknown {
    this.#left -= lengthOf(schema);
    if (this.#left < 0) throw new DecodeError('the object is too large with its defaults');
    return draftOf(schema.default);
  }
}
