import type { Type } from './types.ts';
import {
  Duration,
  isList,
  isMap,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

const TESTS: Readonly<Record<string, (value: Value, type: Type) => boolean>> = {
  bool: (value) => typeof value === 'boolean',
  bytes: (value) => value instanceof Uint8Array,
  double: (value) => typeof value === 'number',
  duration: (value) => value instanceof Duration,
  dyn: () => true,
  int: (value) => typeof value === 'bigint',
  list: (value) => isList(value),
  map: (value) => isMap(value),
  null: (value) => value === null,
  object: (value, type) => value instanceof Opaque && value.typeName === type.name,
  opaque: (value, type) =>
    type.name === 'optional_type'
      ? value instanceof Optional
      : value instanceof Opaque && value.typeName === type.name,
  parameter: () => true,
  string: (value) => typeof value === 'string',
  timestamp: (value) => value instanceof Timestamp,
  type: (value) => value instanceof TypeValue,
  uint: (value) => value instanceof Uint,
};

/** Whether the values are what an overload takes. Items of lists are looked at one deep. */
export function matchesParams(values: readonly Value[], params: readonly Type[]): boolean {
  return values.length === params.length && values.every((value, i) => matches(value, params[i]!));
}

function matches(value: Value, type: Type): boolean {
  if (!TESTS[type.kind]!(value, type)) return false;
  if (type.kind !== 'list' || !isList(value) || value.length === 0) return true;
  return TESTS[type.params[0]!.kind]!(value.at(0), type.params[0]!);
}
