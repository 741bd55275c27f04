import { isMap } from '../member.ts';
import type { ApplyType } from './type.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Which of the parts of a type a value is treated by. */
export type Kind = 'map' | 'scalar' | 'list';

/** What a value is by itself; undefined for null, which fits every type. */
function ownKind(value: unknown): Kind | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return 'scalar';
  return Array.isArray(value) ? 'list' : 'map';
}

/** The part of the type that a value is treated by: the one that fits, or the first there is. */
export function kindOf(type: ApplyType, value: unknown): Kind {
  const kind = ownKind(value);
  if (kind !== undefined && type[kind] !== undefined) return kind;
  return type.map ? 'map' : type.scalar ? 'scalar' : 'list';
}

/** The same for two values, of which null goes with the other. Undefined when they differ. */
export function commonKind(type: ApplyType, a: unknown, b: unknown): Kind | undefined {
  if (ownKind(a) === undefined) return kindOf(type, b);
  if (ownKind(b) === undefined) return kindOf(type, a);
  const kind = kindOf(type, a);
  return kind === kindOf(type, b) ? kind : undefined;
}

/** A list's elements; none for null and for what isn't a list. */
export const elementsOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : NO_ELEMENTS;

const NO_ELEMENTS: readonly unknown[] = [];
const NO_FIELDS: Fields = Object.freeze({});

/** A map's fields; none for null and for what isn't a map. */
export const fieldsOf = (value: unknown): Fields => (isMap(value) ? value : NO_FIELDS);

export function isEmptyMap(value: Fields): boolean {
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}
