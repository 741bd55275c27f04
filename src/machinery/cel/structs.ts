import type { Overload } from './overload.ts';
import type { Type } from './types.ts';
import type { Value } from './values.ts';

/** Types of which expressions can make values: `Name{field: value}`. */
export interface StructTypes {
  /** The type of that name, if there is one. */
  find(name: string): Type | undefined;
  /** The type of a field; undefined if there can't be such a field. */
  fieldOf(type: Type, field: string): Type | undefined;
  /** A value of a type that was found, with fields that were checked. */
  make(type: Type, fields: ReadonlyMap<string, Value>): Value;
}

/** What an expression can use beside its variables and Kubernetes' libraries. */
export interface Extras {
  readonly structs?: StructTypes;
  /** Functions by their full names. */
  readonly functions?: ReadonlyMap<string, readonly Overload[]>;
  /** Whether `cel.bind(name, value, body)` gives a value a name. */
  readonly bindings?: boolean;
}
